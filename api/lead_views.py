"""Leads as the API shows them: plain objects, since a decision over 300 dealers is too much to validate on its way out."""

from __future__ import annotations

from typing import Any

from hub.flows.read_lead import when
from hub.flows.route_lead import Routed
from hub.routing.decide import RULES, Candidates


def routed(found: Routed) -> dict[str, Any]:
    """`api.schemas.leads.Routed`."""
    return {
        "lead_id": None if found.lead_id is None else str(found.lead_id),
        "repeated": found.repeated,
        "at": when(found.at),
        "brand": found.brand,
        "purpose": found.purpose,
        "dealer": found.dealer,
        "accept_by": when(found.terms.accept_by) if found.terms else None,
        "contact_by": when(found.terms.contact_by) if found.terms else None,
        "rule": found.rule,
        "reason": RULES[found.rule],
        "policy": found.policy,
        "network": found.network,
        "person": {name: found.person.get(name) for name in ("decision", "probability", "golden_id")},
        "candidates": candidates(found.candidates),
        "weights": dict(sorted(found.weights.items())),
        "credits_before": dict(sorted(found.credits_before.items())),
    }


def candidates(found: Candidates) -> list[dict[str, Any]]:
    """`api.schemas.leads.Score`: those that could have the lead, best first; then those that fell out, by code."""
    names = list(found.parts)
    values = zip(*found.parts.values(), strict=True)
    fit = [
        {
            "dealer": dealer,
            "fell_out": None,
            "km": km,
            "score": score,
            "parts": dict(zip(names, each, strict=True)),
            "near_equal": place < found.near,
        }
        for place, (dealer, km, score, each) in enumerate(zip(found.dealer, found.km, found.score, values, strict=True))
    ]
    return fit + [
        {"dealer": dealer, "fell_out": reason, "km": None, "score": None, "parts": {}, "near_equal": False}
        for dealer, reason in found.fallen()
    ]
