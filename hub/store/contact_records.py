"""The source records of golden parties, as the queries about consents and contacts begin with them.

For a few people each query finds their records itself. For many they are gathered once, into a temporary table, and every
lookup goes by an index: the people of one request are few beside the base, however many they are.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from hub.store.questions import Question, Sender, done, numbers

FEW = 100  # golden parties from which on a temporary table pays

# A record that came after the last matching is a party of its own until the next.
_ASKED = "SELECT g AS golden, true AS asked FROM unnest(CAST(:goldens AS bigint[])) g"
_MATES = """{asked} UNION ALL
    SELECT DISTINCT h.golden, false FROM unnest(CAST(:goldens AS bigint[])) g JOIN household o ON o.golden = g
           JOIN household h ON h.household = o.household WHERE h.golden <> ALL (CAST(:goldens AS bigint[]))"""
_MEMBERS = """
    SELECT p.golden, p.asked, coalesce(m.rid, p.golden) AS rid
    FROM ({people}) p LEFT JOIN membership m ON m.golden = p.golden"""
# `since`: from when on a record number that was used for somebody else before is this person's. A dealer that changes its
# DMS carries identities over to new numbers: then the old one is a row of its own (`former`), for the days before. Few
# dealers ever do: of the others' records nothing is looked up.
_MOVED = "ARRAY(SELECT DISTINCT dealer FROM rekeyed)"
_ROWS = f"""
    SELECT member.golden, p.rid, p.id, p.dealer, p.feed, p.record_no, p.kind, p.stated_on, p.postcode, p.city,
           p.country, c.opted_out, coalesce(c.updated_at, c.first_seen) AS opted_at,
           CASE WHEN c.incarnation > 0 THEN c.first_seen END AS since,
           CASE WHEN p.dealer = ANY ({_MOVED}) THEN (SELECT max(day) FROM (
               SELECT k.day FROM rekeyed k WHERE k.rid = p.rid AND k.to_no = p.record_no
               UNION ALL SELECT k.day FROM rekeyed k WHERE k.dealer = p.dealer AND k.feed = p.feed
                                                       AND k.from_no = p.record_no AND k.rid <> p.rid) d) END AS day_from,
           CAST(NULL AS date) AS day_until, false AS former, member.asked
    FROM member JOIN party p ON p.rid = member.rid LEFT JOIN customers c ON c.rid = p.rid
    UNION ALL
    SELECT member.golden, p.rid, p.id, p.dealer, p.feed, k.from_no, p.kind, p.stated_on, p.postcode, p.city, p.country,
           NULL, NULL, NULL, NULL, k.day, true, member.asked
    FROM member JOIN rekeyed k ON k.rid = member.rid JOIN party p ON p.rid = member.rid AND p.feed = k.feed
    WHERE (SELECT EXISTS (SELECT FROM rekeyed))"""
# Joins a feed's row `t` to the record that its customer's number meant on the row's day.
MEANT = """(r.since IS NULL OR {t}.first_seen >= r.since) AND (r.day_from IS NULL OR {t}.day >= r.day_from)
    AND (r.day_until IS NULL OR {t}.day < r.day_until)"""
_TABLE = sa.text(
    """CREATE TEMP TABLE contact_record (
           golden bigint, rid bigint, id uuid, dealer text, feed text, record_no text, kind text, stated_on date,
           postcode text, city text, country text, opted_out boolean, opted_at timestamptz, since timestamptz,
           day_from date, day_until date, former boolean, asked boolean) ON COMMIT DROP"""
)
# Plans for these very people: what suits one holds for nobody when they are ten thousand.
_BY_INDEX = sa.text(
    """SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true),
              set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"""
)
_KEEP_PLANS = sa.text("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")


def _found(households: bool) -> str:
    people = _MATES.format(asked=_ASKED) if households else _ASKED
    return f"member AS MATERIALIZED ({_MEMBERS.format(people=people)})"


_GATHER = {
    households: sa.text(f"WITH {_found(households)} INSERT INTO contact_record {_ROWS}") for households in (True, False)
}


def with_records(households: bool = False) -> dict[bool, str]:
    """The beginning of a query that reads the relation ``record``: for a few people, and (True) for gathered ones.

    Args:
        households: with the records of those who live with the people asked about.
    """
    gathered = f"record AS (SELECT * FROM contact_record {'' if households else 'WHERE asked'})"
    return {False: f"WITH {_found(households)}, record AS MATERIALIZED ({_ROWS})", True: f"WITH {gathered}"}


def the(goldens: Collection[int]) -> dict[str, str]:
    """The value of a query that begins `with_records`, by which it finds them: each once, and near ones one after the other."""
    return {"goldens": numbers(sorted(set(goldens)))}


def kept_plans() -> Question[None]:
    """For a few people: plan each query once for the connection, since planning costs more than running it."""
    return Question(_KEEP_PLANS, {}, done)


def gather(send: Sender, goldens: Collection[int], households: bool) -> None:
    """Gather the records of many people for the rest of the transaction.

    Args:
        goldens: whom the request asks about.
        households: those of the people who live with them as well.
    """
    send(Question(_TABLE, {}, done))
    send(Question(_BY_INDEX, {}, done))
    send(Question(_GATHER[households], the(goldens), done))
