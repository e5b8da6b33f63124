"""A service on a phone asked by the app on the same phone: rows, round trips and outputs are the app's, and neither a cable nor the harness is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from pocketbench import orders, watched
from pocketbench.devices import CarriesApp
from pocketbench.engines import SERVE
from pocketbench.errors import ProtocolError, Refused
from pocketbench.model import NANOSECOND, Look, Measurement
from pocketbench.orders import Bench
from pocketbench.protocol import Order, Phase, Report, Samples, Serving

# The app's engine that is a client of services, and the file that stands for the model, which is the service's: android_app/README.md.
ENGINE, MODEL = "service", "asked"
FOLDER = "app"
ROUND_TRIP = "round_trip"


@dataclass(frozen=True, slots=True)
class Told:
    """What the app measured, and how it saw its phone meanwhile."""

    measurements: list[Measurement]
    looks: list[Look]


def lay_out(bench: Bench, folder: Path) -> None:
    """Bring what the app needs to the phone before a service waits for it, which waits for half a minute alone. Raises Refused, WireError."""
    place = folder / FOLDER
    order = _order(bench, "outputs", {})
    if not place.exists():
        place.mkdir()
        (place / MODEL).write_bytes(b"\0")
        for tensor in order.inputs:
            orders.link_file(folder / tensor.file, place / tensor.file)
    _device(bench).lay_out(order, place)


def ask(bench: Bench, folder: Path, service: Serving, transport: str, phases: Sequence[Phase], number: int, *, every_row: bool) -> Told:
    """Have the app ask a service that runs: all rows with ``every_row``, whose outputs come into ``folder``, and the first row in each of the phases.

    The service's token goes into the app's order and nowhere else. Raises Refused with the app's reason, ProtocolError, DeviceError.
    """
    known = {"port": str(service.port), "token": service.token, SERVE: transport}
    place = folder / FOLDER
    if every_row:
        order = _order(bench, "outputs", known)
        _carried(bench, order, place)
        for tensor in order.outputs:
            (place / tensor.file).replace(folder / tensor.file)
    if not phases:
        return Told([], [])
    report = _carried(bench, replace(_order(bench, "timing", known), phases=(Phase("load"), *phases)), place)
    measurements = [measurement for item in report.samples if item.phase != "load" for measurement in _measurements(item, number)]
    return Told(measurements, watched.looks(report, "timing", number))


def _order(bench: Bench, kind: str, known: dict[str, str]) -> Order:
    """What the app is to do."""
    return replace(orders.of(bench, kind, (), 1), engine=ENGINE, model=MODEL, options=known)


def _carried(bench: Bench, order: Order, place: Path) -> Report:
    """The report of an order of the app. Raises Refused with its reason."""
    try:
        return orders.read(_device(bench).ask(order, place, bench.deadline_s), order)
    except Refused as error:
        raise Refused(error.reason, f"asked by the app: {error.message}", log=error.log) from error


def _device(bench: Bench) -> CarriesApp:
    """The phone. Raises Refused."""
    if not isinstance(bench.device, CarriesApp):
        raise Refused("no-runner", f"{bench.device.name} takes no app", beforehand=True)
    return bench.device


def _measurements(item: Samples, number: int) -> tuple[Measurement, Measurement]:
    """The round trips of a phase by the app's clock, and the inferences in them by the service's. Raises ProtocolError."""
    if not item.inference_ns or any(inside > whole for inside, whole in zip(item.inference_ns, item.ns, strict=True)):
        raise ProtocolError(f"{item.phase}: the app does not tell of each round trip what the inference in it took, which is less")
    return (
        Measurement("first" if item.phase == "first" else "latency", NANOSECOND, item.phase, number, item.inference_ns, item.batch),
        Measurement(ROUND_TRIP, NANOSECOND, item.phase, number, item.ns, item.batch),
    )
