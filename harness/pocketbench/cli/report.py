"""``pocketbench report``."""

from pathlib import Path

import click


@click.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="The folder that holds runs/.")
@click.option("--csv", "form", flag_value="csv", help="One row a job, to stdout.")
@click.option("--markdown", "form", flag_value="markdown", help="Tables for a pull request or a wiki, to stdout.")
@click.option("--parquet", type=click.Path(path_type=Path), help="Write every sample to this file.")
@click.option("--anonymous", is_flag=True, help="Hide serial numbers and this computer's name.")
def command(runs: tuple[str, ...], results: Path, form: str | None, parquet: Path | None, anonymous: bool) -> None:
    """Draw one HTML file with charts, next to the run. RUN is an id, a path or "last".

    \b
    Examples:
      pocketbench report last
      pocketbench report last --csv > jobs.csv
      pocketbench report last --parquet samples.parquet
    """
    from pocketbench import frames, report

    loaded = frames.load(*runs, results=results)
    for contents in loaded.contents:
        if contents.unreached:
            said = f"{contents.facts.id} was interrupted: {len(contents.unreached)} jobs have no result; run SUITE --resume {contents.facts.id} goes on"
            click.echo(said, err=True)
    for number, why in loaded.damaged:
        click.echo(f"line {number} of records.jsonl was skipped: {why}", err=True)
    if parquet:
        click.echo(report.parquet(loaded, parquet, anonymous=anonymous), err=form is not None)
    if form == "csv":
        click.echo(report.csv(loaded, anonymous=anonymous), nl=False)
    elif form == "markdown":
        click.echo(report.markdown(loaded, anonymous=anonymous), nl=False)
    elif not parquet:
        click.echo(report.html(loaded, anonymous=anonymous))
