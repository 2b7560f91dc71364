"""What a treasurer posts by hand: the opening balance of a bank account, memorial entries, and taking those back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from app.kernel.errors import DomainError, NotFound
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.ledger import queries
from app.ledger.entries import EntryDraft, LineDraft, PostedEntry
from app.ledger.models import JournalEntry, JournalLine, LedgerAccount
from app.ledger.usecases.locking import lock_books
from app.ledger.usecases.posting import post_entry, reverse_entry
from app.organisations.queries import administration_of
from app.relations.models import Relation

_CORRECT = {
    "invoice": "Maak een creditnota voor de factuur.",
    "bank_statement": "Neem het afschrift terug bij Bank > Afschriften.",
    "debit_batch": "Neem de incassobatch terug bij Incasso.",
    "book_year": "Heropen het boekjaar.",
    "passed_on": "Maak een creditnota voor de factuur: wat is doorgegeven gaat dan mee terug.",
    "deferral": "Maak een creditnota voor de factuur: de volgende maand gaat het deel dat al was genomen terug.",
}


def open_bank_balance(organisation_id: int, account_id: int, amount_cents: int, on_date: date | None = None) -> PostedEntry:
    """Post what stood on a bank account when the administration began, against the capital; `on_date` is that first day by default.

    Raises DomainError `opening_exists` when the account has an opening balance, `not_a_bank_account`, and those of `post_entries`.
    """
    with transaction() as session:
        lock_books(organisation_id)
        account = session.scalar(
            select(LedgerAccount).where(LedgerAccount.organisation_id == organisation_id, LedgerAccount.id == account_id)
        )
        if account is None or account.purpose != "bank":
            raise DomainError(
                "not_a_bank_account", "Kies een grootboekrekening met het doel “Bank” van deze administratie voor de beginbalans."
            )
        taken_back = select(JournalEntry.reverses_id).where(
            JournalEntry.organisation_id == organisation_id, JournalEntry.reverses_id.is_not(None)
        )
        earlier = session.scalars(
            select(JournalEntry)
            .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
            .where(
                JournalEntry.organisation_id == organisation_id,
                JournalEntry.journal == "opening",
                JournalEntry.reverses_id.is_(None),
                JournalEntry.id.not_in(taken_back),
                JournalLine.account_id == account_id,
            )
        ).first()
        if earlier is not None:
            raise DomainError(
                "opening_exists",
                f"Rekening {account} heeft al een beginbalans: {earlier} van {dutch_date(earlier.entry_date)}. Boek die eerst terug als zij niet klopt.",
            )
        day = on_date or administration_of(organisation_id).starts_on
        text = f"Beginsaldo {account}"
        capital = queries.account_for(organisation_id, "equity")
        lines = (LineDraft(account_id, amount_cents, text), LineDraft(capital.id, -amount_cents, text))
        return post_entry(organisation_id, EntryDraft("opening", day, text, lines))


def post_memorial(organisation_id: int, entry_date: date, description: str, lines: Sequence[LineDraft]) -> PostedEntry:
    """Post an entry that a treasurer made by hand.

    Raises DomainError `description_missing`, `relation_unknown` for a relation outside the actor's organisations, and those of
    `EntryDraft` and `post_entries`.
    """
    with transaction() as session:
        if not description.strip():
            raise DomainError("description_missing", "Geef de boeking een omschrijving, zodat later te zien is waarom zij er is.")
        wanted = {line.relation_id for line in lines if line.relation_id is not None}
        if wanted - set(session.scalars(select(Relation.id).where(Relation.id.in_(wanted)))):
            raise DomainError(
                "relation_unknown", "Een relatie in deze boeking bestaat niet of hoort niet bij jouw omgeving. Kies een andere."
            )
        return post_entry(organisation_id, EntryDraft("memorial", entry_date, description.strip(), tuple(lines)))


def reverse_by_hand(entry_id: int, on_date: date, description: str = "") -> PostedEntry:
    """Take back an entry that was made by hand; what the program posted is corrected where it came from.

    Raises NotFound, DomainError `entry_has_source`, and those of `reverse_entry`.
    """
    with transaction() as session:
        entry = session.get(JournalEntry, entry_id)
        if entry is None:
            raise NotFound("Deze boeking bestaat niet (meer), of hoort niet bij jouw omgeving.")
        if entry.source_table is not None:
            total = sum(line.amount_cents for line in entry.lines if line.amount_cents > 0)
            remedy = _CORRECT.get(entry.source_table, "Verbeter haar daar.")
            raise DomainError(
                "entry_has_source",
                f"{entry} ({euros(total)}) is door het programma gemaakt en niet met de hand terug te boeken. {remedy}",
            )
        return reverse_entry(entry_id, on_date, description)
