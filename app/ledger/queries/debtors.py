"""The debtors list, counted by the database: one row per debtor."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Subquery, case, func, select

from app.kernel.db import db
from app.ledger.ageing import Debtor
from app.ledger.queries.items import items_statement
from app.ledger.queries.totals import total
from app.relations.models import Relation

_STRANGER = "Relatie buiten deze omgeving"
_SUMS = ("not_due", "to_30", "to_60", "to_90", "over_90", "credit")
ORDERS = ("open", "overdue", "oldest", "name")


def debtors(
    organisation_id: int, on: date, order: str = "overdue", limit: int | None = None, offset: int = 0, search: str = ""
) -> list[Debtor]:
    """Return who has open items at the end of a day, the most overdue first, or in one of `ORDERS`.

    Also who has paid too much (credit) and who is at zero with items left to settle. The books are whole: a debtor whose card
    the actor may not see is there without a name.
    """
    grouped = _by_debtor(organisation_id, on)
    late = grouped.c.to_30 + grouped.c.to_60 + grouped.c.to_90 + grouped.c.over_90
    by = {
        "open": (late + grouped.c.not_due + grouped.c.credit).desc(),
        "overdue": late.desc(),
        "oldest": grouped.c.oldest.asc(),
        "name": Relation.sort_key.asc(),
    }[order]
    statement = (
        select(
            grouped.c.relation_id,
            Relation.number,
            Relation.display_name,
            grouped.c["items"],
            *(grouped.c[name] for name in _SUMS),
            grouped.c.oldest,
        )
        .outerjoin(Relation, Relation.id == grouped.c.relation_id)
        .order_by(by, Relation.sort_key, grouped.c.relation_id)
    )
    if search:
        statement = statement.where(Relation.search_name.contains(search, autoescape=True))
    if limit is not None:
        statement = statement.limit(limit).offset(offset)
    return [Debtor(row[0], row[1], row[2] or _STRANGER, *row[3:]) for row in db.session.execute(statement)]


def debtor_totals(organisation_id: int, on: date, search: str = "") -> Debtor:
    """Return the foot of the debtors list: the same columns over all debtors, with their number as `items`."""
    grouped = _by_debtor(organisation_id, on)
    statement = select(func.count(), *(total(grouped.c[name]) for name in _SUMS), func.min(grouped.c.oldest))
    if search:
        statement = statement.join(Relation, Relation.id == grouped.c.relation_id).where(
            Relation.search_name.contains(search, autoescape=True)
        )
    row = db.session.execute(statement).one()
    return Debtor(None, None, "", *row)


def name_of(relation_id: int) -> str:
    """Return the name and number of a debtor, or what stands for a card that the actor may not see."""
    row = db.session.execute(select(Relation.display_name, Relation.number).where(Relation.id == relation_id)).first()
    return f"{row.display_name} ({row.number})" if row else _STRANGER


def _by_debtor(organisation_id: int, on: date) -> Subquery:
    items = items_statement(organisation_id, on, ("debtors",)).subquery("items")
    due = func.coalesce(items.c.due_date, items.c.entry_date)
    owed = items.c.open_cents > 0
    # A due date of 30 days ago is the last in the first bucket; see app/ledger/ageing.py.
    thirty, sixty, ninety = (on - timedelta(days=days) for days in (30, 60, 90))

    def bucket(condition: object) -> object:
        return total(case((condition, items.c.open_cents), else_=0))  # type: ignore[arg-type]

    columns = (
        bucket(owed & (due >= on)).label("not_due"),  # type: ignore[attr-defined]
        bucket(owed & (due < on) & (due >= thirty)).label("to_30"),  # type: ignore[attr-defined]
        bucket(owed & (due < thirty) & (due >= sixty)).label("to_60"),  # type: ignore[attr-defined]
        bucket(owed & (due < sixty) & (due >= ninety)).label("to_90"),  # type: ignore[attr-defined]
        bucket(owed & (due < ninety)).label("over_90"),  # type: ignore[attr-defined]
        bucket(~owed).label("credit"),  # type: ignore[attr-defined]
        func.min(case((owed, due))).label("oldest"),
    )
    return select(items.c.relation_id, func.count().label("items"), *columns).group_by(items.c.relation_id).subquery()
