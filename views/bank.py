"""Screens of bank statements: what came in, its lines, and the rules that recognise them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder.actions import action
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.bank import usecases
from app.bank.models import BankStatement, MatchRule, StatementLine
from app.kernel import clock
from app.kernel.actor import the_actor
from app.kernel.identifiers import parse_iban
from app.kernel.unit_of_work import transaction
from views.base import AdminView, FactView, ScopedInterface
from views.questions import Question, ask


class StatementLineView(FactView):
    """Lines of bank statements, each with what it is taken for."""

    datamodel = ScopedInterface(StatementLine, load=("statement", "journal_entry"))
    one, many = _("Bank line"), _("Bank lines")
    list_columns = ["booked_on", "counter_name", "description", "amount_cents", "kind", "certainty", "is_confirmed", "journal_entry"]
    search_columns = [
        "booked_on",
        "counter_name",
        "counter_iban",
        "description",
        "amount_cents",
        "kind",
        "certainty",
        "is_confirmed",
        "statement",
    ]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_("Bank line"), {"fields": ["statement", "booked_on", "value_on", "amount_cents", "counter_name", "counter_iban", "description"]}),
        (_("Proposal"), {"fields": ["kind", "certainty", "reasons", "is_confirmed", "journal_entry"]}),
        (
            _("References"),
            {
                "fields": [
                    "structured_reference",
                    "end_to_end_id",
                    "mandate_reference",
                    "bank_reference",
                    "batch_reference",
                    "return_code",
                    "transaction_code",
                ]
            },
        ),
    ]
    parent_columns = {"bank_statement": "statement"}


class BankStatementView(FactView):
    """Bank statements: read in, proposed, booked, and taken back when wrong."""

    datamodel = ScopedInterface(BankStatement, load=("bank_account", "file"))
    one, many = _("Bank statement"), _("Bank statements")
    list_columns = ["statement_id", "bank_account", "first_day", "last_day", "opening_cents", "closing_cents", "line_count", "state"]
    search_columns = ["statement_id", "bank_account", "first_day", "last_day", "state"]
    base_order = ("last_day", "desc")
    show_fieldsets = [
        (_("Bank statement"), {"fields": ["statement_id", "bank_account", "first_day", "last_day", "state"]}),
        (_("Balance"), {"fields": ["opening_cents", "closing_cents", "line_count", "gap_accepted"]}),
        (_("File"), {"fields": ["file", "made_at"]}),
    ]
    tabs = ((_("Bank lines"), ("StatementLineView",)),)

    @ask(
        "import_file",
        _("Read a statement"),
        Question("file", _("File of the bank"), "file", help=_("CAMT.053, as XML or ZIP.")),
        Question("accepts_gaps", _("Go on when a statement is missing in between"), "yes_no", required=False),
        needs_rows=False,
    )
    def import_file(self, answers: dict[str, Any]) -> Any:
        """Store a file of the bank with a proposal for each line, and go on to those lines."""
        chosen = answers["file"]
        made = usecases.import_file(
            the_actor().organisation_id or 0,
            chosen.filename or "afschrift.xml",
            chosen.read(),
            clock.today(),
            accepts_gaps=bool(answers.get("accepts_gaps")),
        )
        flash(ngettext("%(num)s statement read.", "%(num)s statements read.", len(made.statement_ids)), "success")
        return redirect(url_for("BankReconciliationView.index"))

    @action("propose", _("Propose again"), "", "fa-wand-magic-sparkles")
    def propose(self, items: list[Any]) -> str:
        """Look again with what is known now."""
        changed = sum(usecases.propose_again(item.id, clock.today()) for item in items)
        return ngettext("%(num)s proposal changed.", "%(num)s proposals changed.", changed)

    @action("book", _("Book"), _("Book the whole statement?"), "fa-check")
    def book(self, items: list[Any]) -> str:
        """Book every line in one go."""
        numbers = [item.id for item in sorted(items, key=lambda item: (item.last_day, item.id))]
        with transaction():
            count = sum(usecases.book_statement(number) for number in numbers)
        return ngettext("%(num)s line booked.", "%(num)s lines booked.", count)

    @action(
        "take_back",
        _("Take back"),
        _("Take this statement back? Each entry is reversed; the lines can then be changed and booked again."),
        "fa-rotate-left",
    )
    def take_back(self, items: list[Any]) -> str:
        """Reverse the booking."""
        for item in items:
            usecases.take_back(item.id, clock.today())
        return gettext("The statement is taken back and can be booked again.")

    def header(self, item: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Lead to the lines, to process them or to look at them."""
        text = gettext("Process the lines") if item.state == "imported" else gettext("See the lines")
        return {
            **super().header(item, values),
            "links": [(text, "fa-list-check", url_for("BankReconciliationView.show", statement_id=item.id))],
        }

    def action_shown(self, name: str, item: Any) -> bool:
        """Show what fits the state."""
        return item.state == ("booked" if name == "take_back" else "imported")


class MatchRuleView(AdminView):
    """Rules that recognise bank lines."""

    datamodel = ScopedInterface(MatchRule, load=("ledger_account", "relation"))
    one, many = _("Match rule"), _("Match rules")
    list_columns = ["name", "iban", "text_contains", "ledger_account", "relation", "is_active", "use_count"]
    search_columns = ["name", "iban", "text_contains", "is_active", "is_learned"]
    base_order = ("name", "asc")
    show_fieldsets = [
        (_("Recognise by"), {"fields": ["name", "iban", "text_contains", "is_incoming", "is_active"]}),
        (_("Book on"), {"fields": ["ledger_account", "relation"]}),
        (_("Use"), {"fields": ["is_learned", "use_count", "made_at"]}),
    ]
    add_fieldsets = show_fieldsets[:2]
    description_columns = {
        "iban": _("The account of the other party."),
        "text_contains": _("A piece of the description; capitals make no difference."),
        "is_incoming": _("Only money coming in, or only money going out; empty is both."),
        "relation": _("Fill this in instead of a ledger account when the money is of one relation."),
    }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the account number in one form."""
        if changes.get("iban"):
            changes["iban"] = parse_iban(changes["iban"])
        return super().save(item, is_new, changes)
