"""One's own account: password, second factor, sessions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from tests.api.serving import Served
from tests.web.browser import PASSWORD, Browser

Browse = Callable[..., Browser]
NEW = "a quite different sentence"


def test_a_new_password_wants_the_present_one_and_ends_other_sessions(browse: Browse) -> None:
    anna, elsewhere = browse("anna"), browse("anna")
    for present, new, again, told in (
        ("wrong", NEW, NEW, "present password is not right"),
        (PASSWORD, NEW, "other", "not the same"),
        (PASSWORD, "short", "short", "12 to 256"),
        (PASSWORD, "my name is anna!", "my name is anna!", "easy to guess"),
    ):
        anna.get("/me")
        refused = anna.send("/me/password", present=present, new=new, again=again)
        assert refused.status_code == 422
        assert told in refused.text
    anna.get("/me")
    assert "new password holds" in anna.send("/me/password", present=PASSWORD, new=NEW, again=NEW).text
    assert elsewhere.get("/me").url.path == "/sign-in"
    assert browse().send("/sign-in", login="anna", password=PASSWORD).status_code == 401
    assert browse().send("/sign-in", login="anna", password=NEW).url.path == "/"


def test_a_second_factor_is_taken_by_its_first_code(hub: Served, browse: Browse) -> None:
    anna = browse("anna")
    page = anna.get("/me/second-factor")
    assert "<svg" in page.text
    assert "style=" not in page.text.split("<svg")[1].split("</svg>")[0]
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page.text)
    assert secret is not None
    totp = pyotp.TOTP(secret.group(1))
    wrong = f"{(int(totp.now()) + 1) % 1_000_000:06d}"
    assert anna.send("/me/second-factor", present=PASSWORD, code=wrong).status_code == 422
    anna.get("/me/second-factor")
    early = totp.at(datetime.now(UTC))
    assert anna.send("/me/second-factor", present="no", secret=secret.group(1), code=early).status_code == 422
    anna.get("/me/second-factor")
    assert anna.send("/me/second-factor", present=PASSWORD, secret="x" * 32, code=early).status_code == 422
    anna.get("/me/second-factor")
    done = anna.send("/me/second-factor", present=PASSWORD, secret=secret.group(1), code=early)
    assert "wants a code" in done.text
    stranger = browse()
    assert stranger.send("/sign-in", login="anna", password=PASSWORD).status_code == 401
    assert stranger.send("/sign-in", login="anna", password=PASSWORD, code=early).status_code == 401  # taken already
    later = totp.at(datetime.now(UTC) + timedelta(seconds=30))
    assert stranger.send("/sign-in", login="anna", password=PASSWORD, code=later).url.path == "/"
    anna.get("/me")
    assert "password alone" in anna.send("/me/second-factor/drop", present=PASSWORD).text
    assert browse("anna").get("/me").status_code == 200


def test_sign_out_everywhere(browse: Browse) -> None:
    one, two = browse("anna"), browse("anna")
    assert one.get("/me").text.count("last seen") == 2
    one.send("/me/sign-out")
    assert {browser.get("/me").url.path for browser in (one, two)} == {"/sign-in"}


@pytest.mark.parametrize("login", ["olga", "ivan", "rita"])
def test_everybody_has_the_page(browse: Browse, login: str) -> None:
    assert browse(login).get("/me").status_code == 200
