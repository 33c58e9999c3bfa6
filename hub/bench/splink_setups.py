"""How Splink is told to read each set: one set-up a set, from its guides, with wide rules and joint comparisons.

They were written before any result was seen, and no others were tried. None sees the truth. Terms are Splink's own: rules
that block, rules that are nearly certain (for the prior), and rules under which each session of EM trains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Rule = tuple[str, ...]


@dataclass(frozen=True)
class Setup:
    """One set-up.

    Attributes:
        comparisons: made when Splink is there.
        rules: columns or SQL expressions that two records must share, any of them.
        certain: rules of pairs that are nearly surely one party; ``recall`` is the share of all that they should find.
        sessions: rules under which EM trains, one session each.
        derived: further columns as SQL.
    """

    comparisons: Callable[[], list[Any]]
    rules: Sequence[Rule]
    certain: Sequence[Rule]
    sessions: Sequence[Rule]
    recall: float = 0.7
    derived: dict[str, str] = field(default_factory=dict)


def _historical() -> list[Any]:
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    place = cl.CustomComparison(
        output_column_name="place",
        comparison_levels=[
            cll.And(cll.NullLevel("postcode_fake"), cll.NullLevel("birth_place")),
            cll.And(cll.ExactMatchLevel("postcode_fake"), cll.ExactMatchLevel("birth_place")),
            cll.ExactMatchLevel("postcode_fake"),
            cll.And(cll.ExactMatchLevel("outward"), cll.ExactMatchLevel("birth_place")),
            cll.LevenshteinLevel("postcode_fake", 2),
            cll.ExactMatchLevel("outward"),
            cll.ExactMatchLevel("birth_place", term_frequency_adjustments=True),
            cll.ElseLevel(),
        ],
    )
    return [
        cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="both_names"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        place,
        cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
    ]


def _febrl() -> list[Any]:
    import splink.comparison_library as cl

    return [
        cl.ForenameSurnameComparison("given_name", "surname", forename_surname_concat_col_name="both_names"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("suburb", [0.9]).configure(term_frequency_adjustments=True),
    ]


def _german() -> list[Any]:
    import splink.comparison_library as cl

    return [
        cl.ForenameSurnameComparison("fname_c1", "lname_c1", forename_surname_concat_col_name="both_names"),
        cl.DateOfBirthComparison("born", input_is_string=True),
    ]


def _restaurants() -> list[Any]:
    import splink.comparison_library as cl

    return [
        cl.JaroWinklerAtThresholds("name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("addr", [0.92, 0.8]),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("digits", [1, 2]),
    ]


def _providers() -> list[Any]:
    import splink.comparison_library as cl

    return [
        cl.JaroWinklerAtThresholds("name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("address", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("zip").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
    ]


def _applicants() -> list[Any]:
    import splink.comparison_library as cl

    return [
        cl.JaroWinklerAtThresholds("name", [0.95, 0.9, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("coauthors", [0.9]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("classes").configure(term_frequency_adjustments=True),
    ]


SETUPS = {
    "historical": Setup(
        _historical,
        rules=(
            ("substr(first_name,1,3)", "substr(surname,1,4)"),
            ("surname", "dob"),
            ("first_name", "dob"),
            ("postcode_fake", "first_name"),
            ("postcode_fake", "surname"),
            ("dob", "birth_place"),
            ("outward", "dob"),
            ("outward", "first_name"),
            ("outward", "surname"),
            ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
            ("postcode_fake", "substr(dob,1,4)"),
            ("surname", "birth_place"),
            ("surname", "substr(dob,1,4)"),
            ("first_name", "birth_place", "substr(dob,1,3)"),
            ("occupation", "dob"),
            ("full_name",),
        ),
        certain=(
            ("first_name", "surname", "dob"),
            ("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
            ("dob", "postcode_fake"),
        ),
        sessions=(("first_name", "surname"), ("dob",), ("postcode_fake",)),
        recall=0.6,
        derived={"both_names": "first_name || ' ' || surname", "outward": "split_part(postcode_fake, ' ', 1)"},
    ),
    "febrl": Setup(
        _febrl,
        rules=(
            ("given_name", "surname"),
            ("date_of_birth",),
            ("soc_sec_id",),
            ("state", "address_1"),
            ("street_number", "address_1"),
            ("postcode",),
            ("surname", "suburb"),
        ),
        certain=(("soc_sec_id",), ("given_name", "surname", "date_of_birth")),
        sessions=(("date_of_birth",), ("postcode",), ("soc_sec_id",)),
        recall=0.8,
        derived={"both_names": "given_name || ' ' || surname"},
    ),
    "german": Setup(
        _german,
        rules=(
            ("born",),
            ("fname_c1", "lname_c1"),
            ("lname_c1", "by"),
            ("fname_c1", "by", "bm"),
            ("fname_c1", "bm", "bd"),
            ("lname_c1", "bm"),
            ("lname_c1", "bd"),
            ("substr(fname_c1,1,3)", "substr(lname_c1,1,3)"),
        ),
        certain=(("fname_c1", "lname_c1", "by"), ("lname_c1", "born"), ("fname_c1", "born")),
        sessions=(("born",), ("fname_c1", "lname_c1")),
        recall=0.9,
        derived={"both_names": "fname_c1 || ' ' || lname_c1"},
    ),
    "restaurants": Setup(
        _restaurants,
        rules=(("digits",), ("city", "substr(name,1,3)"), ("substr(name,1,6)",), ("substr(addr,1,8)",), ("name",)),
        certain=(("digits",), ("name", "city")),
        sessions=(("digits",), ("city",), ("substr(name,1,4)",)),
        recall=0.8,
        derived={"digits": "regexp_replace(phone, '[^0-9]', '', 'g')"},
    ),
    "providers": Setup(
        _providers,
        rules=(("phone",), ("name",), ("address",), ("zip", "substr(name,1,3)"), ("substr(address,1,8)",), ("zip",)),
        certain=(("name", "address"), ("phone", "address")),
        sessions=(("phone",), ("address",), ("name",)),
        recall=0.5,
    ),
    "applicants": Setup(
        _applicants,
        rules=(
            ("substr(name,1,4)",),
            ("coauthors",),
            ("split_part(name, ' ', 1)",),
            ("split_part(name, ' ', 2)", "classes"),
        ),
        certain=(("name",),),
        sessions=(("substr(name,1,5)",), ("classes",)),
        recall=0.4,
    ),
}
