"""``pocketbench cache``."""

import click


@click.group("cache")
def command() -> None:
    """Look at or empty the conversion cache.

    \b
    Examples:
      pocketbench cache size
      pocketbench cache clean
    """


@command.command("size")
def size() -> None:
    """Show how much each kind of entry takes."""
    from rich import filesize

    from pocketbench import cache

    click.echo(f"{cache.root()}")
    for kind, (entries, held) in cache.size().items():
        click.echo(f"  {kind}: {entries} entries, {filesize.decimal(held)}")


@command.command("clean")
@click.argument("kinds", nargs=-1)
def clean(kinds: tuple[str, ...]) -> None:
    """Remove entries, all or only of KINDS; what is in use stays. Runs and reports are not touched."""
    from rich import filesize

    from pocketbench import cache

    click.echo(f"freed {filesize.decimal(cache.clean(kinds or None))}")
