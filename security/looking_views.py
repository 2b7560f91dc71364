"""The pages of looking along: choosing where, and stopping."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, request, session, url_for
from flask_appbuilder import has_access
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import PasswordField, RadioField
from wtforms.validators import DataRequired

from app.kernel.actor import system_actor
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import working_as
from security import accounts, looking
from security.views import bind_forms_to


class LookAlongForm(DynamicForm):
    """Where to look along, and one's own password."""

    place = RadioField(lazy_gettext("In which environment"), coerce=int, validators=[DataRequired()])
    own_password = PasswordField(lazy_gettext("Your own password"), validators=[DataRequired()], widget=BS3PasswordFieldWidget())


class LookAlongView(BaseView):
    """Seeing the program as another user does."""

    route_base = "/meekijken"
    default_view = "begin"

    @expose("/<int:user_id>", methods=["GET", "POST"])
    @has_access
    @permission_name("begin")
    def begin(self, user_id: int) -> Response | tuple[str, int]:
        """Ask where, or begin."""
        with working_as(system_actor("meekijken")):
            account = accounts.account_by_id(user_id)
        if account is None:
            abort(404)
        try:
            places = looking.places_of(g.access, user_id)
        except DomainError as refusal:
            flash(refusal.message, "danger")
            return redirect(url_for("UserView.list"))
        form, status = LookAlongForm(), 200
        form.place.choices = [(place.organisation_id, " › ".join(place.path_names)) for place in places]
        if request.method == "GET":
            form.place.data = places[0].organisation_id
        elif form.validate():
            try:
                session["looking"] = looking.begin(g.access, user_id, form.place.data, form.own_password.data)
                return redirect(self.appbuilder.get_url_for_index)
            except NotFound:
                abort(404)
            except DomainError as refusal:
                flash(refusal.message, "danger")
                status = 400
        else:
            status = 400
        page = self.render_template(
            "security/look_along.html",
            title=gettext("Look along with %(name)s", name=account.username),
            form=form,
            appbuilder=self.appbuilder,
        )
        return page, status

    @expose("/stop", methods=["POST"])
    def stop(self) -> Response:
        """Stop looking along."""
        number: Any = session.pop("looking", None)
        if g.access.looking is not None and number is not None:
            user_id = g.access.looking.user_id
            looking.end(g.access.session_id, number, "gestopt")
            bind_forms_to(session["environment"])
            flash(gettext("You no longer look along."), "success")
            return redirect(url_for("UserView.show", pk=user_id))
        return redirect(self.appbuilder.get_url_for_index)
