"""``pocketbench plan``."""

from pathlib import Path

import click


@click.command("plan")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--device", "devices", multiple=True, help="host, browser, sim, adb:SERIAL, termux:SERIAL, ssh:HOST, server; may be repeated. Without it: host.")
@click.option(
    "--only", multiple=True, metavar="GLOB", help="Only jobs whose id has segments like this: int8, 'tflite/int8*', 'cpu/t1@host'; may be given several times."
)
def command(suite: Path, devices: tuple[str, ...], only: tuple[str, ...]) -> None:
    """Show the jobs of SUITE, and skips with their reasons. Touches nothing.

    \b
    Examples:
      pocketbench plan suites/digits.toml
      pocketbench plan suites/digits.toml --only int8
    """
    from pocketbench import request

    plan = request.of_file(suite, devices, only=only).plan
    for job in plan.jobs:
        click.echo(job.id)
    for skip in plan.skips:
        click.echo(f"{skip.job.id}  skipped: {skip.refusal.reason}: {skip.refusal.message}" + (f" ({skip.refusal.hint})" if skip.refusal.hint else ""))
    click.echo(f"{len(plan.jobs)} jobs of {len(plan.variants)} variants, {len(plan.skips)} skips", err=True)
