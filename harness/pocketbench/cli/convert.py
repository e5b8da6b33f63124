"""``pocketbench convert``."""

import click


@click.command("convert")
@click.argument("target", metavar="SUITE|MODEL")
@click.option("--only", multiple=True, metavar="GLOB", help="Only variants of jobs whose id has segments like this.")
@click.option("--trust-source", is_flag=True, help="Let a pickled torch model be opened, which runs whatever code its maker put into it.")
@click.option("--force", is_flag=True, help="Make again what was made before.")
def command(target: str, only: tuple[str, ...], trust_source: bool, force: bool) -> int:
    """Make and check the artifacts of SUITE, and show what is inside each.

    \b
    Examples:
      pocketbench convert suites/digits.toml
      pocketbench convert model.keras --only int8 --force
    """
    from pocketbench import artifacts, request
    from pocketbench.cli import progress

    plan = request.of_target(target, (), only=only, trust=trust_source)
    with progress.listener(as_json=False) as listen:
        made = artifacts.make(plan, listen, force=force)
    for artifact in made.artifacts:
        click.echo(artifacts.described(artifact))
    for variant, error in made.skips:
        click.echo(f"{variant.name}\n  skipped: {error}")
    for variant, error in made.failures:
        click.echo(f"{variant.name}\n  failed: {error}")
    return 1 if made.failures else 0
