"""Screens of what was posted: entries with their lines, open items, and settlements."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.periods import dutch_date
from app.ledger import queries, usecases
from app.ledger.entries import LineDraft, side_of
from app.ledger.models import JournalEntry, JournalLine, LedgerAccount, Settlement
from app.relations.models import Relation
from views.base import FactView, ScopedInterface
from views.formats import money
from views.questions import Question, ask

SOURCES = {
    "invoice": _("Invoice"),
    "bank_statement": _("Bank statement"),
    "statement_line": _("Bank statement"),
    "debit_batch": _("Debit batch"),
    "book_year": _("Closing of a book year"),
    "journal_entry": _("Reversed entry"),
    "journal_line": _("Written off"),
    "collection": _("Collection"),
    "passed_on": _("Passed on"),
    "deferral": _("Revenue of a month"),
}


def _own_active(asked: Any) -> Any:
    """Leave accounts of the environment that are in use."""
    return asked.where(LedgerAccount.organisation_id == the_actor().organisation_id, LedgerAccount.is_active)


def _home() -> int:
    return the_actor().organisation_id or 0


def _settled_with(line: JournalLine) -> Any:
    """Return the settlements of a line, as links."""
    shown = [
        Markup('<a href="{}">{}</a> {}').format(
            url_for("SettlementView.show", pk=part.settlement_id), dutch_date(part.settled_on), money(part.amount_cents)
        )
        for part in queries.parts_of_line(line.id)
    ]
    return Markup(", ").join(shown) if shown else None


def _reversed_by(entry: JournalEntry) -> Any:
    """Return the entry that took this one back, as a link."""
    found = queries.reversing(entry)
    return Markup('<a href="{}">{}</a>').format(url_for("JournalEntryView.show", pk=found.id), found) if found else None


def _items_of(settlement: Settlement) -> Any:
    """Return the items of a settlement as a list of links."""
    shown = [
        Markup('<li><a href="{}">{}</a> {} {}</li>').format(
            url_for("JournalLineView.show", pk=part.line_id),
            part.item_number or dutch_date(part.entry_date),
            part.relation_name or "",
            money(part.amount_cents),
        )
        for part in queries.parts_of_settlement(settlement.id)
    ]
    return Markup('<ul class="bn-plain">{}</ul>').format(Markup("").join(shown))


class JournalLineView(FactView):
    """The lines of entries; on debtors and creditors they are open items."""

    datamodel = ScopedInterface(JournalLine, load=("account", "entry", "relation"))
    one, many = _("Journal line"), _("Journal lines")
    list_columns = ["entry", "entry_date", "account", "debit_cents", "credit_cents", "relation", "item_number", "open_cents", "description"]
    search_columns = ["account", "relation", "item_number", "amount_cents", "description", "due_date"]
    order_columns = ["item_number"]
    column_class = {"entry_date": "bn-c-date", "entry": "bn-c-code"}
    base_order = ("id", "desc")
    show_fieldsets = [
        (_("Journal line"), {"fields": ["entry", "entry_date", "account", "amount_cents", "description", "cost_centre"]}),
        (_("Open item"), {"fields": ["relation", "item_number", "due_date", "open_cents", "details"]}),
    ]
    parent_columns = {"ledger_account": "account", "journal_entry": "entry"}
    label_columns = {"details": _("Settled with")}
    computed = {
        "entry_date": lambda line: line.entry.entry_date,
        "debit_cents": lambda line: line.amount_cents if line.amount_cents > 0 else None,
        "credit_cents": lambda line: -line.amount_cents if line.amount_cents < 0 else None,
        "open_cents": lambda line: None,  # noqa: ARG005 - more_values answers for all rows at once
        "details": _settled_with,
    }
    has_history = False

    def more_values(self, items: list[Any]) -> dict[str, dict[int, Any]]:
        """Return what is left of the lines that are open items."""
        return {"open_cents": queries.open_cents_of([item.id for item in items if item.account.is_open_item])}

    @ask(
        "settle",
        _("Settle"),
        Question("on_date", _("On"), "date", start=clock.today),
        note=_("Items of the same debtor cancel each other, the oldest first. What is left stays open."),
        icon="fa-scale-balanced",
    )
    def settle(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Let the chosen items cancel each other."""
        made = usecases.settle_lines(items[0].organisation_id, [item.id for item in items], answers["on_date"])
        return ngettext("%(num)s settlement made.", "%(num)s settlements made.", made)

    @ask(
        "write_off",
        _("Write off"),
        Question("account", _("On ledger account"), "related", model=LedgerAccount, narrow=_own_active),
        Question("on_date", _("On"), "date", start=clock.today),
        Question("reason", _("Reason")),
        note=_("What is left of the items is taken off and settled."),
        icon="fa-eraser",
    )
    def write_off(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Take off what will not come."""
        usecases.write_off(items[0].organisation_id, [item.id for item in items], answers["account"], answers["on_date"], answers["reason"])
        return ngettext("%(num)s item written off.", "%(num)s items written off.", len(items))

    def action_shown(self, name: str, item: Any) -> bool:  # noqa: ARG002 - both are for open items
        """Settle and write off open items only."""
        return bool(item.account.is_open_item)


class JournalEntryView(FactView):
    """Entries: posted once, taken back by an opposite one."""

    datamodel = ScopedInterface(JournalEntry, load=("book_year", "reverses"))
    one, many = _("Journal entry"), _("Journal entries")
    list_columns = ["number", "journal", "entry_date", "description", "total_cents", "posted_by"]
    search_columns = ["journal", "entry_date", "description", "number", "posted_by", "source_table", "organisation"]
    order_columns = ["number", "journal", "entry_date"]
    base_order = ("id", "desc")
    choices = {"source_table": SOURCES}
    show_fieldsets = [
        (_("Journal entry"), {"fields": ["journal", "number", "entry_date", "book_year", "description", "total_cents"]}),
        (_("Origin"), {"fields": ["source_table", "posted_by", "made_at", "reverses", "details"]}),
        (_("Seal"), {"fields": ["is_sealed", "chain", "hash"]}),
    ]
    label_columns = {"details": _("Reversed by")}
    computed = {"total_cents": lambda entry: None, "details": _reversed_by}  # noqa: ARG005 - more_values answers
    tabs = ((_("Lines"), ("JournalLineView",)),)
    has_history = False

    def more_values(self, items: list[Any]) -> dict[str, dict[int, Any]]:
        """Return what each entry is about: the sum of its debit side."""
        return {"total_cents": queries.totals_of([item.id for item in items])}

    @ask(
        "post",
        _("Post a memorial entry"),
        Question("entry_date", _("Entry date"), "date", start=clock.today),
        Question("description", _("Description")),
        Question(
            "lines",
            _("Lines"),
            "rows",
            start=10,
            help=_("Lines that you leave empty do not count."),
            columns=(
                Question("account", _("Ledger account"), "related", model=LedgerAccount, narrow=_own_active),
                Question("description", _("Description"), required=False),
                Question("debit", _("Debit"), "cents", required=False, side="+"),
                Question("credit", _("Credit"), "cents", required=False, side="-"),
            ),
        ),
        Question(
            "relation",
            _("Relation"),
            "related",
            required=False,
            model=Relation,
            help=_("Needed when one of the accounts is debtors or creditors."),
        ),
        Question("item_number", _("Item number"), required=False, help=_("Of the invoice or document that it is about.")),
        note=_("An entry is never changed: a mistake is taken back by a reversing entry."),
        icon="fa-plus",
        needs_rows=False,
    )
    def post(self, answers: dict[str, Any]) -> str:
        """Post an entry by hand."""
        about = {"relation_id": answers.get("relation"), "item_number": answers.get("item_number") or None}
        accounts = queries.account_facts(_home())

        def line(position: int, row: dict[str, Any]) -> LineDraft:
            cents, known = side_of(position, row["debit"], row["credit"]), accounts.get(row["account"])
            text = row["description"] or answers["description"]
            return LineDraft(row["account"], cents, text, **(about if known and known.is_control else {}))

        lines = [line(position, row) for position, row in enumerate(answers["lines"])]
        posted = usecases.post_memorial(_home(), answers["entry_date"], answers["description"], lines)
        return gettext("Posted as memorial number %(number)s.", number=posted.number)

    @ask(
        "reverse",
        _("Reverse"),
        Question("on_date", _("On"), "date", start=clock.today, help=_("A day in an open period.")),
        Question("description", _("Description"), required=False),
        note=_("Posts the opposite entry. The first one stays, and both point at each other."),
        icon="fa-rotate-left",
        multiple=False,
    )
    def reverse(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Take an entry back."""
        posted = usecases.reverse_by_hand(items[0].id, answers["on_date"], answers.get("description") or "")
        return gettext("Reversed by number %(number)s.", number=posted.number)

    def action_shown(self, name: str, item: Any) -> bool:
        """Offer to reverse what was posted by hand and stands."""
        return not (name == "reverse" and (item.source_table or queries.reversing(item)))


class SettlementView(FactView):
    """What settled what; undone by an opposite settlement."""

    datamodel = ScopedInterface(Settlement)
    one, many = _("Settlement"), _("Settlements")
    list_columns = ["settled_on", "made_by", "source_table", "total_cents", "made_at"]
    search_columns = ["settled_on", "made_by", "source_table", "organisation"]
    order_columns = ["settled_on", "made_by", "made_at"]
    base_order = ("id", "desc")
    choices = {"source_table": SOURCES}
    show_fieldsets = [
        (_("Settlement"), {"fields": ["settled_on", "total_cents", "made_by", "made_at", "source_table"]}),
        (_("Items"), {"fields": ["details"]}),
    ]
    label_columns = {"details": _("Items")}
    computed = {"total_cents": lambda settlement: None, "details": _items_of}  # noqa: ARG005
    has_history = False

    def more_values(self, items: list[Any]) -> dict[str, dict[int, Any]]:
        """Return how much each settlement took off."""
        return {"total_cents": queries.settled_cents_of([item.id for item in items])}

    @ask(
        "undo",
        _("Undo"),
        Question("on_date", _("On"), "date", start=clock.today),
        note=_("The items are open again from this day on."),
        icon="fa-rotate-left",
    )
    def undo(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Open the items again."""
        usecases.undo_settlements([item.id for item in items], answers["on_date"])
        return ngettext("%(num)s settlement undone.", "%(num)s settlements undone.", len(items))

    def action_shown(self, name: str, item: Any) -> bool:  # noqa: ARG002 - there is one
        """Offer to undo what stands."""
        return item.reverses_id is None and queries.undoing(item) is None
