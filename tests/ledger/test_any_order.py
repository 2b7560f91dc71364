"""Whatever is posted, settled, undone and reversed in whatever order: every invariant holds, next to a model of four lines."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.errors import DomainError
from app.kernel.unit_of_work import savepoint, transaction
from app.ledger import queries
from app.ledger.models import JournalLine
from app.ledger.queries import proofs
from app.ledger.usecases import reverse_entry, settle, settle_lines, undo_settlement
from tests.federation import Federation
from tests.ledger.books import Books

FIRST = date(2026, 1, 1)
STEP = st.tuples(
    st.sampled_from(["invoice", "invoice", "payment", "settle", "settle", "settle_lines", "undo", "reverse"]),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 5_000),
    st.integers(0, 400),
)


class Undone(Exception):
    """Takes the example back."""


def test_any_order_keeps_the_books_whole(federation: Federation) -> None:
    books = Books(federation)
    people = [federation.relation("A1") for _ in range(2)]

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEP, min_size=3, max_size=14))
    def story(steps: list[tuple[str, int, int, int, int]]) -> None:
        with federation.as_("anna"), suppress(Undone), transaction() as session:
            lines: list[int] = []
            left: dict[int, int] = {}
            settlements: list[tuple[int, list[tuple[int, int]]]] = []
            for verb, one, other, cents, after in steps:
                day = FIRST + timedelta(days=after)
                with suppress(DomainError), savepoint():
                    if verb in ("invoice", "payment"):
                        make = books.invoice if verb == "invoice" else books.payment
                        line = make(people[one % 2], cents, day)
                        lines.append(line)
                        left[line] = cents if verb == "invoice" else -cents
                    elif verb == "settle" and lines:
                        a, b = lines[one % len(lines)], lines[other % len(lines)]
                        parts = [(a, cents), (b, -cents)] if left[a] > 0 else [(a, -cents), (b, cents)]
                        settlements.append((settle(books.organisation_id, parts, day), parts))
                        for line, part in parts:
                            left[line] -= part
                    elif verb == "settle_lines" and lines:
                        settle_lines(books.organisation_id, lines, day)
                        left.update(queries.open_cents_of(lines))
                    elif verb == "undo" and settlements:
                        number, parts = settlements[one % len(settlements)]
                        undo_settlement(number, day)
                        for line, part in parts:
                            left[line] += part
                    elif verb == "reverse" and lines:
                        line = lines[one % len(lines)]
                        reverse_entry(session.get(JournalLine, line).entry_id, day)
                        left[line] = 0
            assert [found for check in proofs.CHECKS for found in check(books.organisation_id)] == []
            assert queries.open_cents_of(lines) == left
            for on in (FIRST + timedelta(days=60), date(2026, 12, 31)):
                rows = queries.trial_balance(books.organisation_id, on)
                assert sum(row.closing_cents for row in rows) == 0
                control = sum(row.closing_cents for row in rows if row.number == "1300")
                assert control == sum(item.open_cents for item in queries.open_items(books.organisation_id, on=on))
                assert control == sum(debtor.open_cents for debtor in queries.debtors(books.organisation_id, on))
            raise Undone

    story()
