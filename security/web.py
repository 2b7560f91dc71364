"""What every request gets: the actor, the environment, and headers; and which pages are open to whom."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import prison
from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from app.kernel.actor import Actor, system_actor
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import working_as
from app.organisations import tree
from security import accounts, environments, errors, giving, queries, tokens
from security.access import Access
from security.field_rights import hidden_from
from security.views import bind_forms_to

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
    flask.before_request_funcs.setdefault(None, [])[0:0] = [_refuse_nonsense, _bind, _keep_closed, _refuse_other_environment]
    flask.after_request(_add_headers)
    flask.teardown_request(_unbind)
    flask.context_processor(environments.for_templates)
    errors.handle(flask)
    giving.install()


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
    g.access = access
    if (
        access is not None
        and access.environment is not None
        and not is_api()
        and session.get("environment") != access.environment.organisation_id
    ):
        bind_forms_to(access.environment.organisation_id)
    g.bound.enter_context(working_as(_actor_of(access)))


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
    token, organisation_id = session.get("token"), session.get("environment")
    if not isinstance(token, str):
        return None
    longest = timedelta(seconds=current_app.config["SESSION_LONGEST_SECONDS"])
    with working_as(system_actor("toegang")):
        return queries.access_of(token, organisation_id, longest)


def _pending() -> accounts.Pending | None:
    """Return the step that this session waits for, or None."""
    token = session.get("token")
    if not isinstance(token, str):
        return None
    with working_as(system_actor("toegang")):
        return accounts.pending_of(token)


def _actor_of(access: Access | None) -> Actor:
    address = (request.remote_addr or "")[:64]
    if access is None:
        return Actor(name="bezoeker", address=address)
    user, environment = access.user, access.environment
    if environment is None:
        return Actor(name=user.username, user_id=user.id, address=address)
    return Actor(
        name=user.username,
        organisation_id=environment.organisation_id,
        organisation_ids=access.organisation_ids,
        ancestor_ids=frozenset(tree.ids_in(environment.path)[:-1]),
        user_id=user.id,
        address=address,
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


def _refuse_other_environment() -> None:
    """Refuse a form of another environment than the session's: it was switched in another tab meanwhile."""
    shown = request.form.get("_env") if request.method == "POST" else None
    present = g.access.environment if g.access else None
    if shown and present and shown != str(present.organisation_id) and request.endpoint != "EnvironmentView.switch":
        raise errors.OtherEnvironment(present.name)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if not _is_static():
        response.headers["Cache-Control"] = "no-store"
    return response
