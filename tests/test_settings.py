"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.settings import Settings, default_home


def test_defaults() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert settings.home == default_home()
    assert settings.inbox_dir == settings.home / "inbox"


def test_settings_are_read_as_their_kind() -> None:
    given = {
        "HUB_HOME": "/srv/hub",
        "HUB_DATABASE_URL": "postgresql://hub@db/hub",
        "HUB_API_DATABASE_URL": "postgresql://hub_api@db/hub",
        "HUB_INBOX": "/srv/inbox",
        "HUB_HOST": "0.0.0.0",
        "HUB_PORT": "8080",
        "HUB_DAGSTER_PORT": "3001",
    }
    assert Settings.from_env(given) == Settings(
        home=Path("/srv/hub"),
        database_url="postgresql://hub@db/hub",
        api_database_url="postgresql://hub_api@db/hub",
        inbox=Path("/srv/inbox"),
        host="0.0.0.0",
        port=8080,
        dagster_port=3001,
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_env({"HUB_DATABASE_URL": "", "HUB_PORT": ""}) == Settings()


def test_a_database_is_a_postgresql() -> None:
    for name in ("HUB_DATABASE_URL", "HUB_API_DATABASE_URL"):
        with pytest.raises(Invalid, match=f"{name} must begin with postgresql://"):
            Settings.from_env({name: "mysql://hub@db/hub"})


def test_folders_are_absolute() -> None:
    assert Settings.from_env({"HUB_HOME": "state"}).home == Path.cwd() / "state"
    assert Settings.from_env({"HUB_HOME": "~/state"}).home == Path.home() / "state"


@pytest.mark.parametrize("text", ["eighty", "-1", "70000", "²", "80.5"])
def test_an_unreadable_port_names_its_variable(text: str) -> None:
    with pytest.raises(Invalid, match="HUB_PORT"):
        Settings.from_env({"HUB_PORT": text})
