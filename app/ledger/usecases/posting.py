"""Post entries: numbers, chain and seal, a few statements for a whole batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.bulk import insert_rows, reserve_ids
from app.kernel.errors import DomainError, NotFound
from app.kernel.numbering import take_numbers
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import transaction
from app.ledger import queries
from app.ledger.booking_days import BookingDays, PeriodFact
from app.ledger.chain import START, EntryContent, content_of, hash_of
from app.ledger.entries import EntryDraft, LineDraft, PostedEntry
from app.ledger.models import JOURNALS, JournalEntry, JournalLine
from app.ledger.queries.accounts import AccountFact
from app.ledger.usecases.locking import lock_books, take_places
from app.ledger.usecases.settling import settle_many

_BATCH = 5_000
_ENTRY_COLUMNS = (*EntryContent._fields, "is_sealed", "previous_hash", "hash", "made_at")
_LINE_COLUMNS = (
    "id", "organisation_id", "entry_id", "position", "account_id", "amount_cents", "description", "relation_id", "item_number", "due_date",
    "cost_centre_id",
)  # fmt: skip


def post_entry(organisation_id: int, draft: EntryDraft, *, also_inactive: bool = False) -> PostedEntry:
    """Post one entry; see `post_entries`."""
    return post_entries(organisation_id, [draft], also_inactive=also_inactive)[0]


def post_entries(organisation_id: int, drafts: Iterable[EntryDraft], *, also_inactive: bool = False) -> list[PostedEntry]:
    """Post entries in an administration, in the given order, all or none, and return what they were given.

    Numbers follow each other per journal and book year in order of posting, whatever the entry date. The drafts are read in
    batches, so a season may be made while it is posted. `also_inactive` is for taking back and closing: what was posted on an
    account that is no longer used must still come off.

    Raises NotFound for a foreign organisation and DomainError for a day that is not open (see `BookingDays`), `account_unknown`,
    `account_inactive`, `relation_missing` and `cost_centre_unknown`.
    """
    with transaction() as session:
        lock_books(organisation_id)
        batch = _Batch(session, organisation_id, also_inactive)
        posted: list[PostedEntry] = []
        source = iter(drafts)
        while part := list(islice(source, _BATCH)):
            posted += batch.post(part)
        if posted:
            audit.record(
                "post",
                JournalEntry.__tablename__,
                posted[0].id if len(posted) == 1 else None,
                organisation_id,
                entries=len(posted),
                first_chain=batch.first_chain,
                last_chain=batch.last_chain,
                head=batch.head,
            )
        return posted


def reverse_entry(entry_id: int, on_date: date, description: str = "") -> PostedEntry:
    """Take an entry back by one with opposite lines that points at it, and settle its open items with those.

    Raises NotFound; DomainError `already_reversed`, `entry_settled` when an item of it was settled, and those of `post_entries`.
    """
    with transaction() as session:
        entry = session.get(JournalEntry, entry_id)
        if entry is None:
            raise NotFound("Deze boeking bestaat niet (meer), of hoort niet bij jouw omgeving.")
        lock_books(entry.organisation_id)
        earlier = session.scalar(
            select(JournalEntry).where(JournalEntry.organisation_id == entry.organisation_id, JournalEntry.reverses_id == entry.id)
        )
        if earlier is not None:
            raise DomainError("already_reversed", f"{entry} is al teruggeboekt door {earlier} van {dutch_date(earlier.entry_date)}.")
        items = queries.item_facts(entry.organisation_id, [line.id for line in entry.lines])
        for line in entry.lines:
            item = items[line.id]
            if item.is_control and item.open_cents != line.amount_cents:
                raise DomainError(
                    "entry_settled",
                    f"{entry} is niet terug te boeken: {item.shown} is al (deels) vereffend. Maak eerst die vereffening ongedaan.",
                    line_id=line.id,
                )
        draft = EntryDraft(
            entry.journal,
            on_date,
            description or f"Terugboeking van {entry}",
            tuple(
                LineDraft(
                    line.account_id,
                    -line.amount_cents,
                    line.description,
                    line.relation_id,
                    line.item_number,
                    line.due_date,
                    line.cost_centre_id,
                )
                for line in entry.lines
            ),
            entry.source_table,
            entry.source_id,
            entry.id,
        )
        posted = post_entry(entry.organisation_id, draft, also_inactive=True)
        pairs = zip(entry.lines, posted.line_ids, strict=True)
        groups = [((line.id, line.amount_cents), (new, -line.amount_cents)) for line, new in pairs if items[line.id].is_control]
        settle_many(entry.organisation_id, groups, on_date, JournalEntry.__tablename__, posted.id)
        return posted


class _Batch:
    """Posts batch after batch of one administration inside one transaction."""

    def __init__(self, session: Session, organisation_id: int, also_inactive: bool) -> None:
        self._session = session
        self._also_inactive = also_inactive
        self._organisation_id = organisation_id
        self._days: BookingDays = queries.booking_days(organisation_id)
        self._accounts: dict[int, AccountFact] = queries.account_facts(organisation_id)
        self._posted_by = the_actor().name
        self._made_at = clock.now()
        self.first_chain = self.last_chain = 0
        self.head = ""

    def post(self, drafts: list[EntryDraft]) -> list[PostedEntry]:
        """Check, number, write and seal these."""
        self._check(drafts)
        places = [self._days.place(draft.entry_date) for draft in drafts]
        chain = take_places(self._organisation_id, len(drafts))
        if not self.head:
            self.first_chain, self.head = chain, self._hash_at(chain - 1)
        numbers = self._numbers(drafts, places)
        entry_ids = reserve_ids(JournalEntry.__table__, len(drafts))
        line_ids = reserve_ids(JournalLine.__table__, sum(len(draft.lines) for draft in drafts))
        posted: list[PostedEntry] = []
        start = 0
        for draft, number, entry_id in zip(drafts, numbers, entry_ids, strict=True):
            posted.append(PostedEntry(entry_id, number, tuple(line_ids[start : start + len(draft.lines)])))
            start += len(draft.lines)
        insert_rows(JournalEntry.__table__, _ENTRY_COLUMNS, self._entry_rows(drafts, places, posted, chain))
        insert_rows(JournalLine.__table__, _LINE_COLUMNS, self._line_rows(drafts, posted))
        self.last_chain = chain + len(drafts) - 1
        table = JournalEntry.__table__
        self._session.execute(
            update(table)
            .where(table.c.organisation_id == self._organisation_id, table.c.chain.between(chain, self.last_chain))
            .values(is_sealed=True)
        )
        return posted

    def _hash_at(self, chain: int) -> str:
        found = self._session.scalar(
            select(JournalEntry.hash).where(JournalEntry.organisation_id == self._organisation_id, JournalEntry.chain == chain)
        )
        return found or START

    def _numbers(self, drafts: list[EntryDraft], places: list[PeriodFact]) -> list[int]:
        keys = [(draft.journal, place.year_first_day.year) for draft, place in zip(drafts, places, strict=True)]
        following = {
            (journal, year): take_numbers(self._organisation_id, f"entry:{journal}", year, count)
            for (journal, year), count in sorted(Counter(keys).items())
        }
        numbers = []
        for key in keys:
            numbers.append(following[key])
            following[key] += 1
        return numbers

    def _entry_rows(
        self, drafts: list[EntryDraft], places: list[PeriodFact], posted: list[PostedEntry], chain: int
    ) -> Iterator[tuple[object, ...]]:
        for draft, place, given in zip(drafts, places, posted, strict=True):
            content = EntryContent(
                self._organisation_id, chain, given.id, draft.journal, place.book_year_id, given.number, draft.entry_date, draft.description,
                draft.source_table, draft.source_id, draft.reverses_id, self._posted_by,
            )  # fmt: skip
            lines = ((position, *line) for position, line in enumerate(draft.lines, 1))
            previous, self.head = self.head, hash_of(self.head, content_of(content, lines))
            yield (*content, False, previous, self.head, self._made_at)
            chain += 1

    def _line_rows(self, drafts: list[EntryDraft], posted: list[PostedEntry]) -> Iterator[tuple[object, ...]]:
        organisation_id = self._organisation_id
        for draft, given in zip(drafts, posted, strict=True):
            entry_id = given.id
            for position, (line_id, line) in enumerate(zip(given.line_ids, draft.lines, strict=True), 1):
                yield (line_id, organisation_id, entry_id, position, *line)

    def _check(self, drafts: list[EntryDraft]) -> None:
        centres: set[int] = set()
        for draft in drafts:
            if draft.journal not in JOURNALS:
                raise ValueError(f"unknown journal {draft.journal}")
            for line in draft.lines:
                account = self._accounts.get(line.account_id)
                if account is None or not (account.is_active or self._also_inactive) or (account.is_control and line.relation_id is None):
                    raise _refusal(draft, line, account, self._also_inactive)
                if line.cost_centre_id is not None:
                    centres.add(line.cost_centre_id)
        if centres - queries.cost_centres_known(centres):
            raise DomainError(
                "cost_centre_unknown", "Een kostenplaats in deze boeking bestaat niet of hoort niet bij deze organisatie. Kies een andere."
            )


def _refusal(draft: EntryDraft, line: LineDraft, account: AccountFact | None, also_inactive: bool) -> DomainError:
    where = f"de boeking “{draft.description}” van {dutch_date(draft.entry_date)}"
    if account is None:
        return DomainError(
            "account_unknown",
            f"Een grootboekrekening in {where} bestaat niet in deze administratie. Kies een rekening van deze administratie.",
            account_id=line.account_id,
        )
    if not (account.is_active or also_inactive):
        return DomainError(
            "account_inactive",
            f"Grootboekrekening {account.number} {account.name} in {where} is niet actief. Maak haar actief of kies een andere.",
            number=account.number,
        )
    return DomainError(
        "relation_missing",
        f"Op rekening {account.number} {account.name} ontbreekt in {where} de relatie. Kies van wie deze openstaande post is.",
        number=account.number,
    )
