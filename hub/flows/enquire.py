"""Who is this? The same as `hub.flows.identify` for one enquiry after the other, each in one round trip to the base.

What can be guessed is not asked first: whose key it is, which model is in force. The answer says whether the guess was right; if
not, the question is put again. So a revoked key, another model or other common contact values count from the next enquiry on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.flows.identify import Candidate, Question, model_of, shipped_model
from hub.matching.few import shared_of
from hub.matching.few_comparisons import Shared
from hub.matching.keys import BLOCK_CAP
from hub.store.candidates import Line, Reply, Stamp, shared_rows
from hub.store.engine import Database

_KEPT = 4096  # keys whose dealer is remembered
_TRIES = 4  # guesses: the dealer's and the stamp's, and each may change meanwhile


@dataclass(frozen=True)
class Identified:
    """The caller's role, and candidates for each row."""

    role: str
    candidates: list[list[Candidate]]


class Enquirer:
    """Of one thread, which closes it when done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._line: Line | None = None
        self._dealers: dict[str, str | None] = {}
        self._stamp: Stamp | None = None
        self._model = shipped_model()
        self._shared: Shared = {}

    def ask(
        self, key_id: str, secret_sha256: str, rows: Sequence[Mapping[str, Any]], limit: int = 5
    ) -> Identified | None:
        """Candidates for each row, as `identify` finds them for the caller with this API key.

        Returns:
            None if there is no such key, or it has ended.

        Raises:
            Unreachable: the base cannot be asked now.
        """
        question: Question | None = None
        for _ in range(_TRIES):
            dealer, guess = self._dealers.get(key_id), self._stamp
            if question is None or question.model is not self._model:
                question = Question.of(rows, self._model)
            reply = self._asked(key_id, secret_sha256, question, dealer, len(rows))
            if reply is None:
                return None
            if reply.dealer != dealer:
                self._remember(key_id, reply.dealer)
            elif dealer and guess and reply.stamp.model == guess.model:
                return Identified(reply.role, question.answer(reply.found, {}, limit))
            elif dealer is None and reply.stamp == guess:
                return Identified(reply.role, question.answer(reply.found, self._shared, limit))
            else:
                self._refresh(reply.stamp, dealer)
        raise RuntimeError("model or key changed with each try")

    def close(self) -> None:
        """Give the connection up."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _asked(
        self, key_id: str, secret_sha256: str, question: Question, dealer: str | None, persons: int
    ) -> Reply | None:
        try:
            self._line = self._line or Line(self._database)
            return self._line.ask(key_id, secret_sha256, list(question.place), BLOCK_CAP, dealer, persons)
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
