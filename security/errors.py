"""One way of refusing: every error becomes a Dutch page (or JSON) with what the user can do, and never more than that."""

from __future__ import annotations

import logging
import secrets
import traceback
from typing import Any

from flask import Flask, current_app, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.kernel.db import db
from app.kernel.errors import DomainError, NotAllowed, NotFound
from security.scope import OutOfScopeError

log = logging.getLogger("bondgenoot")

# What the user reads for each way in which the web itself refuses.
TEXTS = {
    400: ("Dit verzoek is niet begrepen", "Ga terug naar de vorige pagina, laad haar opnieuw en probeer het nog eens."),
    401: ("Je bent niet ingelogd", "Log in en probeer het opnieuw."),
    403: ("Dit mag je niet", "Je hebt hier geen rechten voor in deze omgeving. Kies een andere omgeving, of vraag het je beheerder."),
    404: ("Niet gevonden", "Dit bestaat niet (meer), of het hoort niet bij jouw omgeving."),
    405: ("Dat kan zo niet", "Deze pagina kan niet op deze manier worden geopend. Gebruik de knop op de pagina ervoor."),
    413: ("Te groot", "Het bestand of formulier is te groot. Kies een kleiner bestand."),
    429: ("Even geduld", "Je hebt dit te vaak achter elkaar geprobeerd. Wacht een minuut en probeer het opnieuw."),
}
STALE_FORM = "Deze pagina is te lang geleden geopend, of je werkt intussen in een andere omgeving. Ga terug, laad de pagina opnieuw en bewaar nog eens."
CONFLICT = (
    "Dit is niet bewaard: er bestaat al iets met deze gegevens, of het wordt nog ergens gebruikt. "
    "Controleer wat je hebt ingevuld, of beëindig het in plaats van het te verwijderen."
)
TOO_LARGE = "Een getal, datum of tekst is te groot of staat er verkeerd. Controleer wat je hebt ingevuld en probeer het opnieuw."
STALE_ROW = "Iemand anders heeft dit intussen gewijzigd. Laad de pagina opnieuw, bekijk wat er veranderd is en bewaar daarna nog eens."
BUSY = "Het is nu te druk om dit te bewaren. Er is niets veranderd; probeer het over een minuut opnieuw."
_STATUS = {"not_found": 404, "not_allowed": 403, "other_environment": 409}


class OtherEnvironment(DomainError):
    """A form of one environment was posted while the session works in another."""

    def __init__(self, present: str) -> None:
        super().__init__(
            "other_environment",
            f"Je werkt nu in {present}; deze pagina hoort bij een andere omgeving. Er is niets bewaard. "
            "Ga terug: wat je had ingevuld staat er nog. Kies eerst weer de omgeving van die pagina en bewaar dan opnieuw.",
            environment=present,
        )


def handle(flask: Flask) -> None:
    """Put the one error layer on the application."""
    flask.register_error_handler(DomainError, _refused)
    flask.register_error_handler(HTTPException, _http)
    flask.register_error_handler(SQLAlchemyError, _database)
    flask.register_error_handler(OverflowError, _too_large)
    flask.register_error_handler(Exception, _fault)


def wants_json() -> bool:
    """Whether the asker is a program."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.path.startswith("/api/") or best == "application/json" or request.is_json


def _refused(error: DomainError) -> Any:
    status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, NotAllowed) else _STATUS.get(error.code, 400)
    return answer(status, error.message, code=error.code, title=TEXTS[404][0] if status == 404 else "Dat gaat niet")


def _http(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    if (error.code or 500) >= 500:
        return _fault(error)
    if isinstance(error, CSRFError):
        return answer(400, STALE_FORM, code="stale_form", title=TEXTS[400][0])
    title, message = TEXTS.get(error.code or 400, TEXTS[400])
    return answer(error.code or 400, message, code=f"http_{error.code}", title=title)


def refused(error: HTTPException) -> Any:
    """Answer what the web itself refuses, for who handles some of it in another way."""
    return _http(error)


def _database(error: SQLAlchemyError) -> Any:
    if isinstance(error, OutOfScopeError):
        return answer(404, TEXTS[404][1], code="not_found", title=TEXTS[404][0])
    if isinstance(error, StaleDataError):
        return answer(409, STALE_ROW, code="changed_meanwhile", title="Intussen gewijzigd")
    if isinstance(error, DataError):
        return _too_large(error)
    if isinstance(error, IntegrityError) or _is_refusal_of_the_wall(error):
        _log(error, "refused")
        return answer(400, CONFLICT, code="conflict", title="Niet bewaard")
    busy = ("40P01", "40001", "55P03")  # PostgreSQL: deadlock, serialisation, lock timeout
    if isinstance(error, OperationalError) and ("locked" in str(error.orig) or getattr(error.orig, "sqlstate", None) in busy):
        _log(error, "busy")
        return answer(503 if request.is_json else 409, BUSY, code="busy", title="Even geduld")
    return _fault(error)


def _too_large(error: Exception) -> Any:
    """A number or text that the database cannot hold."""
    _log(error, "refused")
    return answer(400, TOO_LARGE, code="too_large", title=TEXTS[400][0])


def _is_refusal_of_the_wall(error: SQLAlchemyError) -> bool:
    """Whether a trigger or policy of the database refused: wall 2, and the facts that never change."""
    if not isinstance(error, DBAPIError):
        return False
    state, text = getattr(error.orig, "sqlstate", None), str(error.orig)
    return state in ("42501", "P0001") or "scope of the actor" in text or "facts are never changed" in text


def _fault(error: Exception) -> Any:
    reference = secrets.token_hex(4).upper()
    _log(error, reference)
    message = f"Er ging iets mis aan onze kant; er is niets half bewaard. Meld het bij je beheerder met nummer {reference}."
    return answer(500, message, code="fault", title="Er ging iets mis", reference=reference)


def log_fault(error: BaseException | None, reference: str) -> None:
    """Log a fault that was answered elsewhere."""
    if error is not None:
        _log(error, reference)


def _log(error: BaseException, reference: str) -> None:
    """Log where it went wrong, without the values: messages of errors hold personal data."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    cause = getattr(error, "orig", None) or error.__cause__
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None) or ""
    log.error(
        "%s %s %s: %s%s %s\n%s",
        reference,
        request.method,
        request.endpoint,
        type(error).__name__,
        f" ({type(cause).__name__})" if cause else "",
        constraint,
        frames,
    )


def answer(status: int, message: str, *, code: str, title: str, reference: str = "") -> Any:
    """Return the refusal as a page or as JSON. What was half done in the session is undone first."""
    db.session.rollback()
    if wants_json():
        return jsonify({"error": code, "message": message, **({"reference": reference} if reference else {})}), status
    try:
        appbuilder = current_app.appbuilder
        page = render_template(
            "security/refused.html", title=title, message=message, appbuilder=appbuilder, base_template=appbuilder.base_template
        )
    except (TemplateError, SQLAlchemyError, RuntimeError, AttributeError, KeyError) as error:
        _log(error, "the page of a refusal could not be shown as usual")
        page = render_template("security/refused_plain.html", title=title, message=message)
    return page, status
