"""``pocketbench run``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketbench import events

if TYPE_CHECKING:
    from pocketbench.request import Request
    from pocketbench.run import Wishes


@click.command("run")
@click.argument("target", metavar="SUITE|MODEL")
@click.option("--device", "devices", multiple=True, help="host, browser, sim, adb:SERIAL, termux:SERIAL, ssh:HOST, server; may be repeated. Without it: host.")
@click.option(
    "--only", multiple=True, metavar="GLOB", help="Only jobs whose id has segments like this: int8, 'tflite/int8*', 'cpu/t1@host'; may be given several times."
)
@click.option(
    "--resume",
    default=None,
    metavar="RUN",
    help='Go on with a run: an id, a path or "last", with its devices and --only where none is given. Its suite must be unchanged.',
)
@click.option("--allow", multiple=True, metavar="FLAW", help="A flaw that is expected: shown, and not warned of. May be repeated.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="The folder that gets runs/<id>.")
@click.option("--budget", default="", metavar="TIME", help="Time for the whole run, as 90s, 10min or 1h; jobs left over can be resumed.")
@click.option("--trust-source", is_flag=True, help="Let a pickled torch model be opened, which runs whatever code its maker put into it.")
@click.option("--allow-restart", is_flag=True, help="A phone that does not answer, and does not come back by itself, may be restarted.")
@click.option("--apk", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=None, help="The Android app. Without it: built, once.")
@click.option("--keep-app", is_flag=True, help="Leave the app on phones that did not have it before the run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an event on stdout; the last is run-ended.")
def command(
    target: str, devices: tuple[str, ...], only: tuple[str, ...], resume: str | None, allow: tuple[str, ...], results: Path, budget: str, trust_source: bool,
    allow_restart: bool, apk: Path | None, keep_app: bool, as_json: bool,
) -> int:  # fmt: skip
    """Convert, check, measure and report everything that SUITE asks for, or every form of MODEL.

    MODEL is a .keras, .h5, .pt2, .pt, .onnx or .tflite file, a SavedModel folder, a model.json of TensorFlow.js, zoo:NAME, or python:module:function.

    \b
    Examples:
      pocketbench run suites/demo.toml
      pocketbench run model.keras --only 'tflite/int8'
      pocketbench run suites/digits.toml --resume last
      pocketbench run suites/digits.toml --device adb:R58M30ABCDE --device host
    """
    from pocketbench import request, run, suite
    from pocketbench.cli import progress

    if resume == "":
        raise click.UsageError('--resume names no run: give an id, a path or "last"')
    _check_flaws(allow)
    if resume:
        devices, only = _as_before(results, resume, devices, only)
    asked = request.of_target(target, devices, only=only, trust=trust_source)
    flaws, budget_s = (*asked.wished.suite.measure.allow, *allow), suite.seconds(budget, key="--budget") if budget else 0.0
    wishes = run.Wishes(results, resume or "", budget_s, flaws, may_restart=allow_restart, apk=_checked(apk), keep_app=keep_app)
    with progress.listener(as_json=as_json) as listen:
        ended = _carried_out(asked, wishes, listen)
        runs = progress.reported(ended)
        if as_json:
            listen(ended)
    if not as_json:
        progress.conclude(ended, runs)
    return 1 if ended.failed else 0


def _carried_out(asked: "Request", wishes: "Wishes", listen: events.Listener) -> events.RunEnded:
    """Carry out the run; when it is interrupted, say how to go on with it."""
    from pocketbench import run

    begun: list[str] = []

    def noted(event: events.Event) -> None:
        if isinstance(event, events.RunStarted):
            begun.append(event.run)
        listen(event)

    try:
        return run.run(asked, wishes, noted)
    except KeyboardInterrupt as error:
        kept = f"what was measured is kept; run {asked.wished.file} --resume {begun[0]} goes on" if begun else "before anything was measured"
        raise KeyboardInterrupt(f"interrupted: {kept}") from error


def _as_before(results: Path, resume: str, devices: tuple[str, ...], only: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The devices and globs of a run that is gone on with, where none are given."""
    from pocketbench import store

    facts = store.read(store.find(results, resume)).facts
    return devices or facts.devices, only or facts.only


def _checked(apk: Path | None) -> Path | None:
    """An APK that is given, refused where it is none of ours."""
    from pocketbench.devices import adb_app_apk

    return adb_app_apk.read(apk).path if apk else None


def _check_flaws(allow: tuple[str, ...]) -> None:
    """Refuse a flaw that does not exist."""
    from pocketbench import trust

    for flaw in allow:
        trust.check_name(flaw)
