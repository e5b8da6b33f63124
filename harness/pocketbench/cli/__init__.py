"""The door: parse, call one function, print, choose the exit code. Nothing else in the package prints or exits."""

import signal
import sys

import click

from pocketbench import __version__
from pocketbench.cli import app_build, cache, convert, devices, doctor, init, page, phone, plan, report, run
from pocketbench.errors import PocketbenchError

EXAMPLES = """
\b
Examples:
  pocketbench doctor                      what is here, what is missing
  pocketbench run model.keras             every form of one model, measured on this computer
  pocketbench init model.keras            a suite for it, to edit
  pocketbench plan suites/digits.toml     jobs and skips; touches nothing
  pocketbench run suites/digits.toml      convert, check, measure, report
  pocketbench report last                 draw the newest run again
  pocketbench phone --connect             a simulated phone, on your adb server
  pocketbench app build --output app.apk  the Android app, from its sources

\b
Exit codes: 0 no failures, 1 some jobs failed, 2 suite or usage, 3 no device, 130 interrupted.
Shell completion: eval "$(_POCKETBENCH_COMPLETE=bash_source pocketbench)", or zsh_source, fish_source.
"""


@click.group(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pocketbench")
def app() -> None:
    """Which framework, format, optimisation and accelerator, on which phone? Make every form of a model, run each where it would run, compare."""


app.add_command(doctor.command)
app.add_command(devices.command)
app.add_command(init.command)
app.add_command(plan.command)
app.add_command(convert.command)
app.add_command(run.command)
app.add_command(page.command)
app.add_command(report.command)
app.add_command(phone.command)
app.add_command(app_build.command)
app.add_command(cache.command)


def main() -> None:
    """Run the command line; errors of our own become a message and an exit code, and signals an end that leaves nothing behind."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except PocketbenchError as error:
        _tell(str(error), error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt) as error:
        _tell(str(error.__cause__ or error) or "interrupted", 130)  # click raises its own in the place of Ctrl-C
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:
        _tell(f"{error.filename or 'this computer'}: {(error.strerror or str(error)).lower()}", 2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _tell(message: str, code: int) -> None:
    """Print a message for the user on stderr and leave with ``code``."""
    click.echo(f"pocketbench: {message}", err=True)
    sys.exit(code)
