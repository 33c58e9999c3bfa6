"""What a dealer's people work on in tests: a file with rows to mend, a lead of their own, prospects held and taken."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.api.serving import Served

HEADING = "record_no,full_name,phones,city,updated_at"
TWICE = ("7001,Кузнецов Пётр,8 916 000-70-01,Тверь,2026-11-01", "7001,Кузнецова Анна,8 916 000-70-02,Тверь,2026-11-01")
LEAD: dict[str, Any] = {
    "full_name": "Орлова Вера Павловна",
    "phones": "8 926 555-44-33",
    "emails": ["v.orlova@mail.ru"],
    "city": "Тверь",
    "brand": "Lada",
    "model": "Vesta",
    "interest": "test_drive",
}


def faulty_file(rows: int = 30) -> bytes:
    """Customers, two of which differ under one number."""
    good = [f"{8000 + n},Смирнов Иван {n},8 916 000-80-{n:02},Тверь,2026-11-01" for n in range(rows)]
    return "\n".join([HEADING, *good, *TWICE, ""]).encode()


def mended(rejects: str) -> bytes:
    """A file of rejects with the second row under a number of its own."""
    head, first, second, *_ = rejects.splitlines()
    return "\r\n".join([head, first, second.replace("7001", "7002", 1), ""]).encode("utf-8-sig")


def sent_lead(hub: Served) -> tuple[str, str]:
    """A lead that was routed: its id, and the login of a person at the dealer that has it."""
    told = hub.post("routing", "/v1/leads", json=LEAD).json()
    return told["lead_id"], {"D001": "ivan", "D002": "petr"}[told["dealer"]]


def prospects(hub: Served) -> None:
    """D001 holds Ivanova as a prospect; D002 has a proven claim on her, too."""
    with hub.db.worker() as conn:
        conn.execute(
            sa.text(
                """INSERT INTO ownership (golden, brand, purpose, dealer, valid_from, valid_until, rule, policy, reason)
                   SELECT m.golden, 'lada', 'new', 'D001', now() - interval '1 day', now() + interval '5 days',
                          'protected_claim', 'start-1', 'the only live claim, of 2026-11-01'
                   FROM membership m WHERE m.dealer = 'D002' AND m.golden IN (SELECT golden FROM membership WHERE dealer = 'D001')
                   LIMIT 1"""
            )
        )
        conn.execute(
            sa.text(
                """INSERT INTO claim (golden, brand, purpose, dealer, claim_id, feed, stated, seen, trusted, opened, proven,
                                      contacts, until, ending, policy)
                   SELECT golden, 'lada', 'new', 'D002', '00000000-0000-4000-8000-000000000001', 'leads', now(), now(), true,
                          now() - interval '1 day', now() - interval '1 day', 1, now() + interval '9 days', 'expired', 'start-1'
                   FROM ownership"""
            )
        )
