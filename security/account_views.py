"""One's own account: password, second step, where one is signed in; and a new password for who forgot it."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired

from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from security import accounts, own_account, second_factor, signing_in
from security.views import CodeForm, NewPasswordForm, address, begin_session, bind_forms_to, device


class PresentPasswordForm(DynamicForm):
    """One's present password, before something that matters."""

    present = PasswordField(lazy_gettext("Present password"), validators=[DataRequired()], widget=BS3PasswordFieldWidget())


class ChangePasswordForm(PresentPasswordForm, NewPasswordForm):
    """One's own password, asked for twice, with the present one."""


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
                token = own_account.change_own_password(user.id, form.present.data, form.wanted.data, address(), device())
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


class AccountView(BaseView):
    """One's own account."""

    route_base = "/account"
    default_view = "show"

    @expose("/", methods=["GET"])
    def show(self) -> str:
        """Show how one signs in, and where one is signed in."""
        user = g.access.user
        with working_as(system_actor("account")):
            setting = signing_in.setting_of(user.id)
            since = setting.totp_since if setting else None
            sessions = accounts.sessions_of(user.id, timedelta(seconds=current_app.config["SESSION_LONGEST_SECONDS"]))
            left = accounts.recovery_codes_left(user.id)
            needed = accounts.needs_second_factor(user.id, clock.today())
        return self.render_template(
            "security/account.html",
            title=gettext("My account"),
            since=since,
            sessions=sessions,
            left=left,
            needed=needed,
            may_tokens=g.access.may("can_list", "ApiTokenView"),
            present=PresentPasswordForm(),
            present_id=g.access.session_id,
            appbuilder=self.appbuilder,
        )

    @expose("/sessie/<int:number>/beeindigen", methods=["POST"])
    def end(self, number: int) -> Response:
        """End one of one's own sessions."""
        own_account.end_session(g.access.user.id, number)
        flash(gettext("Signed out there."), "success")
        return redirect(url_for("AccountView.show"))

    @expose("/tweede-stap", methods=["GET", "POST"])
    def factor(self) -> tuple[str, int] | str:
        """Set up a second step."""
        user, form, status = g.access.user, CodeForm(), 200
        if form.validate_on_submit():
            try:
                codes = own_account.confirm_second_step(user.id, form.code.data)
                return self._codes(codes)
            except DomainError as refusal:
                flash(refusal.message, "danger")
                status = 400
        secret = own_account.prepare_second_step(user.id)
        page = self.render_template(
            "security/step_factor.html",
            title=gettext("Set up a second step"),
            form=form,
            picture=second_factor.picture_of(secret, user.username),
            secret=second_factor.in_fours(secret),
            appbuilder=self.appbuilder,
        )
        return page, status

    @expose("/herstelcodes", methods=["POST"])
    def renew(self) -> str:
        """Give new recovery codes."""
        return self._codes(own_account.renew_recovery_codes(g.access.user.id, request.form.get("present", "")))

    @expose("/tweede-stap/uit", methods=["POST"])
    def drop(self) -> Response:
        """Switch the second step off."""
        own_account.drop_second_step(g.access.user.id, request.form.get("present", ""))
        flash(gettext("The second step is off."), "success")
        return redirect(url_for("AccountView.show"))

    def _codes(self, codes: list[str]) -> str:
        return self.render_template(
            "security/recovery_codes.html",
            title=gettext("Recovery codes"),
            codes=codes,
            following=url_for("AccountView.show"),
            appbuilder=self.appbuilder,
        )


class ForgottenForm(DynamicForm):
    """Who forgot the password."""

    name = StringField(lazy_gettext("User name or e-mail"), validators=[DataRequired()])


class ForgottenPasswordView(BaseView):
    """A link by mail for who forgot the password. Says the same to everyone."""

    route_base = "/wachtwoord"
    default_view = "ask"
    is_public = True

    @expose("/vergeten", methods=["GET", "POST"])
    def ask(self) -> str:
        """Ask for a link."""
        form = ForgottenForm()
        asked = form.validate_on_submit()
        if asked:
            with working_as(system_actor("inloggen")):
                own_account.ask_reset(form.name.data)
        return self.render_template(
            "security/forgotten.html", title=gettext("Forgot your password"), form=form, asked=asked, appbuilder=self.appbuilder
        )

    @expose("/nieuw/<token>", methods=["GET", "POST"])
    def choose(self, token: str) -> Response | tuple[str, int]:
        """Choose a new password with the link."""
        form, status = NewPasswordForm(), 200
        with working_as(system_actor("inloggen")):
            works = accounts.user_of_reset(token, clock.now() - own_account.LINK_HOLDS) is not None
            if works and form.validate_on_submit():
                try:
                    own_account.reset_password(token, form.wanted.data)
                except DomainError as refusal:
                    flash(refusal.message, "danger")
                    status = 400
                else:
                    session.clear()
                    flash(gettext("Your new password is set. You can sign in with it now."), "success")
                    return redirect(self.appbuilder.get_url_for_login)
        page = self.render_template(
            "security/step_password.html",
            title=gettext("Choose a new password"),
            form=form,
            dead="" if works else own_account.LINK_DEAD,
            appbuilder=self.appbuilder,
        )
        return page, status if works else 404
