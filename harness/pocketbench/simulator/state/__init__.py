"""What the phone is and how it is right now; plain data that the wire and the programs read and change."""
