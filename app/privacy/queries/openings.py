"""What still stands open on a card, so that it cannot be erased yet: a sentence for each."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from app.contributions.models import OrganisationCard
from app.functions.models import FunctionTerm
from app.kernel.db import db
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from app.ledger.models import JournalLine, LedgerAccount
from app.ledger.queries import open_cents_of
from app.ledger.queries.accounts import CONTROL
from app.organisations.models import Organisation
from app.privacy.queries.person import Found
from app.relations.models import Relation

_MAIL_UNDER_WAY = ("queued", "sending", "unknown")


def reasons_to_wait(relation_id: int, found: Found, today: date) -> list[str]:
    """Return every reason why this card cannot be erased now, each with what to do. For a system actor."""
    return [
        *_functions(found, today),
        *_money(found),
        *_requests(found),
        *_others(relation_id, today),
        *_logins(found),
    ]


def _functions(found: Found, today: date) -> list[str]:
    running = [row for row in found["function_term"] if row.last_day is None or row.last_day >= today]
    told = []
    for row in running:
        until = f" tot en met {dutch_date(row.last_day)}" if row.last_day else ""
        rights = ", die ook rechten in dit programma geeft" if row.function_type.grants_role else ""
        told.append(f"De functie {row.function_type} bij {row.organisation} loopt nog{until}{rights}. Beëindig die eerst.")
    return told


def _money(found: Found) -> list[str]:
    told = []
    ids = [row.id for row in found["journal_line"]]
    items = set(
        db.session.scalars(
            select(JournalLine.id).join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
            .where(JournalLine.id.in_(ids), LedgerAccount.purpose.in_(CONTROL))
        )
    ) if ids else set()  # fmt: skip
    left = {number: cents for number, cents in open_cents_of(items).items() if cents}
    if left:
        total = sum(left.values())
        told.append(
            f"Er staan nog {_count(len(left), 'post', 'posten')} open, samen {euros(total)}. Laat die eerst betalen, verrekenen of afboeken."
        )
    if drafts := [row for row in found["invoice"] if row.state == "draft"]:
        told.append(f"Er staat nog {_count(len(drafts), 'conceptfactuur', 'conceptfacturen')} klaar. Boek of verwijder die eerst.")
    if charges := [row for row in found["charge"] if row.state in ("open", "invoiced")]:
        told.append(f"Er staat nog {_count(len(charges), 'regel', 'regels')} te factureren. Factureer die eerst, of scheld ze kwijt.")
    under_way = [row for row in found["collection"] if row.state == "open"]
    return told + [
        f"Incasso {row.end_to_end_id} van {euros(row.amount_cents)} is onderweg. Wacht tot het afschrift verwerkt is." for row in under_way
    ]


def _requests(found: Found) -> list[str]:
    told = []
    if waiting := [row for row in found["enrollment"] if row.state in ("unconfirmed", "new", "asked")]:
        told.append(f"Er wacht nog {_count(len(waiting), 'inschrijving', 'inschrijvingen')}. Beslis daar eerst over.")
    if mail := [row for row in found["message"] if row.state in _MAIL_UNDER_WAY]:
        told.append(
            f"Er staat nog {_count(len(mail), 'bericht', 'berichten')} in de uitgaande post. Wacht tot die weg zijn, of neem ze terug."
        )
    return told


def _others(relation_id: int, today: date) -> list[str]:
    card_of = select(Organisation.name).join(OrganisationCard, OrganisationCard.for_organisation_id == Organisation.id)
    names = db.session.scalars(card_of.where(OrganisationCard.relation_id == relation_id))
    told = [f"Deze kaart is de crediteur van {name} zelf. Kies daar eerst een andere kaart." for name in names]
    paying: Any = select(func.count()).select_from(Relation).where(Relation.payer_id == relation_id)
    running = or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today)
    per_function = select(func.count()).select_from(FunctionTerm).where(FunctionTerm.payer_id == relation_id, running)
    if count := (db.session.scalar(paying) or 0) + (db.session.scalar(per_function) or 0):
        told.append(f"Deze relatie betaalt nog voor {_count(count, 'ander', 'anderen')}. Kies daar eerst een andere betaler.")
    return told


def _logins(found: Found) -> list[str]:
    return [
        f"Gebruiker “{row.username}” kan nog inloggen. Laat de systeembeheerder dit account eerst uitzetten."
        for row in found["ab_user"]
        if row.active
    ]


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
