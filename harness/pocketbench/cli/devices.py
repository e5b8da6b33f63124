"""``pocketbench devices``."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pocketbench.devices import Device


@click.command("devices")
@click.option("--lift", "names", multiple=True, metavar="NAME", help="Use a device again that was set aside. May be repeated.")
def command(names: tuple[str, ...]) -> int:
    """List the devices that can be measured, how they are right now, and why others cannot be used.

    \b
    Examples:
      pocketbench devices
      pocketbench devices --lift R58M30ABCDE
    """
    from pocketbench.devices import DEVICES, remote_aside
    from pocketbench.errors import PhoneUnusable

    if names:
        lifted = [_lifted(name) for name in names]
        return 0 if all(lifted) else 3
    attached = [(kind.name, one) for kind in DEVICES for one in kind.list()]
    for word, device in ((word, one) for word, one in attached if not isinstance(one, PhoneUnusable)):
        named = f"--device adb:{device.name}" if word == "adb" else f"--device {word}"
        click.echo(f"{device.name}  ({device.kind}; runners: {', '.join(device.runners)}; {named})")
        for name, value in _told(device).items():
            click.echo(f"  {name.replace('_', ' ')}: {value}")
    for error in (one for _, one in attached if isinstance(one, PhoneUnusable)):
        click.echo(f"{error.serial}  cannot be used: {error.message}" + (f"\n  type: {error.hint}" if error.hint else ""))
    for name, aside in remote_aside.all_of_them().items():
        click.echo(f"{name}  {aside.said}\n  type: {remote_aside.lift_with(name)}")
    return 0


def _told(device: "Device") -> dict[str, object]:
    """What a device is and how it is, or why it no longer answers."""
    from pocketbench.errors import DeviceError, ProtocolError

    try:
        return {**device.facts(), **device.conditions()}
    except (DeviceError, ProtocolError) as error:
        return {"does not answer": error.message}


def _lifted(name: str) -> bool:
    """Take a device up again, and say whether it was set aside."""
    from pocketbench.devices import remote_aside

    there = remote_aside.lift(name)
    click.echo(f"{name}: used again" if there else f"{name}: was not set aside", err=not there)
    return there
