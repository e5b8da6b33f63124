"""``pocketbench init``."""

from pathlib import Path

import click


@click.command("init")
@click.argument("model")
@click.option("--output", type=click.Path(path_type=Path), help="Where to write the suite; by default NAME.toml here.")
@click.option("--force", is_flag=True, help="Overwrite a suite that is there.")
def command(model: str, output: Path | None, force: bool) -> None:
    """Write a suite for MODEL, to edit.

    MODEL is a .keras, .h5, .pt2, .pt, .onnx or .tflite file, a SavedModel folder, zoo:NAME, or python:module:function.

    \b
    Examples:
      pocketbench init model.keras
      pocketbench init zoo:digits-cnn --output mine.toml
    """
    from pocketbench import init

    path = init.write(model, output, force=force)
    click.echo(f"{path}\nnext: pocketbench plan {path}")
