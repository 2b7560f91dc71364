"""Screens of the tree of organisations and of the books that they keep."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.identifiers import parse_creditor_id, parse_email, parse_kvk, parse_vat_number
from app.organisations import usecases
from app.organisations.models import Administration, Organisation, PostcodeRange
from views.base import AdminView, Question, ScopedInterface, ask
from views.custom_values import CustomValues


class PostcodeRangeView(AdminView):
    """Which postcodes an organisation covers."""

    datamodel = ScopedInterface(PostcodeRange)
    one, many = _("Postcode range"), _("Postcode ranges")
    list_columns = ["first_postcode", "last_postcode", "organisation"]
    search_columns = ["organisation", "first_postcode"]
    base_order = ("first_postcode", "asc")
    show_columns = add_columns = ["organisation", "first_postcode", "last_postcode"]
    edit_columns = ["first_postcode", "last_postcode"]
    description_columns = {"first_postcode": _("Four figures, for example 7200.")}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Let the organisation cover these postcodes."""
        if is_new:
            return usecases.cover_postcodes(changes["organisation_id"], changes["first_postcode"], changes["last_postcode"])
        return super().save(item, is_new, changes)


class OrganisationView(CustomValues, AdminView):
    """The tree: national, provinces, departments."""

    custom_holder = "organisation"
    datamodel = ScopedInterface(Organisation)
    one, many = _("Organisation"), _("Organisations")
    list_columns = ["name", "kind", "code", "parent", "town", "email", "is_active"]
    search_columns = ["name", "kind", "code", "parent", "town", "is_active"]
    base_order = ("path", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Organisation"), {"fields": ["name", "kind", "code", "parent", "is_active"]}),
        (_("Address"), {"fields": ["street", "house_number", "postcode", "town"]}),
        (_("Contact"), {"fields": ["email", "phone", "website", "notification_email"]}),
        (_("Size"), {"fields": ["area_km2", "inhabitants"]}),
        (_("Prices"), {"fields": ["team_amount_cents"]}),
    ]
    description_columns = {
        "code": _("Short and unique, for example GLD; it stands in files and on the command line."),
        "parent": _("Who works at the parent sees this organisation too."),
        "team_amount_cents": _("What members of this team or department pay, where a contribution rule asks for it."),
        "notification_email": _("Data issues and new members are mailed to this address."),
    }
    required_columns = ("parent",)
    edit_fieldsets = [(_("Organisation"), {"fields": ["name", "kind", "code", "is_active"]}), *add_fieldsets[1:]]
    tabs = ((_("Postcodes"), ("PostcodeRangeView",)), (_("Administration"), ("AdministrationView",)))
    parent_columns = {"organisation": "parent"}

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Hang it in the tree, or change it."""
        if is_new:
            return usecases.add_organisation(**{name: value for name, value in changes.items() if name != "organisation_id"})
        return usecases.change_organisation(item.id, **changes)

    @ask(
        "move",
        _("Hang elsewhere"),
        Question("parent", _("New parent"), "related", model=Organisation),
        note=_("The organisation moves with all that hangs under it."),
        icon="fa-sitemap",
        multiple=False,
    )
    def move(self, items: list[Organisation], answers: dict[str, Any]) -> str:
        """Hang the organisation under another one."""
        return gettext("Organisations moved: %(count)s.", count=usecases.move_organisation(items[0].id, answers["parent"]))


class AdministrationView(AdminView):
    """The books of an organisation."""

    datamodel = ScopedInterface(Administration)
    one, many = _("Administration"), _("Administrations")
    list_columns = ["name", "organisation", "starts_on", "creditor_id", "sender_email"]
    search_columns = ["name", "organisation"]
    base_order = ("name", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Administration"), {"fields": ["name", "organisation", "starts_on", "kvk", "vat_number"]}),
        (_("Invoices"), {"fields": ["invoice_prefix", "reference_kind", "sender_name", "sender_email", "invoice_footer"]}),
        (_("Direct debit"), {"fields": ["creditor_id"]}),
    ]
    edit_fieldsets = [(_("Administration"), {"fields": ["name", "starts_on", "kvk", "vat_number"]}), *add_fieldsets[1:]]
    choices = {"reference_kind": {"rf": _("Creditor reference (RF)"), "kenmerk": _("Dutch payment reference")}}
    description_columns = {
        "creditor_id": _("Needed for direct debit; your bank gives it, for example NL69ZZZ123456780000."),
        "invoice_prefix": _("Stands before the number of each invoice."),
        "sender_email": _("Answers of members go to this address."),
    }

    def save(self, item: Any, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the books, with numbers as the outside world writes them."""
        for name, read in (
            ("creditor_id", parse_creditor_id),
            ("kvk", parse_kvk),
            ("vat_number", parse_vat_number),
            ("sender_email", parse_email),
        ):
            if changes.get(name):
                changes[name] = read(changes[name])
        return super().save(item, is_new, changes)
