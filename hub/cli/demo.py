"""`dealerhub demo`: a whole network through the whole hub."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.console import deployment, program, say, stderr, table, watching

if TYPE_CHECKING:
    from hub.demo.network import DemoNetwork
    from hub.settings import Settings
    from hub.store.engine import Database

NIGHTS = (date(2026, 11, 20), date(2026, 11, 21))


def demo(
    dealers: Annotated[int, typer.Option(min=2, max=500, help="Number of dealers.")] = 20,
    people: Annotated[int, typer.Option(min=50, max=5_000_000, help="Number of people whom they know.")] = 3000,
    seed: Annotated[int, typer.Option(min=0, help="Another number, another network.")] = 1,
) -> None:
    """A whole network through the whole hub.

    Makes a network of dealers, runs the nightly job over its two nights, and shows what came of it.

    The network has every trap of the trade: placeholders, transliteration, wrong keyboard layout, namesakes in one
    household, files in the formats that dealers really send. Its truth is known, so accuracy can be told.
    At its end it says where the pages are, and how each role signs in. A second call finds all done and only shows the
    summary, with the same people. Use another HUB_HOME for another network.
    """
    from hub.flows.rehearse import rehearse_beside

    began = time.perf_counter()
    rehearse_beside()
    with deployment() as (settings, db):
        network = _network(settings, db, dealers, people, seed)
        for night, day in zip((network.night1, network.night2), NIGHTS, strict=True):
            _night(settings, db, night, day)
        _leads(db)
        _summary(settings, db, network, time.perf_counter() - began)


def _network(settings: Settings, db: Database, dealers: int, people: int, seed: int) -> DemoNetwork:
    """The files of the network, made unless they lie there, and its dealers and specifications in the base."""
    from hub.dealers.registry import load_registry
    from hub.demo.network import DemoNetwork, generate
    from hub.errors import Conflict
    from hub.flows.specifications import apply_specifications
    from hub.network.places import load_places
    from hub.store.dealers import sync_dealers
    from hub.store.places import sync_places
    from hub.store.uploads import dealers as known_dealers

    folder = settings.home / "demo" / f"{dealers}-dealers-{people}-people-{seed}"
    note = folder / "network.json"
    if note.exists():
        saved: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        network = DemoNetwork(**{name: _path(value) for name, value in saved.items()})
    else:
        stderr().print(f"Making a network of {dealers} dealers and {people:,} people …")
        network = generate(folder, dealers, people, seed)
        note.write_text(json.dumps(asdict(network), default=str), encoding="utf-8")
    entries = load_registry(network.dealers)
    with db.worker() as conn:
        others = set(known_dealers(conn)) - {entry.dealer_code for entry in entries}
        if others or _another(folder):
            raise Conflict(f"{settings.home} holds other data already: choose an empty HUB_HOME for this network.")
        sync_dealers(conn, entries)
        sync_places(conn, load_places())
    apply_specifications(db, [network.specs])
    (folder.parent / "loaded").write_text(folder.name, encoding="utf-8")
    return network


def _path(value: Any) -> Any:
    return Path(value) if isinstance(value, str) else value


def _another(folder: Path) -> bool:
    """Whether the base was filled from another network."""
    loaded = folder.parent / "loaded"
    return loaded.exists() and loaded.read_text(encoding="utf-8") != folder.name


def _night(settings: Settings, db: Database, inbox: Path, day: date) -> None:
    from hub.cli.nightly import report
    from pipelines.job import run_nightly

    if _taken(db, inbox):
        stderr().print(f"Night of {day}: done before.")
        return
    stderr().print(f"Night of {day} …")
    with watching() as progress:
        summary = run_nightly(settings, inbox, day, progress)
    if summary.run_id:
        report(db, summary)


def _taken(db: Database, inbox: Path) -> bool:
    """Whether an earlier call has processed all files of the inbox: then Dagster need not even start."""
    from hub.intake.manifest import ENDING
    from hub.store.uploads import WAITING, arrived_files

    with db.worker() as conn:
        for folder in inbox.iterdir():
            arrived = arrived_files(conn, folder.name)
            for file in folder.iterdir():
                if file.name.endswith(ENDING):
                    continue
                stat = file.stat()
                row = arrived.get((file.name, stat.st_size, stat.st_mtime_ns))
                if row is None or row["status"] in WAITING:
                    return False
    return True


def _leads(db: Database) -> None:
    """Sixty leads of the importer's web site, routed."""
    from hub.demo.web_leads import send_web_leads

    stderr().print("The next morning's leads …")
    found = send_web_leads(db, 60)
    rows = [("leads of the web site", found.leads), ("people whom the hub recognised", found.recognised)]
    rows += [(f"given by the rule `{rule}`", count) for rule, count in sorted(found.rules.items())]
    table(("leads routed", ""), [*rows, ("dealers that got one", found.dealers)])


def _summary(settings: Settings, db: Database, network: DemoNetwork, seconds: float) -> None:
    """The whole in a few lines, and what to type next."""
    from hub.demo.prospects import show
    from hub.flows.evaluate import evaluate
    from hub.flows.export import export_links
    from hub.flows.progress import peak_mib
    from hub.store.queues import queue_lengths

    links = settings.home / "demo" / "links.csv"
    records = export_links(db, links)
    golden = _golden(links)
    quality = evaluate(links, network.truth)
    with db.worker() as conn:
        waiting = queue_lengths(conn)
    prospects, tried = show(db, links.parent, datetime.combine(NIGHTS[1] + timedelta(days=1), time_of_day(), UTC))
    rows: list[tuple[str, Any]] = [
        ("rows sent, both nights", sum(sum(night.values()) for night in network.rows.values())),
        ("records of people and companies", records),
        ("golden records", golden),
        ("duplicates found", records - golden),
        ("pairs that wait for a steward", waiting["pairs_for_a_steward"]),
        ("uploads that wait for a person", waiting["uploads_held"]),
        *prospects,
        ("precision against the truth", f"{quality.precision:.4f}"),
        ("recall against the truth", f"{quality.recall:.4f}"),
        ("seconds", seconds),
        ("peak memory, MiB", peak_mib()),
    ]
    table(("the demo network", ""), rows)
    changes = [(name.replace("_", " "), count) for name, count in tried.summary().items()]
    table((f"policy {tried.policy} tried on its last year", ""), changes)
    say(f"Chart of that, dealer by dealer: {links.parent / 'policy.svg'}; with its table: policy.html beside it.")
    name = program()
    say(f"Next: {name} serve        the API and Dagster's web UI")
    say(
        f"      {name} leads        where leads went, and `leads show` why; `leads fairness` whether all got their share"
    )
    say(f"      {name} uploads      what came in, and what waits for a person")
    sign_ins(settings, db)


def sign_ins(settings: Settings, db: Database) -> None:
    """Where the pages are, and how each role signs in."""
    from hub.demo.accounts import OWN, ready_accounts
    from hub.store.uploads import dealers

    with db.worker() as conn:
        codes = sorted(dealers(conn))[:2]
    people = ready_accounts(db, settings.home / "demo", codes, datetime.now(UTC))
    rows = [(p.login, p.password, f"{p.role} {p.dealer}" if p.dealer else p.role, p.tries) for p in people]
    table(("login", "password", "role", "try"), rows, title=f"In a browser, once it serves: {address(settings)}")
    if any(p.password == OWN for p in people):
        say(f"A password that is not known here was changed since; `{program()} users password LOGIN` gives a new one.")


def address(settings: Settings) -> str:
    """Of the pages. By name where they are on this machine: browsers keep a secure cookie of localhost without TLS."""
    host = "localhost" if settings.host in ("127.0.0.1", "::1", "0.0.0.0", "::") else settings.host
    return f"http://{host}:{settings.port}/"


def _golden(links: Path) -> int:
    import polars as pl

    return int(pl.read_csv(links, columns=["golden_id"], infer_schema=False)["golden_id"].n_unique())
