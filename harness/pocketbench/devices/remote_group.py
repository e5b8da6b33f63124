"""A process on a device with all that it starts: begun as a group of its own, and ended as one. Texts for the device's shell and Python; pure.

The group's number and when its first process began stand in the file ``pid``: a number that somebody else has by now is left alone.
"""

PID = "pid"

# adb's own shell may be the leader of a session already, which makes no other.
STARTER = (
    "import os, sys\n"
    "os.getpgrp() == os.getpid() or os.setsid()\n"
    "began = open('/proc/self/stat').read().rpartition(')')[2].split()[19]\n"
    "open('pid', 'w').write(f'{os.getpid()} {began}\\n')\n"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
)

# Field 22 of /proc/PID/stat, the 20th after the name in brackets. A leader that is gone leaves its group, whose number nobody else is given.
_END = """(cd "{path}" 2>/dev/null || exit 0
read -r group began <pid || exit 0
case $group$began in *[!0-9]*) exit 0;; esac
[ "$group" -gt 1 ] || exit 0
if read -r line <"/proc/$group/stat"; then
  set -- ${{line##*) }}
  [ "${{20}}" = "$began" ] || exit 0
fi
kill -9 "-$group"
rm -f pid) 2>/dev/null"""


def end(path: str) -> str:
    """The text that ends the group which was begun in the folder ``path``, if it still runs; it succeeds in any case."""
    return _END.format(path=path) + "\ntrue"
