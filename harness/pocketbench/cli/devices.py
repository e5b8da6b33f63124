"""``pocketbench devices``."""

import click


@click.command("devices")
def command() -> None:
    """List the devices that can be measured, and how they are right now.

    \b
    Example:
      pocketbench devices
    """
    from pocketbench.devices import DEVICES

    for device in (device for kind in DEVICES for device in kind.list()):
        click.echo(f"{device.name}  ({device.kind}; runners: {', '.join(device.runners)})")
        for name, value in {**device.facts(), **device.conditions()}.items():
            click.echo(f"  {name.replace('_', ' ')}: {value}")
