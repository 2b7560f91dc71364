"""Signing in and out, one's own password, and the environment one works in."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app, flash, g, redirect, request, session
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthView
from flask_babel import gettext, lazy_gettext
from flask_login import login_user
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import DataRequired, EqualTo

from app.kernel.actor import system_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from security import usecases
from security.access import SignedIn

CSRF_FIELD = "csrf_token"


def begin_session(user: SignedIn, token: str) -> None:
    """Begin a new cookie for a signed-in person: nothing of the one before stays."""
    session.clear()
    session.permanent = True
    session["token"] = token
    login_user(user)


def bind_forms_to(organisation_id: int) -> None:
    """Make the forms of this session valid in one environment only: a page of another environment cannot be posted by mistake."""
    key = f"{session['token']} {organisation_id}".encode()
    session["environment"] = organisation_id
    session[CSRF_FIELD] = hmac.new(current_app.secret_key.encode(), key, hashlib.sha256).hexdigest()


def _inside(address: str) -> str:
    """Return an address of this site as it was asked for, or the start page for any other."""
    plain = address.isascii() and address.isprintable() and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if plain else current_app.appbuilder.get_url_for_index


class SignInView(AuthView):
    """Signing in with user name or e-mail address and password, and signing out."""

    login_template = "appbuilder/general/security/login_db.html"
    title = lazy_gettext("Sign In")

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Response | str:
        """Show the form, or begin a session. Every refusal is the same."""
        if g.access is not None:
            return redirect(_inside(request.args.get("next", "")))
        form = LoginForm_db()
        if form.validate_on_submit():
            with working_as(system_actor("inloggen")):
                made = usecases.sign_in(form.username.data, form.password.data, request.remote_addr or "")
            if made:
                user_id, token = made
                begin_session(SignedIn(user_id, form.username.data, "", "", ""), token)
                return redirect(_inside(request.args.get("next", "")))
            flash(
                gettext("Signing in did not work. Check name and password; after five wrong attempts an administrator must unblock you."),
                "warning",
            )
        return self.render_template(self.login_template, title=self.title, form=form, appbuilder=self.appbuilder)

    @expose("/logout/", methods=["GET", "POST"])
    def logout(self) -> Response:
        """End the session, here and for every copy of the cookie."""
        access = g.access
        if access is not None:
            usecases.sign_out(access.session_id, access.user.id)
        session.clear()
        return redirect(self.appbuilder.get_url_for_login)


class ChangePasswordForm(DynamicForm):
    """One's own password, asked for twice, with the present one."""

    present = PasswordField(lazy_gettext("Present password"), validators=[DataRequired()], widget=BS3PasswordFieldWidget())
    wanted = PasswordField(
        lazy_gettext("New password"),
        description=lazy_gettext("At least 12 characters; a short sentence is easy to remember."),
        validators=[DataRequired()],
        widget=BS3PasswordFieldWidget(),
    )
    again = PasswordField(
        lazy_gettext("New password again"),
        validators=[EqualTo("wanted", message=lazy_gettext("The two new passwords differ."))],
        widget=BS3PasswordFieldWidget(),
    )


class ChangePasswordView(BaseView):
    """One's own password."""

    route_base = "/wachtwoord"
    default_view = "change"

    @expose("/", methods=["GET", "POST"])
    def change(self) -> Response | tuple[str, int] | str:
        """Show the form, or change the password and end all other sessions."""
        form = ChangePasswordForm()
        status = 200
        if form.validate_on_submit():
            user = g.access.user
            try:
                token = usecases.change_own_password(user.id, form.present.data, form.wanted.data, request.remote_addr or "")
            except DomainError as refusal:
                flash(refusal.message, "danger")
                status = 400
            else:
                organisation_id = session.get("environment")
                begin_session(user, token)
                if organisation_id is not None:
                    bind_forms_to(organisation_id)
                flash(gettext("Your password was changed. You were signed out everywhere else."), "success")
                return redirect(self.appbuilder.get_url_for_index)
        page = self.render_template("security/password.html", title=gettext("Change password"), form=form, appbuilder=self.appbuilder)
        return page, status


class EnvironmentView(BaseView):
    """The organisation that one works in."""

    route_base = "/omgeving"
    default_view = "switch"

    @expose("/", methods=["POST"])
    def switch(self) -> Response:
        """Work in another organisation from now on, when it is within reach. Raises DomainError."""
        wanted = request.form.get("organisation_id", "")
        for environment in g.access.environments:
            if str(environment.organisation_id) == wanted:
                bind_forms_to(environment.organisation_id)
                flash(gettext("You now work in %(name)s.", name=environment.name), "success")
                return redirect(self.appbuilder.get_url_for_index)
        raise DomainError(
            "environment_out_of_reach", "In die organisatie heb je geen rechten (meer). Kies een andere omgeving uit de lijst."
        )
