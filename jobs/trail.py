"""Seals the audit trail."""

from __future__ import annotations

from app.kernel.sealing import seal_trail
from jobs.work import Work


def seal(_work: Work) -> str:
    """Seal what is new in the trail."""
    count = seal_trail()
    return f"{count} regels verzegeld." if count else "Niets te verzegelen."
