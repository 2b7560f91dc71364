"""The screen of one's own tokens: with them a program reads over the REST API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, make_response
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import Select

from app.kernel import clock
from app.kernel.actor import system_actor, the_actor
from app.kernel.unit_of_work import transaction, working_as
from security import tokens
from security.models import ApiToken
from views import menu
from views.access import OWN_PASSWORD
from views.base import FactView, Question, ScopedInterface, action, ask

AREAS = {name: label for name, (label, _icon) in menu.GROUPS.items()}


def ones_own(asked: Select[Any]) -> Select[Any]:
    """Leave only the tokens of who asks, as long as they were not revoked."""
    return asked.where(ApiToken.user_id == the_actor().user_id, ApiToken.revoked_at.is_(None))


class ApiTokenView(FactView):
    """One's own tokens."""

    datamodel = ScopedInterface(ApiToken, narrow=ones_own)
    one, many = _("API token"), _("API tokens")
    list_columns = ["name", "begins_with", "place", "areas", "last_day", "used_on"]
    search_columns = ["name"]
    base_order = ("id", "desc")
    show_columns = ["name", "begins_with", "place", "areas", "last_day", "used_on", "made_at"]
    label_columns = {
        "begins_with": _("Begins with"),
        "place": _("Environment"),
        "areas": _("Opens"),
        "last_day": _("Valid until"),
        "used_on": _("Last used"),
    }
    computed = {"place": lambda row: _place(row.environment_id)}
    choices = {"areas": AREAS}
    empty_text = _("With a token a program, for example your website, reads over the API what you may see.")
    has_history = False

    @ask(
        "make",
        _("Make a token"),
        Question("name", _("Name"), help=_("Which program uses it, for example “Website”.")),
        Question("areas", _("Opens"), "ticks", words=AREAS, help=_("Only reading, and never more than you may see yourself.")),
        Question(
            "last_day", _("Valid until"), "date", start=lambda: clock.today() + timedelta(days=90), help=_("At most a year from now.")
        ),
        OWN_PASSWORD,
        button=_("Make a token"),
        icon="fa-key",
        needs_rows=False,
        note=_("It holds for the environment in which you work now."),
    )
    def make(self, answers: dict[str, Any]) -> Any:
        """Make a token and show it once."""
        access = g.access
        wanted = tokens.Wanted(answers["name"], tuple(answers["areas"]), answers["last_day"])
        with working_as(system_actor("account")):
            token = tokens.make_token(access, wanted, AREAS, answers["own_password"])
        page = self.render_template("security/token.html", title=gettext("Your token"), token=token, appbuilder=self.appbuilder)
        return make_response(page)  # a text would become a message, which travels in the cookie

    @action("revoke", _("Revoke"), _("Whatever uses it stops working at once."), "fa-ban")
    def revoke(self, items: list[ApiToken]) -> str:
        """Make the chosen tokens worthless."""
        with transaction():
            for number in [item.id for item in items]:
                tokens.revoke_token(g.access.user.id, number)
        return gettext("Revoked.")


def _place(environment_id: int) -> str:
    return next((one.name for one in g.access.environments if one.organisation_id == environment_id), "–")
