"""``pocketbench doctor``."""

import click

MARKS = {"ok": "ok     ", "warning": "warning", "missing": "missing"}


@click.command("doctor")
@click.option("--install", "bring", is_flag=True, help="Install the system parts that are missing (root on Debian, in part on Ubuntu), or say what to type.")
def command(bring: bool) -> None:
    """Say what is here, what is missing and what to type.

    --install prints each command before it runs it; POCKETBENCH_NO_INSTALL=1 forbids it.

    \b
    Examples:
      pocketbench doctor
      pocketbench doctor --install
    """
    from pocketbench import doctor, install, parts

    if bring:
        install.install(parts.missing(), install.system(), click.echo)
        return
    for finding in doctor.examine():
        click.echo(f"{MARKS[finding.state]}  {finding.name}: {finding.detail}")
        if finding.type_this:
            click.echo(f"         type: {finding.type_this}")
