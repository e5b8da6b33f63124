"""The wire to boards over ssh: the user's own OpenSSH client, one connection for as long as a device is used, commands and files through it.

    Address ─▶ Board (a Remote) ── shell, send, fetch ─▶ Said
                 └─ Master: the connection

The client and not a library of Python (paramiko, asyncssh): what a user has set up for a board stands in ``~/.ssh/config``, in agents, in hardware keys,
in ``known_hosts`` and certificates, behind jump hosts; ``ssh HOST`` honours all of it, and libraries each a part. Whoever can type ``ssh HOST true`` and
is not asked anything can measure there, and who cannot is told by ssh itself why. Nothing is needed there but a POSIX shell: no sftp (small servers
such as dropbear's have none), which would not be faster either.
"""

from pocketbench.ssh.address import Address
from pocketbench.ssh.board import Board

__all__ = ["Address", "Board"]
