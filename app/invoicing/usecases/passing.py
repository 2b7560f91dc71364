"""Pass on: book what posted invoices owe to other organisations, in the transaction that posts them; and what may change in its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select

from app.contributions.charges import base_key
from app.contributions.models import OrganisationCard, PassingOn
from app.contributions.passing_on import PassingOnTerms, due_cents, payee_of
from app.invoicing.models import PassedOn
from app.invoicing.queries import passing
from app.invoicing.queries.passing import Posted
from app.kernel import clock
from app.kernel.bulk import insert_rows
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.ledger import queries as ledger
from app.ledger.entries import EntryDraft, LineDraft, fitted
from app.ledger.usecases import post_entry
from app.organisations.models import Organisation
from app.relations.drafts import RelationDraft
from app.relations.usecases import add_relation

_COLUMNS = (
    "organisation_id", "passing_on_id", "key", "charge_id", "invoice_id", "for_organisation_id", "relation_id", "passed_on", "amount_cents",
    "journal_entry_id", "made_at",
)  # fmt: skip
_FIXED = ("contribution_id", "payee", "for_organisation_id", "amount_cents", "share_basis_points", "ledger_account_id", "first_day")


class _Change(NamedTuple):
    """What one invoice changes in what is due of a charge."""

    terms: PassingOnTerms
    posted: Posted
    payee_id: int
    cents: int


def pass_on(organisation_id: int, *, run_id: int | None = None, invoice_ids: Sequence[int] | None = None) -> int:
    """Book what these posted invoices and credit notes change in what is owed to other organisations, and return that in cents.

    What is due follows from all that was posted under a charge's key, minus what was passed on before: twice is once, a credit note takes it
    back. One entry per invoice date: what it costs against the creditor's card of each organisation, which is made when there is none.

    Raises DomainError `account_missing` without an account for creditors, and those of `post_entries`.
    """
    with transaction():
        terms = passing.passing_on_terms(organisation_id)
        if not terms:
            return 0
        ids, scope = sorted(terms), passing.in_scope(organisation_id, run_id, invoice_ids)
        posted = passing.posted_charges(ids, scope)
        if not posted:
            return 0
        charged = passing.charged_by_key(organisation_id, ids, scope)
        changes = _changes(organisation_id, posted, terms, charged, passing.passed_before(ids, scope))
        cards = _cards(organisation_id, sorted({change.payee_id for change in changes}))
        for on_date in sorted({change.posted.invoice_date for change in changes}):
            _book(organisation_id, on_date, [change for change in changes if change.posted.invoice_date == on_date], cards)
        return sum(change.cents for change in changes)


def _changes(
    organisation_id: int,
    posted: Sequence[Posted],
    terms: Mapping[int, Sequence[PassingOnTerms]],
    charged: Mapping[str, int],
    before: Mapping[tuple[str, int], tuple[int, int]],
) -> list[_Change]:
    above = passing.parents()
    seen: set[str] = set()
    found = []
    for one in posted:
        key = base_key(one.key)
        if key in seen:
            continue
        seen.add(key)
        for row in terms[one.contribution_id]:
            earlier = before.get((key, row.passing_on_id))
            if earlier is None and not row.holds(one.first_day):
                continue
            payee_id = earlier[0] if earlier else payee_of(row, one.function_organisation_id, organisation_id, above)
            cents = due_cents(row, charged.get(key, 0)) - (earlier[1] if earlier else 0)
            if payee_id is not None and cents:
                found.append(_Change(row, one, payee_id, cents))
    return found


def _book(organisation_id: int, on_date: date, changes: Sequence[_Change], cards: Mapping[int, int]) -> None:
    """Write one entry, and the facts that say what it is made of."""
    costs: dict[int, int] = {}
    owed: dict[int, int] = {}
    for change in changes:
        account = change.terms.ledger_account_id
        costs[account] = costs.get(account, 0) + change.cents
        owed[cards[change.payee_id]] = owed.get(cards[change.payee_id], 0) + change.cents
    number = changes[0].posted.number
    shown = number if len({change.posted.invoice_id for change in changes}) == 1 else f"{number} e.v."
    text = fitted(f"Doorgeven bij {shown}")
    creditors = ledger.account_for(organisation_id, "creditors").id
    lines = [LineDraft(account, cents, text) for account, cents in sorted(costs.items()) if cents]
    lines += [LineDraft(creditors, -cents, text, card, shown[:40], on_date) for card, cents in sorted(owed.items()) if cents]
    entry_id = post_entry(organisation_id, EntryDraft("memorial", on_date, text, tuple(lines), "passed_on")).id if lines else None
    now = clock.now()

    def row(change: _Change) -> tuple[Any, ...]:
        one = change.posted
        return (
            organisation_id, change.terms.passing_on_id, base_key(one.key), one.charge_id, one.invoice_id, change.payee_id,
            cards[change.payee_id], on_date, change.cents, entry_id, now,
        )  # fmt: skip

    insert_rows(PassedOn.__table__, _COLUMNS, (row(change) for change in changes))


def _cards(organisation_id: int, payee_ids: Sequence[int]) -> dict[int, int]:
    """Return the card of each organisation in these books; who has none gets one with its name."""
    with transaction() as session:
        found = passing.cards_of(organisation_id, payee_ids)
        missing = [number for number in payee_ids if number not in found]
        for row in session.scalars(select(Organisation).where(Organisation.id.in_(missing)).order_by(Organisation.path)).all():
            draft = RelationDraft(kind="company", surname=row.name, correspondence="none", organisation_id=organisation_id)
            found[row.id] = add_relation(draft)
            session.add(OrganisationCard(organisation_id=organisation_id, for_organisation_id=row.id, relation_id=found[row.id]))
        session.flush()
        return found


def check_passing_on(row: PassingOn, values: Mapping[str, Any], *, is_new: bool) -> None:
    """Refuse settings that cannot be booked; `values` are those that change.

    Raises DomainError `amount_or_share`, `share_unknown`, `organisation_missing` and `passing_on_used`, with the field.
    """
    now = {name: values.get(name, getattr(row, name)) for name in _FIXED}
    if (now["amount_cents"] is None) == (now["share_basis_points"] is None):
        raise DomainError("amount_or_share", "Vul een vast bedrag in, of een percentage: precies één van beide.", field="amount_cents")
    if now["amount_cents"] is not None and now["amount_cents"] <= 0:
        raise DomainError("amount_or_share", "Vul een bedrag boven nul in.", field="amount_cents")
    if now["share_basis_points"] is not None and not 0 < now["share_basis_points"] <= 10_000:
        raise DomainError("share_unknown", "Een percentage ligt tussen 0 en 100.", field="share_basis_points")
    if (now["payee"] == "organisation") != (now["for_organisation_id"] is not None):
        said = (
            "Kies de organisatie die het krijgt." if now["payee"] == "organisation" else "Laat de organisatie leeg: zij volgt uit je keuze."
        )
        raise DomainError("organisation_missing", said, field="for_organisation")
    changed = [name for name in _FIXED if name in values and values[name] != getattr(row, name)]
    if not is_new and changed and passing.is_used(row.id):
        raise DomainError(
            "passing_on_used",
            "Hiermee is al doorgegeven; alleen de omschrijving en de laatste dag kunnen nog veranderen. "
            "Geef deze een laatste dag en voeg een nieuwe toe.",
            field="amount_cents",
        )
