"""What the server and a service are made of: frames, the handshake, one client's session."""
