"""Who posts, settles and blocks at the same time stands in line: numbers unbroken, chain whole, nothing settled twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from app.ledger import queries
from app.ledger.models import BookPeriod, JournalEntry
from app.ledger.queries import proofs
from app.ledger.usecases import block_period, post_entries, settle
from tests.federation import Federation
from tests.ledger.books import DAY, Books


def test_many_post_settle_and_block_at_once(app: Flask, federation: Federation) -> None:
    books = Books(federation)
    relation = federation.relation("A1")
    actor = federation.actor("anna")
    with federation.as_("anna"):
        item = books.invoice(relation, 6_000)
        payments = [books.payment(relation, 6_000) for _ in range(4)]
        march = db.session.scalars(select(BookPeriod.id).where(BookPeriod.name == "maart 2026")).one()

    def work(which: int) -> str:
        with app.app_context(), working_as(actor):
            try:
                if which < 4:
                    settle(books.organisation_id, [(item, 6_000), (payments[which], -6_000)], DAY)
                    return "settled"
                if which == 12:
                    block_period(march)
                    return "blocked"
                drafts = [books.draft(("1100", 100 + i), ("8000", -100 - i), journal="bank") for i in range(5)]
                post_entries(books.organisation_id, drafts)
                return "posted"
            except DomainError as refusal:
                return refusal.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(24) as pool:
        done = list(pool.map(work, range(24)))
    assert done[:4].count("settled") == 1
    assert done[:4].count("more_than_open") == 3
    assert done[12] == "blocked"
    assert set(done[4:12] + done[13:]) <= {"posted", "period_blocked"}
    with federation.as_("anna"):
        assert [found for one in proofs.CHECKS for found in one(books.organisation_id)] == []
        banked = db.session.scalars(select(JournalEntry.number).where(JournalEntry.journal == "bank").order_by(JournalEntry.number)).all()
        assert list(banked) == list(range(1, 5 + 5 * done.count("posted")))
        assert sum(item.open_cents for item in queries.open_items(books.organisation_id)) == 6_000 - 4 * 6_000
