from __future__ import annotations

import logging
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import gate as gate_module
from expectations.gate import ExpectationsGate, RuleCount
from expectations.rules import rules_of
from hub.flows.gate import GateError

ROW = {
    "record_no": st.one_of(st.none(), st.sampled_from(["1", "2", " "])),
    "full_name": st.one_of(st.none(), st.text(max_size=4)),
    "birth_date": st.one_of(st.none(), st.sampled_from(["1980-01-01", "1980-13-01", "1700-01-01", "x"])),
    "kind": st.one_of(st.none(), st.sampled_from(["person", "company", "firm"])),
    "emails": st.one_of(st.none(), st.sampled_from(["a@b.ru", "ab.ru"])),
}


def frame_of(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    schema = {"_upload": pl.Int64, "_row": pl.Int64} | dict.fromkeys([*ROW, "_min_birth_date"], pl.String)
    numbered = [
        {"_upload": place % 3, "_row": place, "_min_birth_date": "1900-01-01", **row} for place, row in enumerate(rows)
    ]
    return pl.DataFrame(numbered, schema=schema)


@settings(max_examples=15)
@given(st.lists(st.fixed_dictionaries(ROW), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, str | None]], random: object) -> None:
    frame = frame_of(rows)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=len(rows))
    gate = ExpectationsGate()
    assert gate.check("customers", frame).equals(gate.check("customers", shuffled))


def test_all_of_5000_bad_rows_come_back() -> None:
    frame = frame_of([{"record_no": None, "emails": "x", "birth_date": "1700-01-01"}] * 5_000)
    gate = ExpectationsGate()
    issues = gate.check("customers", frame)
    counts = dict(issues.group_by("rule").len().iter_rows())
    assert counts == {"record_no.missing": 5_000, "emails.malformed": 5_000, "birth_date.too_early": 5_000}
    assert issues.filter(rule="record_no.missing")["_row"].to_list() == sorted(
        range(5_000), key=lambda place: (place % 3, place)
    )


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of([{"record_no": "1", "emails": "x" if place % 3 else "a@b"} for place in range(100)])
    whole = ExpectationsGate().check("customers", frame)
    monkeypatch.setattr(gate_module, "CHUNK_ROWS", 7)
    assert ExpectationsGate().check("customers", frame).equals(whole)


def test_a_reason_names_the_dealers_own_bound() -> None:
    issues = ExpectationsGate().check("customers", frame_of([{"record_no": "1", "birth_date": "1700-01-01"}]))
    assert "before 1900-01-01" in issues.filter(rule="birth_date.too_early")["reason"].item()


def test_the_summary_counts_rows_and_failures_of_every_rule() -> None:
    gate = ExpectationsGate()
    for _ in range(2):
        gate.check(
            "customers",
            frame_of([{"record_no": None, "full_name": "А"}, {"record_no": "1", "full_name": "Б"}]),
        )
    summary = gate.summary()
    assert {count.rule for count in summary} == {rule.rule for rule in rules_of("customers")}
    assert RuleCount("customers", "record_no.missing", "record_no", "row", 4, 2) in summary
    assert RuleCount("customers", "emails.malformed", "emails", "warn", 4, 0) in summary


def test_an_empty_frame_has_no_issues() -> None:
    assert ExpectationsGate().check("customers", frame_of([])).height == 0


def test_an_unknown_feed_is_an_error() -> None:
    with pytest.raises(KeyError):
        ExpectationsGate().check("invoices", frame_of([]))


def test_values_reach_neither_logs_nor_output(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    row: dict[str, str | None] = {"full_name": "Канарейкин", "emails": "canary", "birth_date": "canary"}
    issues = ExpectationsGate().check("customers", frame_of([{"record_no": None, **row}] * 3))
    assert issues.height == 9
    seen = caplog.text + "".join(capfd.readouterr())
    assert "canary" not in seen
    assert "Канарейкин" not in seen


def test_an_incomplete_answer_is_an_error_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gate_module._RESULT_FORMAT, "result_format", "SUMMARY")
    with pytest.raises(GateError, match="0 of 3 failing rows"):
        ExpectationsGate().check("customers", frame_of([{"record_no": None, "full_name": "А"}] * 3))


def test_a_rule_that_cannot_run_is_an_error_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(rule for rule in rules_of("customers") if rule.rule == "emails.malformed")
    broken = rule.model_copy(update={"arguments": {"regex": "("}})
    monkeypatch.setattr(gate_module, "rules_of", lambda feed: (broken,))
    with pytest.raises(GateError, match=r"emails\.malformed could not be run") as caught:
        ExpectationsGate().check("customers", frame_of([{"record_no": "1", "emails": "canary"}]))
    assert "canary" not in repr(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)


def test_a_gate_is_made_without_importing_the_library() -> None:
    code = (
        "import sys; from expectations.gate import ExpectationsGate; ExpectationsGate().version;"
        "print('great_expectations' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
