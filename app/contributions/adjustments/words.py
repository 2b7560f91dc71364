"""Words that the sentences of several kinds share, made from what a step recorded."""

from __future__ import annotations


def discount(shown: str) -> str:
    """Write a recorded discount as "25 % korting", or "€ 2,50 toeslag" where it was below zero."""
    return f"{shown.replace('-', '')} {'toeslag' if '-' in shown else 'korting'}"
