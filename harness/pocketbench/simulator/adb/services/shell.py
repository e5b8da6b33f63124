"""``shell:`` and ``exec:``: a command, or a person at a terminal.

In protocol v2 both ways are frames of one byte (what it is), four (how long) and data; without it, bare bytes.
"""

import asyncio
import contextlib
import re
import struct
from dataclasses import dataclass

from pocketbench.simulator.adb.machine import Request
from pocketbench.simulator.adb.packets import MAX_PAYLOAD, Garbled
from pocketbench.simulator.adb.services import descriptors, process
from pocketbench.simulator.adb.services.process import Kind, Process
from pocketbench.simulator.adb.stream import Gone, Stream

STDIN, STDOUT, STDERR, EXIT, CLOSE_STDIN, WINDOW_SIZE = range(6)
FRAME = struct.Struct("<BI")
READ_BYTES = 256 << 10
WEDGE_LOOK_S = 0.05
_SIZE = re.compile(rb"(\d{1,5})x(\d{1,5}),(\d{1,5})x(\d{1,5})")
_TERMINAL = re.compile(r"[A-Za-z0-9+._-]{1,40}")


async def shell(stream: Stream, request: Request) -> None:
    """``shell[,v2][,pty|raw][,TERM=…]:[COMMAND]``: without a command a person types."""
    framed = "v2" in request.options
    terminal = "pty" in request.options or ("raw" not in request.options and not request.argument)
    await _run(stream, request, "terminal" if terminal else "split" if framed else "merged", framed=framed)


async def execute(stream: Stream, request: Request) -> None:
    """``exec:COMMAND``: stdout and stderr as one, bytes as they are."""
    await _run(stream, request, "merged", framed=False)


async def _run(stream: Stream, request: Request, kind: Kind, *, framed: bool) -> None:
    """Accept, start, carry both ways, tell the exit code."""
    machine = request.host.machine
    words = (*machine.shell, "-c", request.argument) if request.argument else machine.interactive
    await stream.accept()
    while machine.phone.faults.wedge == "shell" and not stream.gone:
        await asyncio.sleep(WEDGE_LOOK_S)
    if stream.gone:
        return
    running = process.start(words, kind, {**machine.environment, **_terminal(request, kind)})
    await _Session(stream, running, framed=framed).run()


def _terminal(request: Request, kind: Kind) -> dict[str, str]:
    """The kind of terminal that the computer has."""
    named = next((option.removeprefix("TERM=") for option in request.options if option.startswith("TERM=")), "dumb")
    return {"TERM": named if _TERMINAL.fullmatch(named) else "dumb"} if kind == "terminal" else {}


@dataclass(slots=True)
class _Session:
    """A running command and its stream."""

    stream: Stream
    running: Process
    framed: bool

    async def run(self) -> None:
        """Carry both ways until the command ends or the computer leaves."""
        feeding, telling = asyncio.create_task(self._feed()), asyncio.create_task(self._tell_all())
        try:
            await asyncio.wait([telling, feeding], return_when=asyncio.FIRST_COMPLETED)
            if not telling.done():
                raise Gone
            telling.result()
        except BaseException:
            self.running.leave(hang_up=self.framed)
            raise
        finally:
            for task in (feeding, telling):
                task.cancel()
            await asyncio.gather(feeding, telling, return_exceptions=True)
            self.running.close()

    async def _tell_all(self) -> None:
        """Carry the outputs, then the exit code."""
        outputs = [asyncio.create_task(self._tell(self.running.stdout, STDOUT))]
        if self.running.stderr is not None:
            outputs.append(asyncio.create_task(self._tell(self.running.stderr, STDERR)))
        try:
            await asyncio.gather(*outputs)
        finally:
            for output in outputs:
                output.cancel()
            await asyncio.gather(*outputs, return_exceptions=True)
        code = await self.running.wait()
        if self.framed:
            await self.stream.send(FRAME.pack(EXIT, 1) + bytes([code & 255]))

    async def _tell(self, descriptor: int, kind: int) -> None:
        """Carry one output to the computer."""
        while data := await descriptors.read(descriptor, min(READ_BYTES, MAX_PAYLOAD - FRAME.size)):
            await self.stream.send(FRAME.pack(kind, len(data)) + data if self.framed else data)

    async def _feed(self) -> None:
        """Carry the computer's input to the command; returns when the computer has left."""
        with contextlib.suppress(Gone):
            while True:
                if self.framed:
                    await self._frame()
                elif data := await self.stream.receive():
                    await self._input(data)
                else:
                    return

    async def _frame(self) -> None:
        """One frame of protocol v2."""
        kind, length = FRAME.unpack(await self.stream.exactly(FRAME.size))
        if length > MAX_PAYLOAD:
            raise Garbled("a frame that is too long")
        data = await self.stream.exactly(length)
        if kind == STDIN:
            await self._input(data)
        elif kind == CLOSE_STDIN:
            self.running.close_stdin()
        elif kind == WINDOW_SIZE and (size := _SIZE.match(bytes(data[:40]))):
            rows, columns, width, height = (int(number) for number in size.groups())
            self.running.resize(rows, columns, width, height)

    async def _input(self, data: memoryview) -> None:
        """Write to the command's stdin; one that reads no more is let be."""
        if self.running.stdin >= 0:
            try:
                await descriptors.write(self.running.stdin, data)
            except OSError:
                self.running.close_stdin()
