"""Screens of what is passed on to other organisations: what a contribution passes on, what was passed on, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.contributions.deferral import by_month
from app.contributions.models import OrganisationCard, PassingOn
from app.invoicing.models import PassedOn
from app.invoicing.queries.passing import due_to_organisations
from app.invoicing.usecases import check_passing_on
from app.kernel import clock
from app.kernel.money import euros
from app.kernel.periods import dutch_date
from views.base import AdminView, FactView, ScopedInterface
from views.formats import money, number
from views.questions import Question
from views.reports import Answers, ReportTable, ReportView

_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_NUM = "bn-c-num"


def months_of(charge: Any) -> str:
    """Return in Dutch how the income of a charge is spread over the months of its period; empty when it is not."""
    if charge.contribution is None or charge.contribution.deferral_account_id is None:
        return ""
    parts = by_month(charge.amount_cents, charge.first_day, charge.last_day)
    return " · ".join(f"{_MONTHS[month.month - 1]} {month.year} {euros(cents)}" for month, cents in parts)


class PassingOnView(AdminView):
    """What of each charge of a contribution goes to another organisation."""

    datamodel = ScopedInterface(PassingOn, load=("contribution", "for_organisation", "ledger_account"))
    one, many = _("Amount passed on"), _("Amounts passed on")
    list_columns = [
        "description",
        "contribution",
        "payee",
        "for_organisation",
        "amount_cents",
        "share_basis_points",
        "first_day",
        "last_day",
    ]
    search_columns = ["description", "contribution", "payee", "for_organisation"]
    base_order = ("id", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Passing on"), {"fields": ["contribution", "description", "payee", "for_organisation"]}),
        (_("Amount"), {"fields": ["amount_cents", "share_basis_points"]}),
        (_("Bookkeeping"), {"fields": ["ledger_account", "first_day", "last_day"]}),
    ]
    description_columns = {
        "payee": _("Who is owed it: the department where the member has the function, the organisation above this one, or one you choose."),
        "for_organisation": _("Only when you choose the organisation yourself."),
        "amount_cents": _("A fixed amount per charge. It stays due as long as anything of the charge is left."),
        "share_basis_points": _("Or a share of what is charged. What is credited goes off it."),
        "ledger_account": _("What it costs: an account of costs, or of the income that becomes less."),
        "first_day": _("For periods that begin on or after this day; empty: from the beginning."),
        "last_day": _("For periods that begin on or before this day; empty: until further notice."),
    }
    label_columns = {"amount_cents": _("Fixed amount"), "share_basis_points": _("Share of the charge")}
    required_columns = ("contribution",)
    tabs = ((_("Passed on"), ("PassedOnView",)),)

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep only what can be booked; what was used stays."""
        check_passing_on(item, changes, is_new=is_new)
        return super().save(item, is_new, changes)


class PassedOnView(FactView):
    """What posted invoices and credit notes passed on, one by one."""

    datamodel = ScopedInterface(PassedOn, load=("for_organisation", "passing_on", "charge", "invoice"))
    one, many = _("Passed on"), _("What was passed on")
    list_columns = ["passed_on", "for_organisation", "passing_on", "charge", "invoice", "amount_cents"]
    search_columns = ["passed_on", "for_organisation", "passing_on", "amount_cents"]
    base_order = ("id", "desc")
    show_columns = ["passed_on", "for_organisation", "passing_on", "charge", "invoice", "amount_cents"]
    label_columns = {"passed_on": _("Invoice date")}


class OrganisationCardView(AdminView):
    """Which card stands for an organisation in these books."""

    datamodel = ScopedInterface(OrganisationCard, load=("for_organisation", "relation"))
    one, many = _("Card of an organisation"), _("Cards of organisations")
    list_columns = ["for_organisation", "relation"]
    search_columns = ["for_organisation", "relation"]
    base_order = ("id", "asc")
    show_columns = add_columns = ["for_organisation", "relation"]
    description_columns = {
        "relation": _("What is owed to the organisation is an open item of this card. Without one a card is made by itself.")
    }


class DueToOrganisationsView(ReportView):
    """What is due to each organisation over a period."""

    title = _("Due to organisations")
    lead = _("What was passed on with invoices and credit notes of this period, per organisation.")
    empty_text = _("Nothing was passed on in this period.")

    def questions(self, organisation_id: int) -> Sequence[Question]:  # noqa: ARG002
        """Ask the period."""
        return (
            Question("first_day", _("From"), "date", start=lambda: clock.today().replace(month=1, day=1)),
            Question("last_day", _("Up to and including"), "date", start=clock.today),
        )

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return a row per organisation and amount, with what they come to."""
        found = due_to_organisations(organisation_id, answers["first_day"], answers["last_day"])
        heads = [(_("Organisation"), ""), (_("Contribution"), ""), (_("Passing on"), ""), (_("Charges"), _NUM), (_("Amount"), _NUM)]
        rows: list[list[Any]] = []
        for (organisation_id, name), group in groupby(found, key=lambda one: (one.organisation_id, one.organisation)):
            mine = list(group)
            rows += [
                [_facts(organisation_id, name), one.contribution, one.description, number(one.charges), money(one.cents)] for one in mine
            ]
            if len(mine) > 1:
                rows.append([gettext("Together %(name)s", name=name), "", "", "", money(sum(one.cents for one in mine))])
        total = [gettext("Total"), "", "", "", money(sum(one.cents for one in found))] if found else ()
        period = gettext(
            "%(first)s up to and including %(last)s", first=dutch_date(answers["first_day"]), last=dutch_date(answers["last_day"])
        )
        return [ReportTable(heads, rows, total, title=period)]


def _facts(organisation_id: int, name: str) -> Any:
    """Return the name of an organisation, leading to what was passed on to it."""
    return Markup('<a href="{}">{}</a>').format(url_for("PassedOnView.list", _flt_0_for_organisation=organisation_id), name)
