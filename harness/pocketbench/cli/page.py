"""``pocketbench page``."""

import threading

import click


@click.command("page")
@click.argument("target", metavar="SUITE|MODEL")
@click.option("--only", multiple=True, metavar="GLOB", help="Only jobs whose id has segments like this; of several the first is served.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port on 127.0.0.1; without it, a free one.")
@click.option("--trust-source", is_flag=True, help="Let a pickled torch model be opened, which runs whatever code its maker put into it.")
def command(target: str, only: tuple[str, ...], port: int, trust_source: bool) -> int:
    """Serve the page that times one job, for a browser that you open by hand. Ctrl-C ends it.

    \b
    Examples:
      pocketbench page suites/digits.toml --only 'tfjs/float32/*/wasm'
      pocketbench page model.keras --only webgl --port 8080
    """
    from pocketbench import by_hand, request
    from pocketbench.cli import progress

    asked = request.of_target(target, ("browser",), only=only, trust=trust_source)
    with progress.listener(as_json=False) as listen:
        bench = by_hand.prepared(asked, listen)
    with by_hand.served(bench, asked.wished.suite.measure, port, click.echo) as url:
        click.echo(bench.job.id + (f", the first of {len(asked.plan.jobs)} jobs" if len(asked.plan.jobs) > 1 else ""))
        click.echo(f"open in a browser: {url}")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("ended", err=True)
    return 0
