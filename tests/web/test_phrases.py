"""Sentences that flows, rules and guards make are told in the reader's language: none was changed there unnoticed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

import api
import hub
from api.web.phrases import LONGEST, PLACE, tell, templates
from expectations.rules import rules_of
from hub.feeds import FEEDS
from hub.prospects.policy import RULES
from hub.routing.decide import RULES as ROUTING
from tests.web.browser import ENGLISH

ROOT = Path(hub.__file__).parent.parent
WHOLE = (  # all that they say may come to a page
    "hub/intake/guards.py", "hub/intake/manifest.py", "hub/intake/rowhash.py", "hub/flows/weigh.py", "hub/flows/receipts.py",
    "hub/prospects/reasons.py", "hub/matching/judgements.py", "hub/routing/filters.py",
    *(f"hub/intake/readers/{path.name}" for path in (ROOT / "hub/intake/readers").glob("*.py")),
)  # fmt: skip
RAISING = (  # of these, what their errors say
    "hub/flows/administer.py", "hub/flows/answer_lead.py", "hub/flows/contest.py", "hub/flows/decide.py",
    "hub/flows/my_account.py", "hub/flows/pin.py", "hub/flows/policies.py", "hub/flows/read_case.py",
    "hub/flows/read_receipt.py", "hub/flows/reassign.py", "hub/flows/release.py", "hub/flows/sign_in.py",
    "hub/flows/submit_upload.py", "hub/flows/take_case.py", "hub/flows/work_lead.py", "hub/access/passwords.py",
    "hub/prospects/policy.py", "hub/routing/clock.py", "hub/store/policies.py", "api/receiving.py",
    *(f"api/web/{path.name}" for path in (ROOT / "api/web").glob("*.py")),
)  # fmt: skip
NOT_SHOWN = ("upload %d: %s while reading", "a score that does not follow from its parts")
SAMPLES = ("7", "Xyz", "2026-05-07", "7%", "date")


def strings(tree: ast.AST) -> Iterator[str]:
    """All texts of a source but its docstrings; ``{}`` stands where a formatted one holds a value."""
    inner = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in node.values
        for part in ast.walk(each)
    } | {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def sentences(path: str, whole: bool) -> Iterator[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    trees = [tree] if whole else [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    for each in trees:
        yield from (text for text in strings(each) if ENGLISH.search(text) and text not in NOT_SHOWN)


def left(text: str) -> str:
    """A text of the source in Russian, with whatever values its places take; English only if no template knows it."""
    places = text.count("{}")
    told = text
    for values in product(SAMPLES, repeat=min(places, 4)):
        filled = iter(values + SAMPLES[:1] * places)
        told = tell("ru", re.sub(r"\{\}", lambda _: next(filled), re.sub(r"\{limit[^}]*\}", "7", text)))  # noqa: B023
        if not ENGLISH.search(re.sub("`[^`]*`", "", told)):  # but for commands
            return ""
    return told


@pytest.mark.parametrize("path", WHOLE)
def test_what_is_said_of_files_and_prospects_is_known(path: str) -> None:
    assert [text for text in sentences(path, True) if left(text)] == []


@pytest.mark.parametrize("path", RAISING)
def test_what_errors_on_pages_say_is_known(path: str) -> None:
    assert [text for text in sentences(path, False) if left(text)] == []


def test_what_the_gate_says_is_known_for_every_column() -> None:
    reasons = {PLACE.sub("1915-01-01", rule.reason) for feed in FEEDS for rule in rules_of(feed)}
    assert len(reasons) > 80
    assert [reason for reason in sorted(reasons) if ENGLISH.search(tell("ru", reason))] == []


def test_why_a_rule_did_not_decide_is_known() -> None:
    assert [text for text in (*RULES.values(), *ROUTING.values()) if ENGLISH.search(tell("ru", text))] == []
    assert len(templates()) == len(set(templates()))


@pytest.mark.parametrize(
    ("text", "russian"),
    [
        ("There is no such upload.", "Такой выгрузки нет."),
        (
            "This lies before 1915-01-01. Correct it, or widen the specification's bounds of birth_date if it is true.",
            "Это раньше, чем 01.01.1915. Исправьте или, если верно, расширьте границы birth_date в спецификации.",
        ),
        ("Columns gone that were not read: «a», «b». Else.", "Пропали колонки, которые не читались: «a», «b». Else."),
        (
            "1,234 rows where about 9,876 are usual (-88%). If the export was cut or filtered, send it again whole; if the "
            "dealer has really fewer records, release it.",
            "Строк 1\u00a0234, а обычно около 9\u00a0876 (-88\u00a0%). Если выгрузка обрезана или отфильтрована, пришлите её "
            "целиком; если записей у дилера и правда стало меньше, её примет головной офис.",
        ),
        ("a contract or order with deposit of 2026-05-07 is open", "открыт договор или заказ с задатком от 07.05.2026"),
        ("a contract or order with deposit of 2026-99-07 is open", "открыт договор или заказ с задатком от 2026-99-07"),
        ("Nobody has translated this.", "Nobody has translated this."),
        ("", ""),
    ],
)  # fmt: skip
def test_sentences_of_the_hub_are_told_in_the_readers_language(text: str, russian: str) -> None:
    assert tell("ru", text) == russian
    assert tell("en", text) == text


def test_sources_lie_where_they_are_looked_for() -> None:
    assert Path(api.__file__).parent.parent == ROOT


def test_a_text_longer_than_the_hub_writes_is_not_searched() -> None:
    known = "This is not a whole number. Send digits only."
    assert tell("ru", known) != known
    assert tell("ru", f"{known} {'x' * LONGEST}") == f"{known} {'x' * LONGEST}"
