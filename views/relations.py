"""Screens of relation cards and what hangs on them."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.functions.models import EndReason, FunctionTerm, FunctionType
from app.functions.usecases import end_membership
from app.groups import usecases as groups
from app.groups.models import TargetGroup
from app.invoicing.usecases import settle_ends
from app.kernel import clock
from app.kernel.db import db
from app.kernel.periods import age_on
from app.kernel.unit_of_work import transaction
from app.relations import usecases
from app.relations.drafts import AccountDraft, AddressDraft, ContactDraft, RelationDraft
from app.relations.models import GENDERS, HOUSEHOLD_ROLES, Address, ContactPoint, Household, Relation, RelationAccount
from views import formats
from views.base import AdminView, Question, ScopedInterface, action, ask
from views.custom_values import CustomValues
from views.groups import added, removed

_DRAFT = set(RelationDraft.__dataclass_fields__)


class AddressView(AdminView):
    """Addresses with the days on which they hold."""

    datamodel = ScopedInterface(Address)
    one, many = _("Address"), _("Addresses")
    list_columns = ["street", "house_number", "suffix", "postcode", "town", "kind", "first_day", "last_day", "relation"]
    search_columns = ["street", "postcode", "town", "kind", "relation"]
    base_order = ("town", "asc")
    show_columns = ["relation", "kind", "street", "house_number", "suffix", "postcode", "town", "country", "first_day", "last_day"]
    add_columns = show_columns
    edit_columns = show_columns[1:]
    description_columns = {
        "postcode": _("For example 7201 AB."),
        "first_day": _("Empty: always was."),
        "last_day": _("Empty: still holds."),
        "country": _("Two letters, for example NL."),
    }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Put the address on the card, or change it."""
        if is_new:
            values = {name: value for name, value in changes.items() if name in AddressDraft.__dataclass_fields__}
            return usecases.add_address(changes["relation_id"], AddressDraft(**values))
        super().save(item, is_new, changes)
        return usecases.tidy(item)


class ContactPointView(AdminView):
    """E-mail addresses, phone numbers and websites."""

    datamodel = ScopedInterface(ContactPoint)
    computed = {"value": lambda point: formats.phone(point.value) if point.kind in ("phone", "mobile") else point.value}
    one, many = _("Contact point"), _("Contact points")
    list_columns = ["value", "kind", "is_primary", "for_invoices", "is_refused", "relation"]
    search_columns = ["value", "kind", "is_refused", "relation"]
    base_order = ("value", "asc")
    show_columns = ["relation", "kind", "value", "is_primary", "for_invoices", "is_refused"]
    add_columns = ["relation", "kind", "value", "is_primary", "for_invoices"]
    edit_columns = ["kind", "value", "is_primary", "for_invoices", "is_refused"]
    description_columns = {
        "for_invoices": _("Invoices and reminders go to this address."),
        "is_refused": _("The receiving side refused this address; untick it once it is mended."),
    }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Put it on the card, or change it."""
        if is_new:
            values = {name: value for name, value in changes.items() if name in ContactDraft.__dataclass_fields__}
            return usecases.add_contact_point(changes["relation_id"], ContactDraft(**values))
        super().save(item, is_new, changes)
        return usecases.tidy(item)


class RelationAccountView(AdminView):
    """Bank accounts of relations."""

    datamodel = ScopedInterface(RelationAccount)
    one, many = _("Bank account"), _("Bank accounts")
    list_columns = ["iban", "holder", "is_primary", "relation"]
    search_columns = ["iban", "holder", "relation"]
    base_order = ("iban", "asc")
    show_columns = ["relation", "iban", "bic", "holder", "is_primary"]
    add_columns = ["relation", "iban", "bic", "holder", "is_primary"]
    edit_columns = ["iban", "bic", "holder", "is_primary"]
    formatters_columns = {"iban": formats.iban}
    description_columns = {"bic": _("Only for accounts outside the Netherlands; Dutch ones are filled in.")}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Put it on the card, or change it."""
        if is_new:
            values = {name: value for name, value in changes.items() if name in AccountDraft.__dataclass_fields__}
            return usecases.add_account(changes["relation_id"], AccountDraft(**values))
        super().save(item, is_new, changes)
        return usecases.tidy(item)


class HouseholdView(AdminView):
    """Relations that share an address and a family discount."""

    datamodel = ScopedInterface(Household)
    one, many = _("Household"), _("Households")
    list_columns = ["name", "organisation"]
    search_columns = ["name", "organisation"]
    base_order = ("name", "asc")
    show_columns = ["name", "organisation"]
    add_columns = edit_columns = ["name"]
    tabs = ((_("Members"), ("RelationView",)),)

    @ask("join", _("Add a member"), Question("relation", _("Relation"), "related", model=Relation), icon="fa-user-plus", multiple=False)
    def join(self, items: list[Household], answers: dict[str, Any]) -> str:
        """Add a relation to the household."""
        usecases.join_household(answers["relation"], items[0].id)
        return gettext("Added to the household.")


class RelationView(CustomValues, AdminView):
    """The relation card."""

    custom_holder = "relation"

    datamodel = ScopedInterface(Relation)
    one, many = _("Relation"), _("Relations")
    list_columns = ["display_name", "number", "town", "organisation", "member_since", "end_date", "payment_method"]
    search_columns = [
        "display_name",
        "number",
        "organisation",
        "kind",
        "member_since",
        "end_date",
        "birth_date",
        "payment_method",
        "correspondence",
    ]
    order_columns = ["display_name", "number"]
    base_order = ("display_name", "asc")
    show_fieldsets = [
        (_("Name"), {"fields": ["number", "kind", "first_name", "initials", "prefix", "surname", "gender", "birth_date", "deceased_on"]}),
        (_("Contact"), {"fields": ["email", "phone", "address", "correspondence", "language"]}),
        (_("Membership"), {"fields": ["member_since", "end_date", "end_reason", "organisation"]}),
        (_("Paying"), {"fields": ["payment_method", "payer", "gift_cents", "household", "household_role"]}),
        (_("Company"), {"fields": ["kvk", "vat_number", "einvoice_id"]}),
        (_("Other"), {"fields": ["remarks", "made_at"]}),
    ]
    add_fieldsets = [
        (_("Name"), {"fields": ["kind", "first_name", "initials", "prefix", "surname", "gender", "birth_date"]}),
        (_("Correspondence"), {"fields": ["correspondence", "language", "organisation"]}),
        (_("Paying"), {"fields": ["payment_method", "payer", "gift_cents"]}),
        (_("Company"), {"fields": ["kvk", "vat_number", "einvoice_id"]}),
        (_("Other"), {"fields": ["remarks"]}),
    ]
    edit_fieldsets = [
        (_("Name"), {"fields": ["kind", "first_name", "initials", "prefix", "surname", "gender", "birth_date", "deceased_on"]}),
        (_("Correspondence"), {"fields": ["correspondence", "language", "follows_household_address"]}),
        (_("Paying"), {"fields": ["payment_method", "payer", "gift_cents"]}),
        (_("Company"), {"fields": ["kvk", "vat_number", "einvoice_id"]}),
        (_("Other"), {"fields": ["remarks"]}),
    ]
    choices = {
        "language": {"nl": _("Dutch"), "en": _("English"), "de": _("German"), "fr": _("French")},
        "household_role": HOUSEHOLD_ROLES,
        "gender": GENDERS,
    }
    description_columns = {
        "initials": _("Left empty they follow from the first name."),
        "prefix": _("For example: van den."),
        "surname": _("Of a company its name."),
        "correspondence": _("How invoices and letters are sent."),
        "payment_method": _("Direct debit also needs a mandate."),
        "payer": _("Who gets the invoices, when that is somebody else."),
        "organisation": _("Where the card is entered. Functions decide who else sees it."),
        "gift_cents": _("What the relation gives with each contribution that asks for it."),
        "remarks": _("Everybody who may see this card reads this."),
    }
    facts = ("town", "email", "phone", "member_since")
    tabs = (
        (_("Functions"), ("FunctionTermView",)),
        (_("Money"), ("InvoiceView", "ChargeView", "MandateView", "RelationAccountView")),
        (_("Addresses and contact"), ("AddressView", "ContactPointView")),
        (_("Target groups"), ("TargetGroupMemberView",)),
        (_("Communication"), ("MessageView",)),
        (_("Data issues"), ("DataIssueView",)),
    )
    delete_note = _(
        "Only a card on which nothing hangs can be deleted. Did somebody leave? End the membership; the card stays as long as needed."
    )

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Make the card or change it; names follow."""
        if is_new:
            return usecases.add_relation(RelationDraft(**{name: value for name, value in changes.items() if name in _DRAFT}))
        return usecases.change_relation(item.id, **changes)

    def more_values(self, items: list[Relation]) -> dict[str, dict[int, Any]]:
        """Return town, address, e-mail and phone of all these cards: one question each."""
        ids, today = [item.id for item in items], clock.today()
        holds = (Address.first_day.is_(None) | (Address.first_day <= today)) & (Address.last_day.is_(None) | (Address.last_day >= today))
        addresses = db.session.scalars(
            select(Address).where(Address.relation_id.in_(ids), holds).order_by(Address.kind == "home", Address.id)
        )
        found: dict[str, dict[int, Any]] = {"town": {}, "address": {}, "email": {}, "phone": {}}
        for row in addresses:
            found["town"][row.relation_id], found["address"][row.relation_id] = row.town, str(row)
        if len(items) == 1:
            points = select(ContactPoint).where(ContactPoint.relation_id.in_(ids)).order_by(ContactPoint.is_primary, ContactPoint.id)
            for point in db.session.scalars(points):
                name = "email" if point.kind == "email" else "phone" if point.kind in ("phone", "mobile") else ""
                if name:
                    found[name][point.relation_id] = formats.phone(point.value) if name == "phone" else point.value
        return found

    computed = {"town": lambda _item: None, "address": lambda _item: None, "email": lambda _item: None, "phone": lambda _item: None}

    def header(self, item: Relation, values: dict[str, Any]) -> dict[str, Any]:
        """Return the head of the card: name, number, age, functions that hold now."""
        today = clock.today()
        holds = FunctionTerm.last_day.is_(None) | (FunctionTerm.last_day >= today)
        terms = db.session.execute(
            select(FunctionType.name, FunctionTerm.first_day)
            .join(FunctionTerm, FunctionTerm.function_type_id == FunctionType.id)
            .where(FunctionTerm.relation_id == item.id, FunctionType.is_on_card_head, holds)
            .order_by(FunctionType.importance)
        ).all()
        badges = [formats.badge(name, "ok" if first_day <= today else "info") for name, first_day in terms]
        if item.deceased_on:
            badges.insert(0, formats.badge(gettext("Deceased"), "off"))
        if not terms and not item.deceased_on:
            badges.append(formats.badge(gettext("No function"), "off"))
        if item.payment_method == "direct_debit":
            badges.append(formats.badge(gettext("Direct debit"), "info"))
        sub = [gettext("Relation %(number)s", number=item.number), str(item.organisation)]
        if item.birth_date and not item.deceased_on and self.seen(["birth_date"]):
            sub.append(gettext("%(age)s years", age=age_on(item.birth_date, today)))
        owes = self.appbuilder.sm.has_access("can_list", "DebtorCardView")
        names = [item.first_name or item.initials or "", item.surname]
        return {
            "title": item.display_name,
            "initials": "".join(name[:1].upper() for name in names if name),
            "sub": sub,
            "badges": badges,
            "facts": [(self.label_columns[name], values[name], "") for name in self.facts],
            "links": [(gettext("Debtor card"), "fa-euro-sign", url_for("DebtorCardView.list", relation=item.number))] if owes else [],
        }

    @ask(
        "end_membership",
        _("End membership"),
        Question("last_day", _("Last day"), "date", start=lambda: clock.today().replace(month=12, day=31)),
        Question("reason", _("Reason"), "related", model=EndReason),
        button=_("End membership"),
        note=_("All functions that go on after this day end with it. Open invoices stay."),
        icon="fa-user-minus",
    )
    def end_membership(self, items: list[Relation], answers: dict[str, Any]) -> str:
        """End the membership of the chosen relations, all or none."""
        ids = [item.id for item in items]
        with transaction():
            ended = [term_id for number in ids for term_id in end_membership(number, answers["last_day"], answers["reason"])]
        settle_ends(ended, clock.today())
        return gettext("Memberships ended: %(relations)s. Functions ended in all: %(functions)s.", relations=len(ids), functions=len(ended))

    @action("leave_household", _("Take out of household"), None, "fa-house-circle-xmark", multiple=False)
    def leave_household(self, items: list[Relation]) -> str:
        """Take the relation out of its household."""
        usecases.leave_household(items[0].id)
        return gettext("Taken out of the household.")

    @ask(
        "add_to_group",
        _("To a target group"),
        Question("target_group", _("Target group"), "related", model=TargetGroup),
        icon="fa-layer-group",
    )
    def add_to_group(self, items: list[Relation], answers: dict[str, Any]) -> str:
        """Put the chosen relations in a target group."""
        return added(groups.add_members(answers["target_group"], [item.id for item in items]))

    @ask(
        "remove_from_group",
        _("Out of a target group"),
        Question("target_group", _("Target group"), "related", model=TargetGroup),
        icon="fa-layer-group",
    )
    def remove_from_group(self, items: list[Relation], answers: dict[str, Any]) -> str:
        """Take the chosen relations out of a target group."""
        return removed(groups.remove_members(answers["target_group"], [item.id for item in items]))

    def action_shown(self, name: str, item: Relation) -> bool:
        """Show only what makes sense on this card."""
        return name != "leave_household" or item.household_id is not None
