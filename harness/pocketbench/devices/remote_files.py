"""The files of an order on their way to a device, under names that say what is in them, and what came of it on its way back."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from pocketbench import protocol, serving
from pocketbench.devices import remote_order
from pocketbench.devices.remote_folder import SLOWEST_BYTES_PER_S, Folder
from pocketbench.errors import ProtocolError
from pocketbench.protocol import Order
from pocketbench.remote import Remote, transfer
from pocketbench.remote.answers import Said
from pocketbench.remote.transfer import Listener

PULL_S = 60.0


def put(remote: Remote, place: Folder, order: Order, folder: Path, listen: Listener, *, beside: dict[str, Path] | None = None) -> Order:
    """Bring model and inputs there, and what lies ``beside`` them; return the order with the names that they have there. Raises WireError."""
    model = "model-" + place.named(folder / order.model, Path(order.model).suffix)
    inputs = tuple(msgspec.structs.replace(one, file="input-" + place.named(folder / one.file, ".bin")) for one in order.inputs)
    there = msgspec.structs.replace(order, model=model, inputs=inputs)
    files = {**(beside or {}), **serving.there.files_of(folder / order.model, model)}
    files |= {one.file: folder / was.file for one, was in zip(inputs, order.inputs, strict=True)}
    place.put(files, listen)
    if remote_order.too_long(there):
        transfer.push(remote, {f"{place.path}/{protocol.ORDER}": protocol.write_order(there, folder)}, deadline_s=PULL_S)
    return there


def begun(once: Callable[[], tuple[Order, Said]], forget: Callable[[], None]) -> tuple[Order, Said]:
    """Put an order there and begin it; once more, with nothing believed of what is there, where that fails: somebody may have removed it.

    ``once`` gives the order with the names that its files have there, and what was said.
    """
    there, said = once()
    if said.exit_code:
        forget()
        there, said = once()
    return there, said


def bring(remote: Remote, place: Folder, order: Order, left: remote_order.Left, folder: Path) -> str:
    """Fetch what the order may bring and no more, and return the report; larger outputs stay there. Raises ProtocolError for such a report."""
    for name, limit in remote_order.limits(order).items():
        (folder / name).unlink(missing_ok=True)
        size, sha256 = left.files.get(name, (-1, ""))
        if size > limit and name == protocol.REPORT:
            raise ProtocolError(f"the report has {size} bytes, more than {limit}")
        if 0 <= size <= limit:
            deadline_s = PULL_S + size / SLOWEST_BYTES_PER_S
            transfer.pull(remote, f"{place.path}/{name}", folder / name, deadline_s=deadline_s, limit_bytes=limit, sha256=sha256)
    return text(folder / protocol.REPORT)


def text(report: Path) -> str:
    """A report, bounded already, "" where there is none."""
    return report.read_bytes().decode("utf-8", errors="replace") if report.exists() else ""
