"""A hand-made dex file: a head that is right, of a file that has nothing else."""

import struct
import zlib

_REST = bytes(20) + struct.pack("<I", 112) + bytes(76)
DEX = b"dex\n038\0" + struct.pack("<I", zlib.adler32(_REST)) + _REST
