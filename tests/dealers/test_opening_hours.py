"""Opening hours: what is read, what is refused."""

from __future__ import annotations

import pytest

from hub.dealers.opening_hours import parse_hours
from hub.errors import Invalid

# written → open spans of Monday, Saturday, Sunday, holiday, in minutes
CASES = {
    "Mo-Fr 09:00-20:00": ([(540, 1200)], [], [], []),
    "09:00-20:00": ([(540, 1200)], [(540, 1200)], [(540, 1200)], []),
    "24/7": ([(0, 1440)], [(0, 1440)], [(0, 1440)], [(0, 1440)]),
    "Mo-Fr 09:00-13:00,14:00-18:00": ([(540, 780), (840, 1080)], [], [], []),
    "Mo-Fr 14:00-18:00, 09:00-13:00": ([(540, 780), (840, 1080)], [], [], []),
    "Sa-Mo 10:00-18:00": ([(600, 1080)], [(600, 1080)], [(600, 1080)], []),
    "Mo-Su 09:00-20:00; Su off": ([(540, 1200)], [(540, 1200)], [], []),
    "Mo-Fr 09:00-20:00; Sa,Su,PH 10:00-18:00": ([(540, 1200)], [(600, 1080)], [(600, 1080)], [(600, 1080)]),
    "Mo-Sa 8:00-24:00; PH closed": ([(480, 1440)], [(480, 1440)], [], []),
    "Mo, We-Fr 09:00 - 20:00 ;": ([(540, 1200)], [], [], []),
    "Mo 00:00-02:00,20:00-24:00": ([(0, 120), (1200, 1440)], [], [], []),
}


@pytest.mark.parametrize("text", CASES)
def test_what_is_read(text: str) -> None:
    week = parse_hours(text)
    assert tuple([list(week[day]) for day in (0, 5, 6, 7)]) == CASES[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ; ",
        "Mo-Fr",
        "Mo-Fr 9-20",
        "Пн-Пт 09:00-20:00",
        "Mo-Fr 20:00-02:00",
        "Mo-Fr 09:00-25:00",
        "Mo-Fr 09:60-12:00",
        "Mo-Fr 09:00-09:00",
        "Mo-Fr 09:00-13:00,12:00-18:00",
        "Mo-XX 09:00-20:00",
        "Jan-Mar Mo-Fr 09:00-20:00",
        "sunrise-sunset",
        'Mo-Fr 09:00-20:00 "by appointment"',
        "Mo-Fr 09:00+",
        "Mo-Fr 09:00-20:00 || Sa 10:00-12:00",
        "week 1-53/2 Mo 09:00-12:00",
    ],
)
def test_what_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(Invalid, match=r"Opening hours.*(write|split|days are|times run|once)"):
        parse_hours(text)
