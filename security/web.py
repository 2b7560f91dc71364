"""What every request gets: the actor, the environment, and headers; and which pages are open to whom."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import prison
from flask import Flask, Response, abort, current_app, flash, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext

from app.kernel.actor import Actor, system_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from app.organisations import tree
from security import accounts, environments, errors, looking, queries, tokens
from security.access import Access
from security.field_rights import hidden_from
from security.views import bind_forms_to, bind_forms_while_looking, device

# Pages that need no sign-in. A view class may also say `is_public = True` (the enrollment form).
PUBLIC = {"static", "appbuilder.static", "SignInView.login", "health.healthz", "health.readyz"}
# Pages that need a sign-in and no permission: they show nothing of an organisation, or check inside.
FOR_EVERYONE = {
    "SignInView.logout": "ending one's own session",
    "ChangePasswordView.change": "one's own password",
    "AccountView.show": "one's own account",
    "AccountView.end": "one's own session",
    "AccountView.factor": "one's own second step",
    "AccountView.renew": "one's own recovery codes",
    "AccountView.drop": "one's own second step",
    "SignInStepView.step": "leads on who has no step left to do",
    "EnvironmentView.switch": "checks that the environment is within reach",
    "LookAlongView.stop": "ends one's own looking along",
    "UtilView.back": "leads to a page that asks for its own permission",
}
CHECKED_INSIDE = {"action", "action_post", "do"}  # views/acting.py asks for the permission of the action in the method itself
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LARGEST_ID = 2**31 - 1
LONGEST_TOKEN = 100
LONGEST_QUESTION = 4000


class CookieSession(SecureCookieSessionInterface):
    """The signed cookie, without Flask-AppBuilder's list of visited addresses: those hold search words, so personal data."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie."""
        session.pop("page_history", None)
        super().save_session(app, session, response)


def guard(flask: Flask) -> None:
    """Bind the actor to each request, close what is not opened, and put the headers on each answer."""
    flask.session_interface = CookieSession()
    # Before Flask-AppBuilder's own: nobody may be looked up before it is known who.
    flask.before_request_funcs.setdefault(None, [])[0:0] = [_refuse_nonsense, _bind, _only_look, _keep_closed, _keep_to_the_tab]
    flask.after_request(_add_headers)
    flask.teardown_request(_unbind)
    flask.context_processor(environments.for_templates)
    errors.handle(flask)


def _refuse_nonsense() -> None:
    """Refuse what no screen can mean, in one place: row numbers and page numbers that are none, and NUL characters."""
    for key, value in (request.view_args or {}).items():
        if key == "pk" and not (str(value).isascii() and str(value).isdigit() and int(value) <= LARGEST_ID):
            abort(404)
    for key, value in [*request.args.items(multi=True), *_form_items()]:
        if "\0" in key or "\0" in value:
            raise DomainError(
                "unreadable_input", "Er staat een onleesbaar teken in wat je hebt ingevuld. Haal het weg en probeer het opnieuw."
            )
    for key, value in request.args.items(multi=True):
        if key.startswith(("page_", "psize_")) and not (value.isascii() and value.isdigit() and int(value) <= LARGEST_ID):
            raise DomainError("page_unknown", f"Pagina “{value[:20]}” bestaat niet. Ga terug naar het begin van de lijst.")
    if is_api() and (question := request.args.get("q")):
        _refuse_unreadable(question)


def _refuse_unreadable(question: str) -> None:
    """Refuse a question to the API that is no Rison: its reader falls over some of it."""
    try:
        if len(question) > LONGEST_QUESTION:
            raise ValueError
        prison.loads(question)
    except (prison.decoder.ParserException, ValueError, IndexError, RecursionError):
        raise DomainError(
            "question_unreadable", "De vraag achter “q” is geen Rison. Schrijf bijvoorbeeld q=(page:0,page_size:25)."
        ) from None


def _form_items() -> list[tuple[str, str]]:
    return list(request.form.items(multi=True)) if request.method == "POST" else []


def _is_static() -> bool:
    return request.endpoint in ("static", "appbuilder.static")


def _bind() -> None:
    g.access = g.pending = None
    g.bound = ExitStack()
    if _is_static():
        return
    access = _token_access() if is_api() else _present_access()
    if access is None and "token" in session and not is_api():
        g.pending = _pending()
        if g.pending is None:
            session.clear()  # ended, expired or never ours
    if access is not None and "looking" in session and not is_api():
        access = _looking(access)
    g.access = access
    if access is not None and access.looking is None and access.environment is not None and not is_api():
        present = access.environment.organisation_id
        if session.get("environment") != present and (request.method == "POST" or _tab() is None):
            g.came_back = session.get("environment") is not None and present == _tab()
            bind_forms_to(present)
    g.bound.enter_context(working_as(_actor_of(access)))


def _tab() -> int | None:
    """Return the environment of the page that asks: a form names it in a field, a script in a header."""
    named = request.form.get("_env", "") if request.method == "POST" else request.headers.get("X-Environment", "")
    return int(named) if named.isascii() and named.isdigit() and int(named) <= LARGEST_ID else None


def is_api() -> bool:
    """Whether a program asks: a token opens the API and nothing else, and a cookie opens no API."""
    return request.path.startswith("/api/")


def _token_access() -> Access | None:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.casefold() != "bearer" or not token.startswith(tokens.SIGN) or len(token) > LONGEST_TOKEN:
        return None
    with working_as(system_actor("toegang")):
        return tokens.access_of_token(token, current_app.extensions["area_of"])


def _present_access() -> Access | None:
    token = session.get("token")
    if not isinstance(token, str):
        return None
    longest = timedelta(seconds=current_app.config["SESSION_LONGEST_SECONDS"])
    wished = (session.get("environment"),) if "looking" in session else (_tab(), session.get("environment"))
    with working_as(system_actor("toegang")):
        return queries.access_of(token, wished, longest)


def _looking(own: Access) -> Access:
    """Return what is seen by who looks along; his own access, with a note, when that is over."""
    number = session["looking"]
    with working_as(system_actor("toegang")):
        seen = looking.seen(own, number)
    if seen is not None:
        bind_forms_while_looking(number)
        return seen
    with working_as(_actor_of(own)):
        looking.end(own.session_id, number, "voorbij")
    session.pop("looking")
    if own.environment is not None:
        bind_forms_to(own.environment.organisation_id)
    g.looking_is_over = True
    return own


def _only_look() -> Any:
    """Refuse everything but reading to who looks along, and keep which pages he reads."""
    if g.pop("looking_is_over", False):
        if request.method != "GET" or errors.wants_json():
            raise DomainError("only_looking", "Meekijken is afgelopen. Er is niets bewaard. Ga verder vanaf de startpagina.")
        flash(gettext("You no longer look along: the hour is over, or rights have changed."), "warning")
        return redirect(current_app.appbuilder.get_url_for_index)
    access, endpoint = g.access, request.endpoint or ""
    if access is None or access.looking is None or endpoint in ("LookAlongView.stop", "SignInView.logout", "UtilView.back"):
        return None
    view = _view_of(endpoint)
    is_own = (
        endpoint in FOR_EVERYONE or endpoint.partition(".")[0] in ("LookAlongView", "ApiTokenView") or getattr(view, "is_public", False)
    )
    if request.method not in ("GET", "HEAD", "OPTIONS") or is_own or request.path.startswith("/api/"):
        raise DomainError("only_looking", looking.LOOKED_AT)
    if endpoint.rpartition(".")[2] != "lookup":
        looking.keep_page(access, request.path)
    return None


def _pending() -> accounts.Pending | None:
    """Return the step that this session waits for, or None."""
    token = session.get("token")
    if not isinstance(token, str):
        return None
    with working_as(system_actor("toegang")):
        return accounts.pending_of(token)


def _actor_of(access: Access | None) -> Actor:
    address, browser = (request.remote_addr or "")[:64], device()
    if access is None:
        return Actor(name="bezoeker", address=address, device=browser)
    user, environment = access.user, access.environment
    name = f"{user.username} (kijkt mee met {access.looking.username})" if access.looking else user.username
    if environment is None:
        return Actor(name=name, user_id=user.id, address=address, device=browser)
    return Actor(
        name=name[:120],
        organisation_id=environment.organisation_id,
        organisation_ids=access.organisation_ids,
        ancestor_ids=frozenset(tree.ids_in(environment.path)[:-1]),
        user_id=user.id,
        address=address,
        device=browser,
        hidden_fields=hidden_from(access.permissions),
    )


def _unbind(_error: BaseException | None) -> None:
    bound = g.pop("bound", None)
    if bound is not None:
        bound.close()


def _keep_closed() -> Any:
    """Ask for a sign-in everywhere but on public pages, and close a page that asks for no permission by mistake."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC:
        return None
    view = _view_of(endpoint)
    if getattr(view, "is_public", False):
        return None
    if g.pending is not None and endpoint in ("SignInStepView.step", "SignInView.logout"):
        return None
    if g.access is None:
        if errors.wants_json():
            abort(401)
        if g.pending is not None:
            return redirect(url_for("SignInStepView.step"))
        return redirect(current_app.appbuilder.get_url_for_login_with(request.full_path if request.method == "GET" else ""))
    if endpoint in FOR_EVERYONE or is_guarded(view, endpoint) or endpoint == f"{current_app.appbuilder.indexview.__name__}.index":
        return None
    return abort(403)


def _view_of(endpoint: str) -> Any:
    name = endpoint.partition(".")[0]
    return next((view for view in current_app.appbuilder.baseviews if view.endpoint == name), None)


def is_guarded(view: Any, endpoint: str) -> bool:
    """Whether the method behind an endpoint of a view asks for a permission."""
    method = endpoint.rpartition(".")[2]
    return method in CHECKED_INSIDE or hasattr(getattr(view, method, None), "_permission_name")


def _keep_to_the_tab() -> None:
    """Do what a form asks in the environment of its own page, also when another tab switched; refuse it where one may not work any more.

    Such a form also brings the session back to its environment, so that the page after it is of the same one.
    """
    shown, present = _tab(), g.access.environment if g.access else None
    if request.method != "POST" or present is None or request.endpoint == "EnvironmentView.switch" or g.access.looking is not None:
        return
    if request.form.get("_env") and shown != present.organisation_id:
        raise errors.OtherEnvironment(present.name)
    if g.pop("came_back", False):
        flash(gettext("You work in %(name)s again: this page belongs there.", name=present.name), "info")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if not _is_static():
        response.headers["Cache-Control"] = "no-store"
    access = g.get("access")
    if access is not None and access.looking is not None and response.headers.get("Content-Disposition", "").startswith("attachment"):
        response.close()
        title, message = errors.TEXTS[403][0], looking.LOOKED_AT
        return current_app.make_response(errors.answer(403, message, code="only_looking", title=title))
    return response
