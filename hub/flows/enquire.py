"""Who is this? The same as `hub.flows.identify` for one enquiry after the other, each in one round trip to the base.

What can be guessed is not asked first: whose key it is, which model is in force. The answer says whether the guess was right; if
not, the question is put again. So a revoked key, another model or other common contact values count from the next enquiry on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.flows.identify import Candidate, Question, model_of, shipped_model
from hub.matching.few import shared_of
from hub.matching.few_comparisons import Shared
from hub.matching.keys import BLOCK_CAP
from hub.store.candidates import Found, Line, Reply, Stamp, shared_rows
from hub.store.engine import Database

_KEPT = 4096  # keys whose dealer is remembered
_TRIES = 4  # guesses: the dealer's and the stamp's, and each may change meanwhile


@dataclass(frozen=True)
class Near:
    """What the base holds near some rows in the slice of a caller with this role; it is yet to be scored."""

    role: str
    question: Question
    found: Found
    shared: Shared

    @property
    def met(self) -> int:
        """How many records that is."""
        return len(self.found.places)

    def candidates(self, limit: int) -> list[list[Candidate]]:
        """Candidates for each row, as `identify` finds them."""
        return self.question.answer(self.found, self.shared, limit)


class Enquirer:
    """Of one event loop, which closes it when done. Enquiries take turns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._line: Line | None = None
        self._dealers: dict[str, str | None] = {}
        self._stamp: Stamp | None = None
        self._model = shipped_model()
        self._shared: Shared = {}

    def question(self, row: Mapping[str, Any]) -> Question:
        """The question that a row puts, by the model that was in force when the base was last asked."""
        return Question.of([row], self._model)

    async def look(self, key_id: str, secret_sha256: str, questions: Sequence[Question]) -> Near | None:
        """What stands near the rows of these questions, on behalf of the caller with this API key.

        Returns:
            None if there is no such key, or it has ended.

        Raises:
            Unreachable: the base cannot be asked now.
        """
        for _ in range(_TRIES):
            dealer, guess, question = self._dealers.get(key_id), self._stamp, Question.joined(questions, self._model)
            reply = await self._asked(key_id, secret_sha256, question, dealer)
            if reply is None:
                return None
            if reply.dealer != dealer:
                self._remember(key_id, reply.dealer)
            elif dealer and guess and reply.stamp.model == guess.model:
                return Near(reply.role, question, reply.found, {})
            elif dealer is None and reply.stamp == guess:
                return Near(reply.role, question, reply.found, self._shared)
            else:
                await asyncio.to_thread(self._refresh, reply.stamp, dealer)
        raise RuntimeError("model or key changed with each try")

    def close(self) -> None:
        """Give the connection up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    async def _asked(self, key_id: str, secret_sha256: str, question: Question, dealer: str | None) -> Reply | None:
        try:
            if self._line is None:
                self._line = await asyncio.to_thread(Line, self._database)
            return await self._line.ask(
                key_id, secret_sha256, list(question.place), BLOCK_CAP, dealer, len(question.asked)
            )
        except BaseException:
            self.close()  # whatever it was, the next enquiry begins with a fresh connection
            raise

    def _remember(self, key_id: str, dealer: str | None) -> None:
        if len(self._dealers) >= _KEPT:
            self._dealers.clear()
        self._dealers[key_id] = dealer

    def _refresh(self, stamp: Stamp, dealer: str | None) -> None:
        """Fetch what the stamp stands for, which is nobody's data in particular; a dealer sees no classified values."""
        with self._database.worker() as conn:
            self._model = model_of(conn, stamp.model)
            if dealer is None:
                self._shared = shared_of(shared_rows(conn)) if stamp.shared else {}
                self._stamp = stamp
            else:
                self._stamp = Stamp(stamp.model, None)  # the next caller who sees them will find another
