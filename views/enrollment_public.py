"""The public enrollment form: no sign-in, no script needed, behind the narrow actor of its own organisation.

It asks for no token against forged requests: nobody is signed in here, so there is nothing to forge, and without a cookie the
form works inside a page of the association's own website (`ENROLLMENT_FRAME_ORIGINS`). Abuse meets a trap field, a limit per
sender, a limit per e-mail address and the confirmation by mail.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import limit
from flask_babel import gettext as _

from app.consents.queries import purposes
from app.enrollment import fields, queries, usecases
from app.kernel import clock
from app.kernel.errors import DomainError
from app.kernel.identifiers import shown_phone, spaced_iban
from app.kernel.periods import dutch_date, parse_date
from app.kernel.unit_of_work import working_as
from app.relations.checks import CardRefused
from app.relations.models import GENDERS
from app.relations.naming import running_name
from security.errors import refused
from security.web import CSP
from views.lookups import row_id

TRAP = "website"  # hidden from people; programs fill it in
_TEXTS = (
    "first_name", "initials", "surname", "gender", "street", "house_number", "suffix", "postcode", "town", "email", "phone", "remarks",
    "iban", "account_holder",
)  # fmt: skip
_DATES = ("birth_date", "wanted_from")
_KEPT = (*_TEXTS, *_DATES, "pay", "consents", "department_id")
_PURPOSE = "doel-"
_LONGEST = 2000


class PublicEnrollmentView(BaseView):
    """Become a member."""

    route_base = "/inschrijven"
    default_view = "form"
    is_public = True

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Blueprint:
        """Leave the forged-request token out: see above."""
        blueprint: Blueprint = super().create_blueprint(*args, **kwargs)
        current_app.extensions["csrf"].exempt(blueprint)
        blueprint.register_error_handler(429, self._too_often)
        return blueprint

    @expose("/<string:slug>", methods=["GET"])
    def form(self, slug: str) -> Response:
        """Show the form."""
        door = self._door(slug)
        with working_as(door.actor):
            return self._form_page(slug, door.form_id, {}, {})

    @expose("/<string:slug>", methods=["POST"])
    @limit("6 per minute;40 per hour", methods=["POST"])
    def hand_in(self, slug: str) -> Response:
        """Take in what was filled in, or show what is not right yet."""
        door = self._door(slug)
        typed = _typed()
        thanks = redirect(url_for(f"{self.endpoint}.thanks", slug=slug), 303)
        if typed.get(TRAP):
            return self._framed(thanks)
        with working_as(door.actor):
            if typed.get("stap") == "wijzigen":
                return self._form_page(slug, door.form_id, typed, {})
            try:
                values = _values(typed) | {"purposes": _ticked(typed)}
                cleaned = usecases.check_public(door.form_id, values)
                if typed.get("stap") != "versturen":
                    return self._review_page(slug, door.form_id, typed, cleaned)
                confirm_at = f"{current_app.config['BASE_URL'].rstrip('/')}/inschrijven/{slug}/bevestigen/{{}}"
                usecases.submit_public(door.form_id, values, confirm_at)
            except CardRefused as refused:
                texts = {name: refusal.message for name, refusal in refused.refusals.items()}
                return self._form_page(slug, door.form_id, typed, texts)
        return self._framed(thanks)

    @expose("/<string:slug>/bedankt")
    def thanks(self, slug: str) -> Response:
        """Say what happens next: the same whether the address is known or not."""
        return self._message(
            slug,
            _("Almost done"),
            _("We sent you a mail. Click on the link in it to confirm your enrollment. Nothing there? Look in your spam folder."),
        )

    @expose("/<string:slug>/bevestigen/<string:token>", methods=["GET"])
    def ask_confirm(self, slug: str, token: str) -> Response:
        """Ask for one more click: programs that look at mails follow links, people press buttons."""
        return self._message(
            slug, _("Confirm your enrollment"), _("Is this your e-mail address, and did you fill in the form?"), token=token
        )

    @expose("/<string:slug>/bevestigen/<string:token>", methods=["POST"])
    @limit("20 per minute", methods=["POST"])
    def confirm(self, slug: str, token: str) -> Response:
        """Confirm once."""
        door = self._door(slug)
        with working_as(door.actor):
            try:
                usecases.confirm(token[:100])
            except DomainError as refusal:
                return self._message(slug, _("This link does not work"), refusal.message, status=400)
        return self._framed(redirect(url_for(f"{self.endpoint}.confirmed", slug=slug), 303))

    @expose("/<string:slug>/bevestigd")
    def confirmed(self, slug: str) -> Response:
        """Say that it is in good hands."""
        return self._message(slug, _("Thank you"), _("Your enrollment is confirmed. We look at it and you hear from us."))

    # ---------------------------------------------------------------- pages

    def _too_often(self, error: Any) -> Any:
        """Ask to wait and give the form back as it was filled in."""
        if request.endpoint != f"{self.endpoint}.hand_in":
            return refused(error)
        slug = (request.view_args or {})["slug"]
        typed = _typed()
        door = self._door(slug)
        wait = _("an hour") if error.limit.limit.get_expiry() > 60 else _("a minute")
        said = _("You sent this form too often in a short time. Wait %(time)s and go on then: what you filled in is still here.", time=wait)
        with working_as(door.actor):
            page = self._form_page(slug, door.form_id, typed, {}, said)
        page.status_code = 429
        return page

    def _door(self, slug: str) -> queries.Door:
        if len(slug) > 60:
            abort(404)
        return queries.door(slug, (request.remote_addr or "")[:64])

    def _form_page(self, slug: str, form_id: int, typed: dict[str, str], refusals: dict[str, str], said: str = "") -> Response:
        form = queries.form(form_id)
        departments = queries.choosable_departments(form.function_type_id, form.organisation_id) if form.chooses_department else []
        shown = fields.shown_fields(form.fields or {})
        page = self.render_template(
            "bondgenoot/enrollment_public.html",
            title=form.title,
            form=form,
            slug=slug,
            organisation=form.organisation.name,
            shown={name: required for name, _label, required in shown},
            departments=departments,
            genders=GENDERS,
            creditor=queries.creditor_of(form.organisation_id),
            price=_price(form, departments[0][0] if departments else None, {}),
            typed=typed,
            refusals=refusals,
            said=said,
            labels=_labels(),
            purposes=purposes(form.consent_purposes or []),
            trap=TRAP,
        )
        return self._framed(make_response(page))

    def _review_page(self, slug: str, form_id: int, typed: dict[str, str], cleaned: dict[str, Any]) -> Response:
        form = queries.form(form_id)
        page = self.render_template(
            "bondgenoot/enrollment_review.html",
            title=form.title,
            form=form,
            slug=slug,
            organisation=form.organisation.name,
            lines=_lines(form, cleaned),
            price=_price(form, cleaned.get("department_id"), cleaned),
            typed={name: text for name, text in typed.items() if (name in _KEPT or _purpose_of(name)) and text},
        )
        return self._framed(make_response(page))

    def _message(self, slug: str, title: str, text: str, token: str = "", status: int = 200) -> Response:
        door = self._door(slug)
        with working_as(door.actor):
            organisation = queries.form(door.form_id).organisation.name
            page = self.render_template(
                "bondgenoot/enrollment_message.html", title=title, text=text, slug=slug, token=token, organisation=organisation
            )
        return self._framed(make_response(page, status))

    def _framed(self, answer: Any) -> Response:
        """Let only the websites of the settings show the form inside their own page."""
        origins = current_app.config.get("ENROLLMENT_FRAME_ORIGINS", "")
        if origins:
            answer.headers["Content-Security-Policy"] = CSP.replace("frame-ancestors 'none'", f"frame-ancestors {origins}")
            answer.headers["X-Frame-Options"] = "SAMEORIGIN"  # for browsers that do not know frame-ancestors
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer  # type: ignore[no-any-return]


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "")[:_LONGEST] for name in request.form}


def _ticked(typed: dict[str, str]) -> list[str]:
    """Return the numbers of the purposes that were agreed to; the use case takes only those that the form asks about."""
    return [number for name, text in typed.items() if text and (number := _purpose_of(name))]


def _purpose_of(name: str) -> str:
    """Return the number of the purpose that a tick is about; empty for another field."""
    number = name.removeprefix(_PURPOSE)
    return number if name.startswith(_PURPOSE) and number.isascii() and number.isdigit() and len(number) < 10 else ""


def _values(typed: dict[str, str]) -> dict[str, Any]:
    """Return the answers by column; a date that cannot be read is refused at its field. Raises CardRefused."""
    values: dict[str, Any] = {name: typed.get(name, "") for name in _TEXTS}
    refusals = {}
    for name in _DATES:
        text = typed.get(name, "").strip()
        try:
            values[name] = parse_date(text) if text else None
        except DomainError as refusal:
            refusals[name] = refusal
    values["wants_direct_debit"] = typed.get("pay") == "direct_debit"
    values["consents"] = bool(typed.get("consents"))
    values["department_id"] = row_id(typed.get("department_id", "").strip())
    if values["gender"] not in ("", *GENDERS):
        values["gender"] = ""
    if refusals:
        raise CardRefused(refusals)
    return values


def _labels() -> dict[str, str]:
    """Return the label of each field, for the summary of what is not right yet."""
    more = {
        "street": _("Street"),
        "house_number": _("House number"),
        "postcode": _("Postcode"),
        "town": _("Town"),
        "iban": _("IBAN"),
        "account_holder": _("Account holder"),
        "consents": _("Consent"),
        "department_id": _("Department"),
    }
    return {**{name: label for name, (label, _sentence) in fields.ASKABLE.items()}, **more}


def _lines(form: Any, cleaned: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what was filled in, for a last look."""
    address = f"{cleaned.get('street') or ''} {cleaned.get('house_number') or ''}{cleaned.get('suffix') or ''}, {cleaned.get('postcode') or ''} {cleaned.get('town') or ''}"
    department = dict(queries.choosable_departments(form.function_type_id, form.organisation_id)).get(cleaned.get("department_id") or 0, "")
    debit = (
        f"{_('Pay by direct debit')}, {spaced_iban(cleaned['iban'])}, {cleaned['account_holder']}"
        if cleaned["wants_direct_debit"]
        else _("By transfer")
    )
    lines = [
        (_("Name"), running_name(cleaned["surname"], cleaned.get("prefix"), cleaned.get("first_name"), cleaned.get("initials"))),
        (_("Birth date"), dutch_date(cleaned["birth_date"]) if cleaned.get("birth_date") else ""),
        (_("Address"), address if cleaned.get("street") else ""),
        (_("E-mail"), cleaned["email"]),
        (_("Phone"), shown_phone(cleaned["phone"]) if cleaned.get("phone") else ""),
        (_("Department"), department),
        (_("Wanted from"), dutch_date(cleaned["wanted_from"]) if cleaned.get("wanted_from") else ""),
        (_("Paying"), debit if form.asks_mandate else ""),
        (_("Remarks"), cleaned.get("remarks") or ""),
    ]
    return [(label, text) for label, text in lines if text]


def _price(form: Any, department_id: int | None, known: dict[str, Any]) -> str:
    """Return what it costs to begin, by the form's own contribution, with what is known so far; empty when it cannot be told yet."""
    if form.contribution_id is None:
        return ""
    try:
        found = queries.first_charges(
            department_id or form.organisation_id,
            form.function_type_id,
            known.get("wanted_from") or clock.today(),
            born=known.get("birth_date"),
            price_category_id=form.price_category_id,
            pays_by_direct_debit=bool(known.get("wants_direct_debit")),
            postcode=known.get("postcode") or "",
            only_contribution_id=form.contribution_id,
        )
    except DomainError:
        return ""  # its settings are not finished; whoever judges the enrollment is told
    return str(found[0]) if found and found[0].amount_cents is not None else ""
