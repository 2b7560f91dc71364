"""Screens of how the books are set up: chart, VAT, cost centres, years and periods."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_appbuilder.actions import action
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.kernel import clock
from app.kernel.actor import the_actor
from app.ledger import queries, usecases
from app.ledger.models import BookPeriod, BookYear, CostCentre, LedgerAccount, VatCode
from views.base import AdminView, FactView, ScopedInterface
from views.questions import Question, ask


def _home() -> int:
    return the_actor().organisation_id or 0


class VatCodeView(AdminView):
    """VAT rates."""

    datamodel = ScopedInterface(VatCode)
    one, many = _("VAT code"), _("VAT codes")
    list_columns = ["code", "name", "rate_basis_points", "ubl_category", "organisation"]
    search_columns = ["code", "name", "organisation"]
    base_order = ("code", "asc")
    show_columns = add_columns = ["code", "name", "rate_basis_points", "ubl_category", "exemption_reason"]
    description_columns = {
        "code": _("Short, for example HOOG, LAAG, VRIJ or GEEN."),
        "rate_basis_points": _("As a percentage: 21 or 9; 0 when there is none."),
        "ubl_category": _("S with a rate, Z at zero, E exempt, O outside VAT, AE shifted to the buyer."),
        "exemption_reason": _("The legal reason as it stands on the invoice; needed when exempt."),
    }


class CostCentreView(AdminView):
    """Cost centres: a second way to look at costs and income."""

    datamodel = ScopedInterface(CostCentre)
    one, many = _("Cost centre"), _("Cost centres")
    list_columns = ["code", "name", "is_active", "organisation"]
    search_columns = ["code", "name", "is_active", "organisation"]
    base_order = ("code", "asc")
    show_columns = add_columns = ["code", "name", "is_active"]
    description_columns = {"is_active": _("What is no longer in use stays in the books and can no longer be chosen.")}


class LedgerAccountView(AdminView):
    """The chart of accounts."""

    datamodel = ScopedInterface(LedgerAccount, load=("vat_code",))
    one, many = _("Ledger account"), _("Ledger accounts")
    list_columns = ["number", "name", "type", "purpose", "balance_cents", "is_active"]
    search_columns = ["number", "name", "type", "purpose", "is_active", "organisation"]
    order_columns = ["number", "name", "type", "purpose", "is_active"]
    base_order = ("number", "asc")
    show_fieldsets = [
        (_("Ledger account"), {"fields": ["number", "name", "type", "balance_cents", "is_active"]}),
        (_("Use"), {"fields": ["purpose", "vat_code", "rgs_code", "organisation"]}),
    ]
    add_fieldsets = [
        (_("Ledger account"), {"fields": ["number", "name", "type", "is_active"]}),
        (_("Use"), {"fields": ["purpose", "vat_code", "rgs_code"]}),
    ]
    computed = {"balance_cents": lambda account: None}  # noqa: ARG005 - more_values answers for all rows at once
    description_columns = {
        "number": _("Four figures by custom, for example 1100. It stays once there are postings."),
        "purpose": _("What the program uses the account for; lines on debtors and creditors are open items of a relation."),
        "vat_code": _("Proposed when somebody posts on this account."),
        "rgs_code": _("Code of the Dutch reference chart; may stay empty."),
        "is_active": _("What is no longer in use stays in the books and can no longer be chosen."),
    }
    tabs = ((_("Lines"), ("JournalLineView",)),)

    def more_values(self, items: list[Any]) -> dict[str, dict[int, Any]]:
        """Return the balance of each account."""
        return {"balance_cents": queries.balances_of([item.id for item in items])}

    def header(self, item: Any, values: dict[str, Any]) -> dict[str, Any]:
        """Lead to the card of the account."""
        return {
            **super().header(item, values),
            "links": [(gettext("Ledger card"), "fa-list", url_for("LedgerCardView.list", account=item.id))],
        }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the account; what was posted on it keeps its meaning."""
        if is_new:
            return super().save(item, is_new, changes)
        usecases.change_account(item.id, **changes)
        return item

    def remove(self, item: Any) -> None:
        """Delete an account without postings."""
        usecases.remove_account(item.id)

    @ask(
        "set_up_chart",
        _("Set up the ready chart"),
        note=_("Adds the accounts for an association that are not there yet. What is there stays as it is."),
        icon="fa-table-list",
        needs_rows=False,
    )
    def set_up_chart(self, answers: dict[str, Any]) -> str:  # noqa: ARG002
        """Add the ready chart."""
        made = usecases.set_up_chart(_home())
        return ngettext("%(num)s ledger account added.", "%(num)s ledger accounts added.", made)

    @ask(
        "open_balance",
        _("Post opening balance"),
        Question("amount", _("Balance at the start"), "cents", help=_("What stood on the account when the administration began.")),
        Question("on_date", _("On"), "date", required=False, help=_("Empty: the first day of the administration.")),
        icon="fa-flag",
        multiple=False,
    )
    def open_balance(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Post the opening balance of a bank account against the capital."""
        posted = usecases.open_bank_balance(items[0].organisation_id, items[0].id, answers["amount"], answers.get("on_date"))
        return gettext("The opening balance is posted as number %(number)s.", number=posted.number)

    def action_shown(self, name: str, item: Any) -> bool:
        """Offer an opening balance for bank accounts."""
        return item.purpose == "bank" if name == "open_balance" else True


class BookYearView(FactView):
    """Book years: opened, closed in order, and reopened with a reason."""

    datamodel = ScopedInterface(BookYear)
    one, many = _("Book year"), _("Book years")
    list_columns = ["name", "first_day", "last_day", "state", "organisation"]
    search_columns = ["name", "state", "organisation"]
    base_order = ("first_day", "desc")
    show_columns = ["name", "first_day", "last_day", "state", "organisation"]
    tabs = ((_("Periods"), ("BookPeriodView",)),)

    @ask(
        "open",
        _("Open a book year"),
        Question("year", _("Year in which it begins"), "number", start=lambda: clock.today().year),
        Question("first_month", _("First month"), "number", start=1, help=_("1 is January; 7 for a book year from July to June.")),
        note=_("Makes the book year with its twelve periods, open for posting."),
        icon="fa-calendar-plus",
        needs_rows=False,
    )
    def open(self, answers: dict[str, Any]) -> str:
        """Open a book year."""
        usecases.open_book_year(_home(), answers["year"], answers["first_month"])
        return gettext("The book year is open.")

    @action(
        "close",
        _("Close the year"),
        _("Close this book year? Its result goes to the capital, and nobody can post in it any more."),
        "fa-lock",
        multiple=False,
    )
    def close(self, items: list[Any]) -> str:
        """Close the oldest open year."""
        usecases.close_book_year(items[0].id)
        return gettext("The book year is closed. Its result stands in the capital.")

    @ask(
        "reopen",
        _("Reopen the year"),
        Question("reason", _("Reason"), help=_("Kept in the audit trail.")),
        note=_("The result comes back out of the capital, and the periods are open for posting again."),
        icon="fa-lock-open",
        multiple=False,
    )
    def reopen(self, items: list[Any], answers: dict[str, Any]) -> str:
        """Open a closed year again."""
        usecases.reopen_book_year(items[0].id, answers["reason"])
        return gettext("The book year is open again.")

    def action_shown(self, name: str, item: Any) -> bool:
        """Close what is open, reopen what is closed."""
        return (item.state == "closed") is (name == "reopen")


class BookPeriodView(FactView):
    """The months of a book year."""

    datamodel = ScopedInterface(BookPeriod, load=("book_year",))
    one, many = _("Book period"), _("Book periods")
    list_columns = ["name", "book_year", "first_day", "last_day", "state"]
    search_columns = ["name", "state", "first_day", "organisation"]
    order_columns = ["name", "first_day", "last_day", "state"]
    base_order = ("first_day", "desc")
    show_columns = ["name", "book_year", "first_day", "last_day", "state", "organisation"]

    @action("block", _("Block"), _("Block the chosen periods? Nobody can post in them until you unblock them."), "fa-ban")
    def block(self, items: list[Any]) -> str:
        """Stop posting in periods."""
        usecases.block_periods([item.id for item in items])
        return ngettext("%(num)s period blocked.", "%(num)s periods blocked.", len(items))

    @action("unblock", _("Unblock"), "", "fa-check")
    def unblock(self, items: list[Any]) -> str:
        """Allow posting in periods again."""
        usecases.unblock_periods([item.id for item in items])
        return ngettext("%(num)s period open again.", "%(num)s periods open again.", len(items))

    def action_shown(self, name: str, item: Any) -> bool:
        """Show what fits the state."""
        return bool(item.state == {"block": "open", "unblock": "blocked"}[name])
