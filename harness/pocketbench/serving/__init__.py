"""The host's half of ``device_scripts/server.py``: orders handed to a server that a person started where nothing comes in by itself, as in Termux.

    with serving.connect(("127.0.0.1", 8471), token) as server:
        carried = server.carry(order, folder, 60.0)

The frames and what may be asked stand in ``docs/python-on-the-phone.md``. What comes back is bounded and typed; files keep to the order's folder.
"""

from pocketbench.serving.address import PORT as PORT
from pocketbench.serving.address import address as address
from pocketbench.serving.announced import announced as announced
from pocketbench.serving.announced import await_announced as await_announced
from pocketbench.serving.asking import Answer as Answer
from pocketbench.serving.asking import asking as asking
from pocketbench.serving.client import Came as Came
from pocketbench.serving.client import Server as Server
from pocketbench.serving.client import connect as connect
from pocketbench.serving.tokens import VARIABLE as VARIABLE
from pocketbench.serving.tokens import token_for as token_for
