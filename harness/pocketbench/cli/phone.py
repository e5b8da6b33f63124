"""``pocketbench phone``."""

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pocketbench.simulator.faults import Wanted
    from pocketbench.simulator.power import Started, Wish


@click.command("phone")
@click.argument("profile", default="phone")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Where adb connects to; 0 is any free port. [default: the first free from 5700 on]")
@click.option("--control-port", type=click.IntRange(0, 65535), default=0, help="Where faults are asked for. [default: any free port]")
@click.option("--serial", default="", metavar="TEXT", help="Its ro.serialno. [default: the profile's, and which phone it is]")
@click.option(
    "--auth", type=click.Choice(["none", "accept", "ask", "deny"]), default="none", show_default=True, help="What its owner does with a computer that is new."
)
@click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False), default=None, help="Keep its files in this folder. [default: in memory, gone at the end]"
)
@click.option(
    "--fault", "faults", multiple=True, metavar="NAME[=VALUE][@SECONDS]", help="A fault it has from the start, or after so many seconds; may be repeated."
)
@click.option("--connect", is_flag=True, help="Connect it to your adb server, and disconnect it at the end.")
@click.option("--at", "control", default="", metavar="CONTROL", help="Start no phone: give the faults to the one with this control port.")
@click.option("--list", "as_list", is_flag=True, help="List profiles and faults.")
@click.option("--json", "as_json", is_flag=True, help="Say how to reach it as one JSON object.")
def command(
    profile: str, port: int | None, control_port: int, serial: str, auth: str, root: Path | None, faults: tuple[str, ...],
    connect: bool, control: str, as_list: bool, as_json: bool,
) -> None:  # fmt: skip
    """Start a simulated phone: the far end of ADB, with a file system, a shell and faults of its own. It runs until Ctrl-C.

    PROFILE is a name from --list or a TOML file. Any adb connects to it as to a phone.

    \b
    Examples:
      pocketbench phone --connect
      pocketbench phone board --port 5800 --serial BOARD7
      pocketbench phone --fault rate=2MB --fault unplug@30 --fault plug@40
      pocketbench phone --at 127.0.0.1:PORT/TOKEN --fault hot=47
    """
    if as_list:
        _list()
    elif control:
        _tell(control, _wanted(faults), as_json=as_json)
    else:
        from pocketbench.simulator.power import Wish
        from pocketbench.simulator.state.profile import load

        wish = Wish(load(profile), port, control_port, _serial(serial), auth, _wanted(faults), _folder(root))  # type: ignore[arg-type]
        _run(wish, connect=connect, as_json=as_json)


def _run(wish: "Wish", *, connect: bool, as_json: bool) -> None:
    """Be a phone until the user has enough."""
    from pocketbench.simulator import computer, power

    server = computer.server() if connect else None
    started = power.start(wish)
    try:
        said = computer.connect(server, started.address) if server else ""
        _say(started, said, as_json=as_json)
        started.wait()
    except KeyboardInterrupt:  # which is how one switches it off
        pass
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        started.end()
        if server:
            computer.disconnect(server, started.address)


def _say(started: "Started", said: str, *, as_json: bool) -> None:
    """Say how to reach it."""
    if as_json:
        click.echo(json.dumps(started.described()))
        return
    click.echo(f"{started.profile} {started.serial} is on. Ctrl-C switches it off.")
    click.echo(f"  {said}" if said else f"  adb connect {started.address}")
    click.echo(f"  adb -s {started.address} shell")
    click.echo(f"  pocketbench phone --at {started.control}/{started.token} --fault unplug")
    if started.termux:
        click.echo(f"  the server in Termux printed: token: {started.termux}")


def _list() -> None:
    """Profiles, then faults."""
    from pocketbench.simulator.faults import FAULTS
    from pocketbench.simulator.state import profile

    click.echo("profiles:")
    for name in profile.names():
        found = profile.load(name)
        click.echo(f"  {name:<12} {found.manufacturer} {found.model}, {f'Android {found.android}' if found.android else 'Linux'}, {found.architecture}")
    click.echo("faults (=off ends one):")
    for fault in FAULTS:
        click.echo(f"  {fault.usage:<22} {fault.meaning}")


def _tell(control: str, wanted: "tuple[Wanted, ...]", *, as_json: bool) -> None:
    """Give faults to a phone that is on; without any, only ask how it is."""
    from pocketbench.simulator.telling import tell

    state = {}
    for one in wanted or (None,):
        state = tell(control, one)
    click.echo(json.dumps(state) if as_json else "\n".join(f"{name}: {value}" for name, value in state.items()))


def _wanted(texts: tuple[str, ...]) -> "tuple[Wanted, ...]":
    """The faults of the command line."""
    from pocketbench.simulator.faults import parse

    try:
        return tuple(parse(text) for text in texts)
    except ValueError as error:
        raise click.UsageError(f"--fault: {error}") from error


def _serial(text: str) -> str:
    """A serial number that adb and job ids can carry."""
    if text and not (len(text) <= 40 and text.isascii() and all(letter.isalnum() or letter in "._-" for letter in text)):
        raise click.UsageError("--serial is at most 40 letters, digits, '.', '_' and '-'")
    return text


def _folder(root: Path | None) -> Path | None:
    """The folder for the phone's files, made when it is not there."""
    if root is None:
        return None
    root.mkdir(parents=True, exist_ok=True)
    return root.resolve()
