"""Sums in SQL that are whole cents on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func


def total(cents: Any) -> ColumnElement[int]:
    """Return the SQL for a sum of cents, 0 for none: PostgreSQL makes a decimal of the sum of a bigint."""
    return cast(func.coalesce(func.sum(cents), 0), BigInteger)
