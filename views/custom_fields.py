"""Screens of custom fields and of the fields that formulas may name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.contributions.fields import built_in_codes
from app.contributions.queries import field_list, named_in
from app.custom_fields import usecases
from app.custom_fields.models import CustomField
from app.kernel.identifiers import folded
from views.base import AdminView, ScopedInterface, action
from views.fields import TextField
from views.questions import Question
from views.reports import Answers, ReportTable, ReportView


class ListingField(TextField):
    """Several short texts, one per line."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the lines."""
        super().process_formdata(valuelist)
        self.data = [line for line in (self.data or "").split("\n") if line.strip()]


class CustomFieldView(AdminView):
    """Fields that are added to relations, functions and organisations."""

    datamodel = ScopedInterface(CustomField, load=("organisation",))
    one, many = _("Custom field"), _("Custom fields")
    list_columns = ["label", "holder", "kind", "code", "is_required", "is_active", "organisation"]
    search_columns = ["label", "holder", "kind", "code", "is_active", "organisation"]
    base_order = ("label", "asc")
    show_fieldsets = add_fieldsets = [
        (_("Custom field"), {"fields": ["holder", "label", "kind", "choices", "code"]}),
        (_("On the form"), {"fields": ["help", "is_required", "position", "is_on_list", "is_active", "organisation"]}),
    ]
    edit_fieldsets = [
        (_("Custom field"), {"fields": ["label", "kind", "choices", "code"]}),
        (_("On the form"), {"fields": ["help", "is_required", "position", "is_on_list", "is_active"]}),
    ]
    fields = {"choices": ListingField}
    label_columns = {
        "code": _("Name in formulas"),
        "label": _("What it is called"),
        "help": _("Help"),
        "holder": _("Stands on"),
        "is_on_list": _("Column of the list"),
    }
    description_columns = {
        "holder": _("On every relation, every function or every organisation."),
        "choices": _("Only for a choice: one per line."),
        "code": _("Small letters, figures and _, for example amount_per_month; formulas then say {person.amount_per_month}."),
        "help": _("Stands under the field on the form."),
        "position": _("Lower comes first."),
        "is_on_list": _("The list of all rows shows it as a column."),
        "is_active": _("Off: no longer on forms; what was filled in stays."),
        "organisation": _("The field holds here and for all below."),
    }
    delete_note = _("Only a field that is filled in nowhere and that no formula names can be deleted.")

    def save(self, item: CustomField, is_new: bool, changes: dict[str, Any]) -> Any:
        """Keep the field, unless a formula or a card would be left with something else."""
        if is_new:
            return usecases.add_field(**changes, built_in=built_in_codes(changes.get("holder") or ""))
        usecases.change_field(item.id, named_in, built_in=built_in_codes(item.holder), **changes)
        return item

    def remove(self, item: CustomField) -> None:
        """Delete the field when nothing depends on it."""
        usecases.remove_field(item.id, named_in)

    @action(
        "clear_values",
        _("Wipe the values"),
        _("Wipe what was filled in for this field on all cards? You cannot undo this."),
        "fa-eraser",
        multiple=False,
    )
    def clear_values(self, items: list[CustomField]) -> str:
        """Wipe what was filled in."""
        return gettext("Wiped on %(count)s cards.", count=usecases.clear_values(items[0].id, named_in))


class FormulaFieldsView(ReportView):
    """What a formula may name, with the kind of each: the treasurer's help."""

    title = _("Fields for formulas")
    lead = _("What you can name in the formula of a contribution rule or a condition. A yes/no field counts as 1 or 0.")

    def questions(self, organisation_id: int) -> Sequence[Question]:  # noqa: ARG002
        """Ask a word to search for."""
        return (Question("name", _("Search"), required=False, start=""),)

    def tables(self, organisation_id: int, answers: Answers) -> Sequence[ReportTable]:
        """Return one row per field."""
        word = folded(answers["name"] or "")
        heads = [(_("Write in the formula"), ""), (_("What it is"), ""), (_("Kind"), ""), (_("Explanation"), "")]
        rows = [row for row in field_list(organisation_id) if word in folded(" ".join(row))]
        return [ReportTable(heads, rows)]
