"""``pocketbench devices``."""

import click


@click.command("devices")
def command() -> None:
    """List the devices that can be measured, and how they are right now.

    \b
    Example:
      pocketbench devices
    """
    from pocketbench.devices.host import Host

    host = Host()
    click.echo(f"{host.name}  ({host.kind}; runners: {', '.join(host.runners)})")
    for name, value in {**host.facts(), **host.conditions()}.items():
        click.echo(f"  {name.replace('_', ' ')}: {value}")
