"""Books to post in, for tests: province A with the ready chart and the book years 2025 and 2026."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.kernel.unit_of_work import transaction
from app.ledger import queries
from app.ledger.entries import EntryDraft, LineDraft, PostedEntry
from app.ledger.usecases import open_book_year, post_entry, set_up_chart
from tests.federation import Federation

DAY = date(2026, 3, 5)


class Books:
    """Posts in the books of one organisation of the federation, as its treasurer."""

    def __init__(self, federation: Federation, code: str = "A", who: str = "anna") -> None:
        self.federation, self.code, self.who = federation, code, who
        self.organisation_id = federation.organisations[code]
        with federation.as_(who), transaction():
            set_up_chart(self.organisation_id)
            for year in (2025, 2026):
                open_book_year(self.organisation_id, year)
            self.accounts = {fact.number: fact.id for fact in queries.account_facts(self.organisation_id).values()}

    def draft(
        self, *lines: tuple[str, int] | tuple[str, int, int | None], day: date = DAY, journal: str = "memorial", text: str = "proef"
    ) -> EntryDraft:
        """Return a draft of (account number, cents, relation) lines."""
        return EntryDraft(
            journal, day, text, tuple(LineDraft(self.accounts[line[0]], line[1], relation_id=(*line, None)[2]) for line in lines)
        )

    def invoice(self, relation_id: int, cents: int, day: date = DAY, number: str | None = None, due: date | None = None) -> int:
        """Post an invoice and return its open item."""
        debtor = LineDraft(self.accounts["1300"], cents, "factuur", relation_id, number, due)
        posted = post_entry(
            self.organisation_id, EntryDraft("sales", day, "factuur", (debtor, LineDraft(self.accounts["8000"], -cents, "contributie")))
        )
        return posted.line_ids[0]

    def payment(self, relation_id: int, cents: int, day: date = DAY) -> int:
        """Post a payment on the bank and return its open item."""
        return post_entry(
            self.organisation_id, self.draft(("1100", cents), ("1300", -cents, relation_id), day=day, journal="bank")
        ).line_ids[1]

    def post(self, *lines: Sequence[object], **values: object) -> PostedEntry:
        """Post a draft of these lines."""
        return post_entry(self.organisation_id, self.draft(*lines, **values))  # type: ignore[arg-type]
