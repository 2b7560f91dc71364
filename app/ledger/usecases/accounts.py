"""The chart as a treasurer changes it: what was posted on an account keeps its meaning."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction
from app.ledger.models import JournalLine, LedgerAccount

_FIXED = {"number": "het nummer", "type": "de soort", "purpose": "het doel"}


def change_account(account_id: int, **changes: Any) -> None:
    """Change an account. Number, type and purpose stay once there are postings. Raises NotFound and DomainError `account_in_use`."""
    with transaction() as session:
        account = session.get(LedgerAccount, account_id)
        if account is None:
            raise NotFound("Deze grootboekrekening bestaat niet (meer), of hoort niet bij jouw omgeving.")
        for name, word in _FIXED.items():
            if name in changes and changes[name] != getattr(account, name) and _is_posted(account):
                raise DomainError(
                    "account_in_use",
                    f"Op rekening {account} is geboekt: {word} kan niet meer anders. Maak een nieuwe rekening en zet deze op niet actief.",
                    field=name,
                )
        for name, value in changes.items():
            setattr(account, name, value)
        session.flush()


def remove_account(account_id: int) -> None:
    """Delete an account without postings. Raises NotFound and DomainError `account_in_use`."""
    with transaction() as session:
        account = session.get(LedgerAccount, account_id)
        if account is None:
            raise NotFound("Deze grootboekrekening bestaat niet (meer), of hoort niet bij jouw omgeving.")
        if _is_posted(account):
            raise DomainError("account_in_use", f"Op rekening {account} is geboekt, dus verwijderen kan niet. Zet haar op niet actief.")
        session.delete(account)
        session.flush()


def _is_posted(account: LedgerAccount) -> bool:
    with transaction() as session:
        asked = select(JournalLine.id).where(JournalLine.organisation_id == account.organisation_id, JournalLine.account_id == account.id)
        return session.scalar(asked.limit(1)) is not None
