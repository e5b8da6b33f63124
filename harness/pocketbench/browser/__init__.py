"""A page in a browser, and the server that hands it an order.

``site`` is what a page may read and write: its own files, one order's, one report. ``handler`` answers one request: who asks,
for what, how much. ``server`` has the site on a port of the loopback interface, under a path that cannot be guessed.
``window`` is a Chromium with one page, in processes of its own that all end with it. ``probe`` sees what a browser has.
"""
