"""Dealers' specifications: every version that was ever installed, since an upload is replayed by its own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import Connection

_INSTALL = sa.text(
    """INSERT INTO specification (name, body, sha256, installed_at) VALUES (:name, :body, :sha256, :at)
       ON CONFLICT (name, sha256) DO UPDATE SET installed_at = greatest(specification.installed_at, :at)
       RETURNING spec_id"""
)
_LATEST = sa.text(
    """SELECT DISTINCT ON (name) name, spec_id FROM specification WHERE name = ANY(:names)
       ORDER BY name, installed_at DESC, spec_id DESC"""
)
_LIST = sa.text(
    """SELECT DISTINCT ON (name) name, spec_id, count(*) OVER (PARTITION BY name) AS versions,
              CAST(installed_at AS date) AS installed
       FROM specification ORDER BY name, installed_at DESC, spec_id DESC"""
)
_BODIES = sa.text("SELECT spec_id, body FROM specification WHERE spec_id = ANY(:ids)")


def install_specification(conn: Connection, name: str, body: str, at: datetime) -> int:
    """Make ``body`` (YAML, bases merged in) the specification in force for ``name``; the same text is kept once."""
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    return int(conn.execute(_INSTALL, {"name": name, "body": body, "sha256": sha256, "at": at}).scalar_one())


def latest_specifications(conn: Connection, names: Collection[str]) -> dict[str, int]:
    """The ``spec_id`` in force for each of these dealers that has one."""
    return {row.name: row.spec_id for row in conn.execute(_LATEST, {"names": list(names)})}


def specification_bodies(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """The YAML of these versions."""
    return {row.spec_id: row.body for row in conn.execute(_BODIES, {"ids": list(ids)})}


@dataclass(frozen=True)
class InForce:
    """The specification in force of one dealer: its version, how many there ever were, and since when."""

    name: str
    spec_id: int
    versions: int
    installed: date


def list_specifications(conn: Connection) -> list[InForce]:
    """All dealers that have a specification, by code."""
    return [InForce(*row) for row in conn.execute(_LIST)]
