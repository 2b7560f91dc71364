"""The invariants of posted invoices, for `ledger check`: each a question that should find nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, or_, select

from app.invoicing.models import Invoice, PassedOn
from app.invoicing.queries.deferring import differing_balances
from app.invoicing.queries.passing import differing_sums
from app.kernel.db import db
from app.kernel.models import NumberSeries
from app.kernel.money import euros
from app.ledger.checking import Check, Violation, first_missing
from app.ledger.models import JournalEntry, JournalLine, LedgerAccount
from app.relations.models import Relation

_PLACE = re.compile(r"(\d{4})-(\d+)$")  # prefix, book year, place: the prefix may have changed in between


def invoice_numbers_unbroken(organisation_id: int) -> Iterator[Violation]:
    """Invoice numbers count from 1 per book year, and end where the counter of the series stands."""
    numbers = db.session.scalars(select(Invoice.number).where(Invoice.organisation_id == organisation_id, Invoice.number.is_not(None)))
    places: dict[int, list[int]] = defaultdict(list)
    for number in numbers:
        found = _PLACE.search(number or "")
        if found is None:
            yield Violation("invoice_numbers_unbroken", f"factuur {number}", "het nummer past in geen reeks")
        else:
            places[int(found[1])].append(int(found[2]))
    series = db.session.execute(
        select(NumberSeries.year, NumberSeries.last_number).where(
            NumberSeries.organisation_id == organisation_id, NumberSeries.series == "invoice"
        )
    )
    given = {row.year: row.last_number for row in series}
    for year in sorted(places.keys() | given.keys()):
        where = f"facturen van boekjaar {year}"
        missing = first_missing(sorted(places[year]))
        if missing is not None:
            yield Violation("invoice_numbers_unbroken", where, f"bij nummer {missing} klopt de reeks niet")
        last = max(places[year], default=0)
        if given.get(year, 0) != last:
            detail = f"het laatste nummer is {last}, maar er zijn {given.get(year, 0)} nummers uitgegeven"
            yield Violation("invoice_numbers_unbroken", where, detail)


def invoices_in_books(organisation_id: int) -> Iterator[Violation]:
    """Every posted invoice stands in the books as an open item of its debtor, for its total."""
    rows = db.session.execute(
        select(Invoice.number, Invoice.total_cents, JournalLine.amount_cents)
        .outerjoin(JournalLine, JournalLine.id == Invoice.open_item_id)
        .where(
            Invoice.organisation_id == organisation_id,
            Invoice.state == "posted",
            or_(
                JournalLine.amount_cents != Invoice.total_cents,
                JournalLine.relation_id != Invoice.debtor_id,
                (JournalLine.id.is_(None)) & (Invoice.total_cents != 0),
            ),
        )
    )
    for row in rows:
        booked = "niet geboekt" if row.amount_cents is None else f"geboekt voor {euros(row.amount_cents)}, of op een andere debiteur"
        yield Violation("invoice_in_books", f"factuur {row.number}", f"de factuur van {euros(row.total_cents)} is {booked}")


def passed_on_in_books(organisation_id: int) -> Iterator[Violation]:
    """What was passed on to an organisation is what its card was credited for, entry by entry."""
    for entry_id, relation_id, passed, booked in differing_sums(organisation_id):
        entry = db.session.execute(select(JournalEntry.description).where(JournalEntry.id == entry_id)).scalar() if entry_id else None
        name = db.session.execute(select(Relation.display_name).where(Relation.id == relation_id)).scalar()
        detail = f"doorgegeven {euros(passed)}, geboekt {euros(booked)}"
        yield Violation("passed_on_in_books", f"{entry or 'zonder boeking'}, {name or relation_id}", detail)


def passed_on_once(organisation_id: int) -> Iterator[Violation]:
    """What is due of a charge is never below zero, and goes to one organisation."""
    cents, payees = func.sum(PassedOn.amount_cents), func.count(func.distinct(PassedOn.for_organisation_id))
    rows = db.session.execute(
        select(PassedOn.key, cents.label("cents"))
        .where(PassedOn.organisation_id == organisation_id)
        .group_by(PassedOn.key, PassedOn.passing_on_id)
        .having(or_(cents < 0, payees > 1))
    )
    for row in rows:
        yield Violation("passed_on_once", f"regel {row.key}", f"doorgegeven {euros(int(row.cents))}, of aan meer dan één organisatie")


def deferred_in_books(organisation_id: int) -> Iterator[Violation]:
    """What is still to be moved to income stands on the deferral accounts."""
    for account_id, left, booked in differing_balances(organisation_id):
        number = db.session.execute(select(LedgerAccount.number).where(LedgerAccount.id == account_id)).scalar()
        detail = f"nog te nemen {euros(left)}, geboekt {euros(booked)}"
        yield Violation("deferred_in_books", f"rekening {number}", detail)


CHECKS: tuple[Check, ...] = (invoice_numbers_unbroken, invoices_in_books, passed_on_in_books, passed_on_once, deferred_in_books)
