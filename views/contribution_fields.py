"""What numbers and names in the settings of contributions point at: rows to look up and words to choose from, within scope."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.contributions.adjustments import KINDS
from app.contributions.queries import function_categories, known_fields, price_categories
from app.functions.models import FunctionType
from app.groups.models import TargetGroup
from app.kernel.actor import current_actor
from views.lookups import Lookup
from views.shapes import References

_WHOSE = {"function": _("Function"), "organisation": _("Organisation"), "member_of": _("Target group")}


def field_words(*kinds: str) -> dict[str, str]:
    """Return the card fields of some kinds (number, yes_no, date …) with what they are called; none before anybody is there to ask."""
    actor = current_actor()
    if actor is None or actor.organisation_id is None:
        return {}
    known = known_fields(actor.organisation_id)
    return {
        name: f"{terms.label} ({_WHOSE.get(name.partition('.')[0], _('Relation'))})"
        for name, terms in known.items()
        if not kinds or terms.kind in kinds
    }


def category_words() -> dict[str, str]:
    """Return the price categories; none before anybody is there to ask."""
    return price_categories() if current_actor() is not None else {}


def kind_words() -> dict[str, str]:
    """Return the kinds that may also change a fee beside the price."""
    return {code: kind.NAME for code, kind in KINDS.items() if not kind.BESIDE}


REFERENCES = References(
    {"function_type": Lookup(FunctionType), "selection": Lookup(TargetGroup)},
    {"function_category": function_categories, "price_category": category_words, "field": field_words, "kinds": kind_words},
)
