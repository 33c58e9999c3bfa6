"""`dealerhub serve` and `stop`."""

from __future__ import annotations

import sys

import typer

from hub.cli.console import deployment, say, stderr


def serve(
    reload: bool = typer.Option(False, "--reload", help="Start the API anew when its code changes (for developers)."),
    workers: int = typer.Option(1, min=1, max=64, help="Processes of the API; one for each core that it may use."),
) -> None:
    """Start the API and Dagster; Ctrl-C ends both.

    Dagster is its web UI and the daemon, which runs the nightly schedule and watches the inbox.

    Addresses and ports are settings: HUB_HOST, HUB_PORT, HUB_DAGSTER_PORT. The embedded PostgreSQL stays up
    afterwards; `dealerhub stop` ends it. Exit code 1: one of the three ended by itself.

    Example: dealerhub serve --workers 2
    """
    import os

    from api.server import command
    from hub.cli.processes import Program, free_port, run_together
    from pipelines.instance import prepare

    with deployment() as (settings, _):
        environment = {**os.environ, **prepare(settings)}
    for name, port in (("HUB_PORT", settings.port), ("HUB_DAGSTER_PORT", settings.dagster_port)):
        free_port(name, settings.host, port)
    host, here = settings.host, [sys.executable, "-m"]
    code = ["-m", "pipelines.definitions"]
    web = [*here, "dagster_webserver", "-h", host, "-p", str(settings.dagster_port), *code]
    programs = [
        Program("API", command(host, settings.port, workers, reload), settings.port),
        Program("Dagster", tuple(web), settings.dagster_port),
        Program("Dagster's daemon", (*here, "dagster._daemon", "run", *code)),
    ]
    urls = (
        f"http://{host}:{settings.port}/v1 (described by /v1/openapi.json)",
        f"http://{host}:{settings.dagster_port}",
    )

    def ready() -> None:
        say(f"API      {urls[0]}")
        say(f"Dagster  {urls[1]}")
        say("Ctrl-C ends both.")

    ended = run_together(programs, environment, host, ready)
    if ended:
        stderr().print(f"{ended} ended by itself; see its messages above.", markup=False)
        raise typer.Exit(1)


def stop() -> None:
    """End the embedded PostgreSQL of this HUB_HOME.

    Nothing is lost; the next command starts it again.
    """
    from hub.settings import Settings
    from hub.store.embedded import EmbeddedServer

    settings = Settings.from_env()
    if settings.database_url:
        say("HUB_DATABASE_URL is set: that server is not this command's to stop.")
    elif EmbeddedServer(settings.home).stop():
        say("Stopped.")
    else:
        say("It does not run.")
