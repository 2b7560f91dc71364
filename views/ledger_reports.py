"""Pages of figures of the books: debtors, trial balance, balance sheet, profit and loss, and the card of an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.kernel import clock
from app.kernel.errors import DomainError
from app.kernel.identifiers import folded
from app.kernel.periods import dutch_date
from app.ledger import queries
from app.ledger.ageing import Debtor
from app.ledger.models import JOURNALS
from app.ledger.statements import StatementRow
from app.relations.queries import id_of_number
from views.formats import day, money, number, text
from views.questions import Question
from views.reports import Answers, ReportTable, ReportView, Shown

_NUM = "bn-c-num"
_ON = Question("on", _("Up to and including"), "date", start=clock.today)


def _card(account_id: int | None, shown: Any, first_day: date, last_day: date, organisation_id: int) -> Any:
    """Return a figure that leads to the lines of the account over a period."""
    if account_id is None:
        return shown
    address = url_for(
        "LedgerCardView.list",
        account=account_id,
        first_day=dutch_date(first_day),
        last_day=dutch_date(last_day),
        organisation=organisation_id,
    )
    return Markup('<a href="{}">{}</a>').format(address, shown)


class DebtorsView(ReportView):
    """Who owes how much, and for how long."""

    title = _("Debtors")
    lead = _(
        "What is open per debtor, by how long it is overdue. Red: paid too much. "
        "What is with the bank for collection is not open here: it is on “Direct debit under way”, and comes back when it is returned."
    )
    empty_text = _("Nobody has anything open on this day.")

    def questions(self, organisation_id: int) -> Sequence[Question]:  # noqa: ARG002
        """Ask the day, a name and the order."""
        orders = {"overdue": _("Most overdue first"), "open": _("Most open first"), "oldest": _("Oldest first"), "name": _("By name")}
        return (
            Question("on", _("On"), "date", start=clock.today),
            Question("name", _("Name"), required=False, start=""),
            Question("order", _("Order"), "choice", words=orders, start="overdue"),
        )

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return one row per debtor."""
        found = queries.debtors(
            organisation_id,
            answers["on"],
            answers["order"],
            None if answers.limit is None else answers.limit + 1,
            answers.offset,
            folded(answers["name"] or ""),
        )
        more = answers.limit is not None and len(found) > answers.limit
        shown = found[: answers.limit] if more else found
        heads = [
            (_("Debtor"), "bn-c-rel"), (_("Still open"), _NUM), (_("Not due"), _NUM), (_("0-30 days"), _NUM), (_("31-60 days"), _NUM),
            (_("61-90 days"), _NUM), (_("90+ days"), _NUM), (_("In credit"), _NUM), (_("Oldest"), "bn-c-date"),
        ]  # fmt: skip
        sums = queries.debtor_totals(organisation_id, answers["on"], folded(answers["name"] or ""))
        total = [gettext("Total of %(count)s debtors", count=number(sums.items)), money(sums.open_cents), *_ages(sums), ""]
        return [
            ReportTable(heads, [self._row(debtor, organisation_id, answers["on"]) for debtor in shown], total if found else (), more=more)
        ]

    def _row(self, debtor: Debtor, organisation_id: int, on: date) -> list[Any]:
        if debtor.number:
            items = url_for("DebtorCardView.list", relation=debtor.number, on=dutch_date(on), organisation=organisation_id)
        else:  # whose card is not to be seen here
            items = url_for("JournalLineView.list", _flt_0_relation=debtor.relation_id or "")
        return [
            Markup('<a href="{}">{}</a>').format(items, f"{debtor.name} ({debtor.number})" if debtor.number else debtor.name),
            money(debtor.open_cents),
            *_ages(debtor),
            day(debtor.oldest),
        ]


def _ages(debtor: Debtor) -> list[Any]:
    amounts = (debtor.not_due_cents, debtor.to_30_cents, debtor.to_60_cents, debtor.to_90_cents, debtor.over_90_cents)
    credit = Markup('<span class="bn-bad-text">{}</span>').format(money(debtor.credit_cents)) if debtor.credit_cents else ""
    return [*(money(cents) if cents else "" for cents in amounts), credit]


class DebtorCardView(ReportView):
    """The open items of one debtor."""

    title = _("Debtor card")
    lead = _("What is with the bank for collection is not open here; with the invoice it says so.")
    empty_text = _("This debtor has nothing open on this day.")

    def questions(self, organisation_id: int) -> Sequence[Question]:  # noqa: ARG002
        """Ask the day; the debtor comes with the link."""
        return (
            Question("on", _("On"), "date", start=clock.today),
            Question("relation", _("Debtor (number of the card)"), "number", start=0),
        )

    def answered(self, form: Any, organisation_id: int, answers: Answers) -> Shown:
        """Lead on to where items are settled or written off, and to the card."""
        shown = super().answered(form, organisation_id, answers)
        if relation_id := id_of_number(answers["relation"]):
            shown.links = [
                (gettext("Settle or write off"), "fa-scale-balanced", url_for("JournalLineView.list", _flt_0_relation=relation_id)),
                (gettext("Relation"), "fa-user", url_for("RelationView.show", pk=relation_id)),
            ]
        return shown

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return the items, oldest due first."""
        relation_id = id_of_number(answers["relation"])
        items = queries.open_items(organisation_id, [relation_id], answers["on"], ("debtors",)) if relation_id else []
        rows = [
            [
                Markup('<a href="{}">{}</a>').format(
                    url_for("JournalLineView.show", pk=item.line_id), item.item_number or gettext("Without number")
                ),
                day(item.entry_date),
                day(item.due_date),
                money(item.amount_cents),
                money(item.open_cents),
            ]
            for item in items
        ]
        heads = [
            (_("Item number"), ""),
            (_("Entry date"), "bn-c-date"),
            (_("Due date"), "bn-c-date"),
            (_("Amount"), _NUM),
            (_("Still open"), _NUM),
        ]
        name = queries.name_of(relation_id) if relation_id else ""
        total = [gettext("Total"), "", "", "", money(sum(item.open_cents for item in items))] if items else ()
        return [ReportTable(heads, rows, total, title=name)]


class TrialBalanceView(ReportView):
    """What stands on each account, and what moved this year."""

    title = _("Trial balance")
    lead = _("Debit is above zero, credit below. Every amount leads to its lines.")

    def questions(self, organisation_id: int) -> Sequence[Question]:  # noqa: ARG002
        """Ask the day."""
        return (_ON,)

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return one row per account."""
        found, first = queries.trial_balance(organisation_id, answers["on"]), queries.first_day_of_year(organisation_id, answers["on"])
        rows = [
            [
                text(row.number),
                _card(row.account_id, row.name, first, answers["on"], organisation_id),
                *(money(cents) if cents else "" for cents in (row.opening_cents, row.debit_cents, row.credit_cents)),
                _card(row.account_id, money(row.closing_cents), first, answers["on"], organisation_id),
            ]
            for row in found
        ]
        sums = [sum(getattr(row, name) for row in found) for name in ("opening_cents", "debit_cents", "credit_cents", "closing_cents")]
        heads = [
            (_("Number"), "bn-c-code"),
            (_("Name"), ""),
            (_("Opening balance"), _NUM),
            (_("Debit"), _NUM),
            (_("Credit"), _NUM),
            (_("Balance"), _NUM),
        ]
        return [ReportTable(heads, rows, [gettext("Total"), "", *map(money, sums)] if rows else ())]


class BalanceSheetView(ReportView):
    """What there is, and where it came from."""

    title = _("Balance sheet")

    def questions(self, organisation_id: int) -> Sequence[Question]:  # noqa: ARG002
        """Ask the day."""
        return (_ON,)

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return both sides."""
        sheet, first = queries.balance_sheet(organisation_id, answers["on"]), queries.first_day_of_year(organisation_id, answers["on"])
        return [
            _side(_("Assets"), sheet.assets, sheet.assets_cents, first, answers["on"], organisation_id),
            _side(_("Capital and debts"), sheet.liabilities, sheet.liabilities_cents, first, answers["on"], organisation_id),
        ]


def _side(title: Any, rows: Sequence[StatementRow], total: int, first: date, on: date, organisation_id: int) -> ReportTable:
    shown = [[text(row.number), row.name, _card(row.account_id, money(row.cents), first, on, organisation_id)] for row in rows]
    heads = [(_("Number"), "bn-c-code"), (_("Name"), ""), (_("Amount"), _NUM)]
    return ReportTable(heads, shown, [gettext("Total"), "", money(total)], title)


class ProfitLossView(ReportView):
    """Income and costs of the year, next to last year."""

    title = _("Profit and loss")

    def questions(self, organisation_id: int) -> Sequence[Question]:  # noqa: ARG002
        """Ask the day."""
        return (_ON,)

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return income, costs and the result."""
        on = answers["on"]
        found, first = queries.profit_loss(organisation_id, on), queries.first_day_of_year(organisation_id, on)
        heads = [(_("Number"), "bn-c-code"), (_("Name"), ""), (_("This year"), _NUM), (_("Last year"), _NUM)]

        def part(title: Any, rows: Sequence[StatementRow]) -> ReportTable:
            shown = [
                [
                    text(row.number),
                    row.name,
                    _card(row.account_id, money(row.cents), first, on, organisation_id),
                    money(row.last_year_cents),
                ]
                for row in rows
            ]
            sums = [gettext("Total"), "", money(sum(row.cents for row in rows)), money(sum(row.last_year_cents for row in rows))]
            return ReportTable(heads, shown, sums, title)

        result = [gettext("Result"), "", money(found.result_cents), money(found.last_year_result_cents)]
        return [part(_("Income"), found.income), part(_("Costs"), found.expenses), ReportTable(heads, [], result, _("Result"))]


class LedgerCardView(ReportView):
    """The lines of one account over a period, with the balance after each."""

    title = _("Ledger card")
    empty_text = _("Nothing was posted on this account in this period.")

    def questions(self, organisation_id: int) -> Sequence[Question]:
        """Ask the account and the period."""
        accounts = {str(fact.id): f"{fact.number} {fact.name}" for fact in queries.account_facts(organisation_id).values()}
        words = dict(sorted(accounts.items(), key=lambda pair: pair[1]))
        return (
            Question("account", _("Ledger account"), "choice", words=words, start=next(iter(words), "")),
            Question("first_day", _("From"), "date", start=lambda: clock.today().replace(month=1, day=1)),
            Question("last_day", _("Up to and including"), "date", start=clock.today),
        )

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return the lines."""
        if answers["first_day"] > answers["last_day"]:
            raise DomainError("period_reversed", gettext("The period ends before it begins. Change one of the two days."))
        card = queries.ledger_card(
            organisation_id,
            int(answers["account"]),
            answers["first_day"],
            answers["last_day"],
            None if answers.limit is None else answers.limit + 1,
            answers.offset,
        )
        more = answers.limit is not None and len(card.lines) > answers.limit
        lines = card.lines[: answers.limit] if more else card.lines
        opening = [day(answers["first_day"]), gettext("Opening balance"), "", "", "", "", "", money(card.opening_cents)]
        rows = [] if answers.offset else [opening]
        rows += [
            [
                day(line.entry_date),
                Markup('<a href="{}">{} {}</a>').format(
                    url_for("JournalEntryView.show", pk=line.entry_id), JOURNALS.get(line.journal, line.journal), line.number
                ),
                line.description,
                line.relation_name or "",
                line.item_number or "",
                money(line.amount_cents) if line.amount_cents > 0 else "",
                money(-line.amount_cents) if line.amount_cents < 0 else "",
                money(line.balance_cents),
            ]
            for line in lines
        ]
        heads = [
            (_("Entry date"), "bn-c-date"), (_("Journal entry"), ""), (_("Description"), ""), (_("Relation"), ""), (_("Item number"), ""),
            (_("Debit"), _NUM), (_("Credit"), _NUM), (_("Balance"), _NUM),
        ]  # fmt: skip
        total = [gettext("Closing balance"), "", "", "", "", "", "", money(card.closing_cents)]
        return [ReportTable(heads, rows, total, title=str(card.account), more=more)]
