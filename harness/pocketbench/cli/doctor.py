"""``pocketbench doctor``."""

import click

MARKS = {"ok": "ok     ", "warning": "warning", "missing": "missing"}


@click.command("doctor")
def command() -> None:
    """Say what is here, what is missing and what to type.

    \b
    Example:
      pocketbench doctor
    """
    from pocketbench import doctor

    for finding in doctor.examine():
        click.echo(f"{MARKS[finding.state]}  {finding.name}: {finding.detail}")
        if finding.type_this:
            click.echo(f"         type: {finding.type_this}")
