"""A person's browser without scripts, and the people who can sign in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from hub.flows.manage_accounts import create_account
from hub.store.engine import Database

PASSWORD = "four words make one"
PEOPLE = {
    "olga": ("head_office", None),
    "anna": ("steward", None),
    "ivan": ("dealer", "D001"),
    "petr": ("dealer", "D002"),
    "rita": ("auditor", None),
}

ENGLISH = re.compile(r"\b[a-z']{2,} [a-z']{2,} [a-z']{2,}\b")  # three words in a row are a sentence, or a part of one


def english(page: str) -> list[str]:
    """Texts of a page that look English."""
    texts = re.split(r"<[^>]+>", re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL))
    return [text.strip() for text in map(html.unescape, texts) if ENGLISH.search(text)]


def accounts(db: Database) -> None:
    """A person of each role, who can sign in."""
    with db.worker() as conn:
        for login, (role, dealer) in PEOPLE.items():
            create_account(conn, login, login.title(), role, dealer, datetime.now(UTC), password=PASSWORD)


@dataclass
class Browser:
    """Loads pages, follows where they lead, sends forms with their hidden fields, keeps the session's cookie.

    Browsers keep Secure cookies of localhost over plain HTTP; httpx does not, so the cookie is a header here.
    """

    client: httpx.Client
    last: httpx.Response | None = None

    def get(self, path: str) -> httpx.Response:
        """Load a page."""
        return self._arrive(self.client.get(path))

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Send the form of the last page that goes to ``path``."""
        assert self.last is not None
        form = re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', self.last.text, re.DOTALL)
        assert form is not None, f"no form goes to {path}"
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.group()))
        return self._arrive(self.client.post(path, data={**hidden, **fields}))

    def send_file(self, name: str, body: bytes, **fields: str) -> httpx.Response:
        """Send a file by the form of the last page, with its hidden fields before it as browsers send them."""
        assert self.last is not None
        form = re.search(r'<form[^>]*enctype="multipart/form-data".*?</form>', self.last.text, re.DOTALL)
        assert form is not None, "the page has no form for files"
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.group()))
        parts: list[tuple[str, Any]] = [(key, (None, value)) for key, value in {**hidden, **fields}.items()]
        return self._arrive(self.client.post("/uploads", files=[*parts, ("file", (name, body))]))

    def _arrive(self, answer: httpx.Response) -> httpx.Response:
        while answer.has_redirect_location:
            if "set-cookie" in answer.headers:
                self.client.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]
            answer = self.client.get(answer.headers["location"])
        self.last = answer
        return answer
