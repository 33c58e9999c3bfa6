"""Enquiries answered together (`hub.flows.identify`): one transaction, one look into the base, one scoring."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.auth import EVERYONE, parts, sha256_of
from api.together import Together
from hub.errors import HubError
from hub.flows.enquire import Enquirer
from hub.flows.identify import Candidate
from hub.store.engine import Database

log = logging.getLogger("dealerhub.api.matcher")

TOGETHER = 32  # enquiries answered in one go, at most

Row = Mapping[str, str | None]
Answer = list[Candidate] | None


@dataclass(frozen=True)
class Enquiry:
    """Candidates wanted for one row, on behalf of the caller with this API key."""

    token: str
    row: Row
    limit: int


class Matcher(Together[Enquiry, list[Candidate]]):
    """Each enquiry is answered on behalf of its own key, which is checked after the enquiry came."""

    def __init__(self, database: Database) -> None:
        super().__init__("matcher", TOGETHER)
        self._enquirer = Enquirer(database)

    async def ask(self, token: str, row: Row, limit: int) -> Answer:
        """Candidates for one row, as `identify` finds them for the caller with this API key.

        Returns:
            None if they cannot be had so: the key is none, or the base cannot be asked.
        """
        return await self.wait_for(Enquiry(token, row, limit))

    def answer(self, asked: Sequence[Enquiry]) -> list[Answer]:
        """See `Together`."""
        answers: dict[int, Answer] = {}
        for token, places in _by_token(asked).items():
            found = self._answered(token, [asked[place] for place in places])
            answers.update(zip(places, found, strict=True))
        return [answers[place] for place in range(len(asked))]

    def close(self) -> None:
        """See `Together`."""
        self._enquirer.close()

    def _answered(self, token: str, enquiries: Sequence[Enquiry]) -> list[Answer]:
        try:
            key_id, secret = parts(token)
            limit = max(enquiry.limit for enquiry in enquiries)
            found = self._enquirer.ask(key_id, sha256_of(secret), [enquiry.row for enquiry in enquiries], limit)
        except HubError:
            found = None
        except Exception as error:
            if len(enquiries) == 1:
                log.error("an enquiry failed: %s", type(error).__name__)  # its message may quote values
                return [None]
            return [answer for enquiry in enquiries for answer in self._answered(token, [enquiry])]
        if found is None or found.role not in EVERYONE:
            return [None] * len(enquiries)
        return [candidates[: one.limit] for one, candidates in zip(enquiries, found.candidates, strict=True)]


def _by_token(enquiries: Sequence[Enquiry]) -> dict[str, list[int]]:
    groups = defaultdict(list)
    for place, enquiry in enumerate(enquiries):
        groups[enquiry.token].append(place)
    return groups
