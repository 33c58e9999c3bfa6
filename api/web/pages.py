"""Pages from templates, and errors as pages. The templates escape everything that is not marked as safe by the code."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Coroutine
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache, partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.numbers import format_decimal, format_percent
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from api.web.moments import ZONE, day_in, moment_in
from api.web.phrases import tell
from api.web.visitors import Visitor
from api.web.wording import catalogue, chosen, languages
from hub.errors import HubError, Unauthenticated
from hub.matching.waterfall import STYLE

TEMPLATES = Path(__file__).parent / "templates"
_PICTURES = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{_PICTURES}'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
MENU = (  # address, words, roles
    ("/", "Overview", ("head_office", "steward", "dealer", "auditor")),
    ("/customers", "Customers", ("head_office", "steward", "dealer", "auditor")),
    ("/queue", "Queue", ("head_office", "steward")),
    ("/leads", "Leads", ("dealer",)),
    ("/portfolio", "Portfolio", ("dealer",)),
    ("/do-not-approach", "Do not approach", ("dealer",)),
    ("/scorecard", "Scorecard", ("dealer",)),
    ("/uploads", "Uploads", ("head_office", "steward", "dealer", "auditor")),
    ("/dealers", "Dealers", ("head_office", "steward", "auditor")),
    ("/conflicts", "Conflicts", ("head_office", "steward", "auditor")),
    ("/policy", "Policy", ("head_office", "auditor")),
    ("/leads/network", "Leads", ("head_office", "auditor")),
    ("/people", "People and keys", ("head_office", "administrator")),
    ("/audit", "Audit log", ("head_office", "auditor")),
)


class Page(APIRoute):
    """A route whose errors are pages: who is not signed in is sent to do so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, errors told as pages."""
        handle = super().get_route_handler()

        async def page(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthenticated:
                back = quote(str(request.url.path)) if request.method == "GET" else ""
                return RedirectResponse(f"/sign-in?next={back}" if back else "/sign-in", 303)
            except RequestValidationError:
                return failed(request, HubError422())
            except HubError as error:
                return failed(request, error)

        return page


class HubError422(HubError):
    """A form or an address that a person does not come to by the pages."""

    code, status = "invalid", 422

    def __init__(self) -> None:
        super().__init__("This address or form is not complete. Go back, and try again.")


def render(request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page in the reader's language."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    language = reader_language(request)
    own = {visitor.account.role, "administrator" if visitor.account.administrator else ""} if visitor else set()
    text = (
        _environment(language)
        .get_template(template)
        .render(
            visitor=visitor,
            csrf=visitor.signed_in.csrf if visitor else "",
            language=language,
            languages=languages(),
            menu=[(address, words) for address, words, roles in MENU if own & set(roles)],
            path=request.url.path,
            upload_word=request.app.state.words.uploads.word,
            **values,
        )
    )
    return HTMLResponse(text, status, HEADERS)


def reader_language(request: Request) -> str:
    """The language to answer in: the reader's own choice, else as the browser asks."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    own = visitor.account.language if visitor else request.cookies.get("language")
    return chosen(own, request.headers.get("accept-language", ""))


def failed(request: Request, error: HubError) -> HTMLResponse:
    """An error as a page: what is wrong and the cure."""
    return render(request, "error.html", error.status, problem=error)


def back_to(address: str, message: str = "") -> RedirectResponse:
    """After a form: the page to show, and a line that tells what was done."""
    separator = "&" if "?" in address else "?"
    return RedirectResponse(f"{address}{separator}done={quote(message)}" if message else address, 303)


@cache
def _environment(language: str) -> Environment:
    words = catalogue(language)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "day": partial(_day, language),
        "date_text": lambda text: _day(language, date.fromisoformat(text)),
        "moment": partial(_moment, language),
        "number": partial(_number, language),
        "decimal": lambda value: _number(language, round(value, 1)),
        "share": partial(_share, language),
        "minutes": partial(_minutes, language, words),
        "phone": phone,
        "time_left": partial(_time_left, words),
        "in_words": partial(in_words, language),
    }
    return environment


def _day(language: str, value: date | None) -> str:
    return day_in(language, value) if value else ""


def _moment(language: str, value: datetime | None, zone: str = ZONE) -> str:
    return moment_in(language, value, zone) if value else ""


def in_words(language: str, message: str) -> str:
    """A message in the reader's language; a name of the code that has no word of its own (``only_claim``) as plain words."""
    said = tell(language, message)
    return said.replace("_", " ") if said == message and message.replace("_", "").isalpha() else said


@lru_cache(10_000)  # a table has thousands, many of them alike, and each costs a tenth of a millisecond
def _number(language: str, value: float | Decimal) -> str:
    return format_decimal(value, locale=language)


@lru_cache(10_000)
def _share(language: str, value: float) -> str:
    """A share of 0 to 1 as percent; small ones are not rounded to nothing."""
    digits = (
        "#,##0%" if abs(value) in (0, 1) or abs(value) >= 0.1 else "#,##0.0%" if abs(value) >= 0.001 else "#,##0.00%"
    )
    return format_percent(value, digits, locale=language)


def _minutes(language: str, words: NullTranslations, value: float) -> str:
    """A length of time in the unit that people would use."""
    if value < 90:
        return f"{format_decimal(round(value), locale=language)} {words.gettext('min')}"
    return f"{format_decimal(round(value / 60, 1), locale=language)} {words.gettext('h')}"


def _time_left(words: NullTranslations, left: timedelta) -> str:
    """How long is left, in the two largest units."""
    minutes = max(0, int(left.total_seconds() // 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    shown = [(number, unit) for number, unit in parts if number][:2] or [(0, "min")]
    return " ".join(f"{number}\u00a0{words.gettext(unit)}" for number, unit in shown)


def phone(value: str) -> str:
    """A phone number as people write it in its country."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(value if value.startswith("+") else f"+{value}")
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
