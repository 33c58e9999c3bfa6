"""The errors that the hub raises on purpose: each has a stable code, an HTTP status and a cure."""

from __future__ import annotations


class HubError(Exception):
    """An expected failure that a person or client can act on.

    Attributes:
        code: stable machine-readable name, e.g. ``unknown_feed``; the last part of the problem type's URI (RFC 9457).
        status: HTTP status code that the API answers with.
        detail: one or two sentences for a person: what is wrong, where, and the cure. Never personal data.
    """

    code: str = "hub_error"
    status: int = 500
    own_fault: bool = False  # of the hub itself: the command line ends with 70 instead of 2

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(HubError):
    """The object does not exist, or the caller may not know that it does."""

    code, status = "not_found", 404


class Gone(HubError):
    """The object existed, and was erased or revoked."""

    code, status = "gone", 410


class Conflict(HubError):
    """The state of the object forbids the request."""

    code, status = "conflict", 409


class Invalid(HubError):
    """The request or configuration is malformed; ``detail`` names the place and the cure."""

    code, status = "invalid", 422


class Forbidden(HubError):
    """The caller is known and has no right to do this."""

    code, status = "forbidden", 403


class Unauthenticated(HubError):
    """No credential, or one that is unknown, expired or revoked."""

    code, status = "unauthenticated", 401


class Unreadable(HubError):
    """A file cannot be read at all: empty, truncated, wrong format, a bomb. The upload is refused whole."""

    code, status = "unreadable", 422


class Held(HubError):
    """A file is readable but not believable (volume, schema, letters): a person must release or reject it."""

    code, status = "held", 409


class Stale(HubError):
    """What the caller looked at has changed since: nothing was done."""

    code, status = "stale", 412


class Unconditional(HubError):
    """The request must say what the caller looked at (``If-Match``): nothing was done."""

    code, status = "precondition_required", 428


class TooMany(HubError):
    """The caller comes too often.

    Attributes:
        retry_after: seconds after which it may come again.
    """

    code, status = "too_many_requests", 429

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Busy(HubError):
    """Long work of the hub's own is in the way; the same request succeeds later."""

    code, status = "busy", 503
