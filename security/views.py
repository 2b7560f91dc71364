"""Signing in and out, step by step, and the environment one works in."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthView
from flask_babel import gettext, lazy_gettext
from flask_login import login_user
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo

from app.kernel.actor import system_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from security import looking, own_account, second_factor, signing_in
from security.access import SignedIn
from security.accounts import Pending

CSRF_FIELD = "csrf_token"
PASSWORD_HELP = lazy_gettext("At least 12 characters; a short sentence is easy to remember.")


def begin_session(user: SignedIn, token: str) -> None:
    """Begin a new cookie for a signed-in person: nothing of the one before stays."""
    begin_step(token)
    login_user(user)


def begin_step(token: str) -> None:
    """Begin a new cookie for who still has a step to do: it opens that step only."""
    session.clear()
    session.permanent = True
    session["token"] = token


def bind_forms_to(organisation_id: int) -> None:
    """Make the forms of this session valid in one environment only: a page of another environment cannot be posted by mistake."""
    session["environment"] = organisation_id
    _bind_forms(str(organisation_id))


def bind_forms_while_looking(number: int) -> None:
    """Make the forms seen while looking along valid for stopping only: none of them can be posted as oneself afterwards."""
    _bind_forms(f"looking {number}")


def _bind_forms(to: str) -> None:
    key = f"{session['token']} {to}".encode()
    session[CSRF_FIELD] = hmac.new(current_app.secret_key.encode(), key, hashlib.sha256).hexdigest()


def inside(address: str) -> str:
    """Return an address of this site as it was asked for, or the start page for any other."""
    plain = address.isascii() and address.isprintable() and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if plain else current_app.appbuilder.get_url_for_index


def address() -> str:
    """Return where the request comes from."""
    return request.remote_addr or ""


def device() -> str:
    """Return which browser asks, in a few words: people know their own again by it."""
    agent = request.user_agent.string or ""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for sign, name in browsers if sign in agent), "")
    system = next((name for sign, name in systems if sign in agent), "")
    return gettext("%(browser)s on %(system)s", browser=browser, system=system) if browser and system else browser or system


class NewPasswordForm(DynamicForm):
    """A new password, asked for twice."""

    wanted = PasswordField(
        lazy_gettext("New password"), description=PASSWORD_HELP, validators=[DataRequired()], widget=BS3PasswordFieldWidget()
    )
    again = PasswordField(
        lazy_gettext("New password again"),
        validators=[EqualTo("wanted", message=lazy_gettext("The two new passwords differ."))],
        widget=BS3PasswordFieldWidget(),
    )


class CodeForm(DynamicForm):
    """A code of an authenticator app, or a recovery code."""

    code = StringField(
        lazy_gettext("Code"),
        description=lazy_gettext("The six figures that your app shows now."),
        validators=[DataRequired()],
    )


class SignInView(AuthView):
    """Signing in with user name or e-mail address and password, and signing out."""

    login_template = "appbuilder/general/security/login_db.html"
    title = lazy_gettext("Sign In")

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Response | str:
        """Show the form, or begin a session. Every refusal is the same."""
        if g.access is not None:
            return redirect(inside(request.args.get("next", "")))
        form = LoginForm_db()
        if form.validate_on_submit():
            with working_as(system_actor("inloggen")):
                begun = signing_in.sign_in(form.username.data, form.password.data, address(), device())
            if begun:
                return go_in(begun, form.username.data, request.args.get("next", ""))
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
            if access.looking is not None:
                looking.end(access.session_id, access.looking.number, "uitgelogd")
            signing_in.sign_out(access.session_id, access.user.id)
        elif g.pending is not None:
            with working_as(system_actor("inloggen")):
                signing_in.sign_out(g.pending.session_id, g.pending.user_id)
        session.clear()
        return redirect(self.appbuilder.get_url_for_login)


def go_in(begun: signing_in.Begun, username: str, next_address: str) -> Response:
    """Lead to the next step, or into the program."""
    if begun.waits_for:
        begin_step(begun.token)
        return redirect(url_for("SignInStepView.step", next=inside(next_address)))
    begin_session(SignedIn(begun.user_id, username, "", "", ""), begun.token)
    return redirect(inside(next_address))


class SignInStepView(BaseView):
    """What is left to do between the password and the program: a code, an own password, or setting up the second step."""

    route_base = "/inloggen"
    default_view = "step"

    @expose("/stap", methods=["GET", "POST"])
    def step(self) -> Response | tuple[str, int] | str:
        """Show the step that the session waits for, or do it."""
        pending: Pending | None = g.pending
        if pending is None:
            return redirect(self.appbuilder.get_url_for_index)
        with working_as(system_actor("inloggen")):
            return {"code": self._code, "password": self._password, "factor": self._factor}[pending.waits_for](pending)

    def _code(self, pending: Pending) -> Response | tuple[str, int] | str:
        form, status = CodeForm(), 200
        if form.validate_on_submit():
            try:
                return go_in(signing_in.pass_code(pending, form.code.data, address()), pending.username, request.args.get("next", ""))
            except DomainError as refusal:
                flash(refusal.message, "danger")
                status = 400
        return self._page("security/step_code.html", gettext("Second step"), status, form=form)

    def _password(self, pending: Pending) -> Response | tuple[str, int] | str:
        form, status = NewPasswordForm(), 200
        if form.validate_on_submit():
            try:
                own_account.replace_first_password(pending, form.wanted.data)
                return go_in(signing_in.go_on(pending, address()), pending.username, request.args.get("next", ""))
            except DomainError as refusal:
                flash(refusal.message, "danger")
                status = 400
        return self._page("security/step_password.html", gettext("Choose your own password"), status, form=form)

    def _factor(self, pending: Pending) -> Response | tuple[str, int] | str:
        form, status = CodeForm(), 200
        if form.validate_on_submit():
            try:
                codes = own_account.confirm_second_step(pending.user_id, form.code.data)
                begun = signing_in.go_on(pending, address())
                begin_session(SignedIn(begun.user_id, pending.username, "", "", ""), begun.token)
                following = inside(request.args.get("next", ""))
                return self._page("security/recovery_codes.html", gettext("Recovery codes"), 200, codes=codes, following=following)
            except DomainError as refusal:
                flash(refusal.message, "danger")
                status = 400
        secret = own_account.prepare_second_step(pending.user_id)
        return self._page(
            "security/step_factor.html",
            gettext("Set up a second step"),
            status,
            form=form,
            picture=second_factor.picture_of(secret, pending.username),
            secret=second_factor.in_fours(secret),
        )

    def _page(self, template: str, title: str, status: int, **values: object) -> tuple[str, int]:
        return self.render_template(template, title=title, appbuilder=self.appbuilder, **values), status


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
