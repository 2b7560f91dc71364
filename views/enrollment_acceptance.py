"""Enrollment acceptance, a custom view: who applies beside who is known, and what one becomes; accept, ask, take over or decline."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from sqlalchemy import select

from app.enrollment import comparison, queries, usecases
from app.enrollment.acceptance import Acceptance
from app.enrollment.models import ENROLLMENT, Enrollment
from app.enrollment.oddities import Applicant, oddities
from app.functions.models import FunctionType, PriceCategory
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.periods import dutch_date, parse_date
from app.organisations.queries import department_for
from app.relations.models import Relation
from views.lookups import row_id

NEW = "nieuw"


@dataclass
class Choices:
    """What stands chosen on the page: proposed at first, then as the user left it."""

    relation_id: int | None = None
    department_id: int | None = None
    from_day: str = ""
    function_type_id: int | None = None
    price_category_id: int | None = None
    household_with_id: int | None = None
    gives_mandate: bool = False
    sends_welcome: bool = True
    taken: dict[str, str] = field(default_factory=dict)


class EnrollmentAcceptanceView(BaseView):
    """Judge enrollments one by one."""

    route_base = "/inschrijvingen/beoordelen"
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("list")
    def index(self) -> Any:
        """Go to the enrollment that waits longest, or say that there is none."""
        waiting = queries.place_in_queue(0).next_id
        if waiting is None:
            return self.render_template("bondgenoot/enrollment_done.html", title=_("Judge enrollments"))
        return redirect(self._address(waiting))

    @expose("/<int:enrollment_id>")
    @has_access
    @permission_name("list")
    def show(self, enrollment_id: int) -> Any:
        """Show one enrollment with what is proposed."""
        row = queries.enrollment(enrollment_id)
        candidates = queries.candidates(row) if row.state in queries.WAITING else []
        asked = request.args.get("kaart", "")
        known = [c.relation_id for c in candidates]
        likely = next((c.relation_id for c in candidates if c.likeness.is_same), None)
        chosen = None if asked == NEW else row_id(asked) if row_id(asked) in known else likely
        return self._page(row, self._proposed(row, chosen))

    @expose("/<int:enrollment_id>", methods=["POST"])
    @has_access
    @permission_name("accept")
    def accept(self, enrollment_id: int) -> Any:
        """Accept, or compute anew with what is chosen now."""
        row = queries.enrollment(enrollment_id)
        choices = self._chosen()
        if request.form.get("doe") == "bereken":
            return self._page(row, choices)
        after = queries.place_in_queue(enrollment_id).next_id
        try:
            done = usecases.accept(enrollment_id, self._acceptance(row, choices))
        except DomainError as refusal:
            if isinstance(refusal, NotFound):
                raise
            return self._page(queries.enrollment(enrollment_id), choices, refusal)
        flash(_("%(name)s is accepted, relation %(number)s.", name=str(queries.enrollment(enrollment_id)), number=done.number), "success")
        return self._onward(after)

    @expose("/<int:enrollment_id>/vraag", methods=["POST"])
    @has_access
    @permission_name("ask")
    def ask(self, enrollment_id: int) -> Any:
        """Mail a question back."""
        return self._done(
            enrollment_id, lambda: usecases.ask(enrollment_id, request.form.get("question", "")), _("The question is mailed.")
        )

    @expose("/<int:enrollment_id>/afwijzen", methods=["POST"])
    @has_access
    @permission_name("decline")
    def decline(self, enrollment_id: int) -> Any:
        """Decline with a reason."""
        mails = bool(request.form.get("mails"))
        return self._done(
            enrollment_id,
            lambda: usecases.decline(enrollment_id, request.form.get("reason", ""), mails=mails),
            _("The enrollment is declined."),
        )

    @expose("/<int:enrollment_id>/overnemen", methods=["POST"])
    @has_access
    @permission_name("accept")
    def take_over(self, enrollment_id: int) -> Any:
        """Bring chosen fields to the card that is there and close the enrollment."""
        row, choices = queries.enrollment(enrollment_id), self._chosen()

        def act() -> None:
            if choices.relation_id is None:
                raise DomainError("choice_missing", _("Choose the card that takes over the data."))
            usecases.take_over_and_decline(enrollment_id, choices.relation_id, self._taken(row, choices))

        return self._done(enrollment_id, act, _("The data are on the card and the enrollment is closed."), choices)

    def _done(self, enrollment_id: int, act: Any, message: str, choices: Choices | None = None) -> Any:
        after = queries.place_in_queue(enrollment_id).next_id
        try:
            act()
        except DomainError as refusal:
            if isinstance(refusal, NotFound):
                raise
            row = queries.enrollment(enrollment_id)
            return self._page(row, choices or self._proposed(row, None), refusal)
        flash(message, "success")
        return self._onward(after)

    def _onward(self, after: int | None) -> Any:
        return redirect(self._address(after) if after else url_for(f"{self.endpoint}.index"))

    def _address(self, enrollment_id: int, **more: Any) -> str:
        return url_for(f"{self.endpoint}.show", enrollment_id=enrollment_id, **more)

    # ---------------------------------------------------------------- what is chosen

    def _proposed(self, row: Enrollment, relation_id: int | None) -> Choices:
        department_id = queries.proposed_department(row)
        first = queries.proposed_first_day(row, department_id, clock.today())
        return Choices(
            relation_id=relation_id,
            department_id=department_id,
            from_day=dutch_date(first) if first else "",
            function_type_id=row.function_type_id,
            price_category_id=row.price_category_id,
            gives_mandate=row.wants_direct_debit and bool(row.iban),
            sends_welcome=bool(row.email),
        )

    def _chosen(self) -> Choices:
        form = request.form
        return Choices(
            relation_id=row_id(form.get("relation_id", "")),
            department_id=row_id(form.get("department_id", "")),
            from_day=form.get("from_day", "").strip()[:20],
            function_type_id=row_id(form.get("function_type_id", "")),
            price_category_id=row_id(form.get("price_category_id", "")),
            household_with_id=row_id(form.get("household_with_id", "")),
            gives_mandate=bool(form.get("gives_mandate")),
            sends_welcome=bool(form.get("sends_welcome")),
            taken={name: form[f"take_{name}"] for name in comparison.LABELS if form.get(f"take_{name}") in ("new", "keep")},
        )

    def _acceptance(self, row: Enrollment, choices: Choices) -> Acceptance:
        if choices.department_id is None:
            raise DomainError("field_required", _("Choose the department."), field="department_id")
        if choices.function_type_id is None:
            raise DomainError("field_required", _("Choose what one becomes."), field="function_type_id")
        charges, _why = self._charges(row, choices)
        return Acceptance(
            department_id=choices.department_id,
            from_day=_day(choices.from_day),
            function_type_id=choices.function_type_id,
            price_category_id=choices.price_category_id,
            relation_id=choices.relation_id,
            taken=self._taken(row, choices),
            household_with_id=choices.household_with_id,
            gives_mandate=choices.gives_mandate,
            sends_welcome=choices.sends_welcome,
            charge_sentence=_sentence(charges),
            card_link=f"{current_app.config['BASE_URL'].rstrip('/')}/relationview/show/{{}}",
        )

    def _taken(self, row: Enrollment, choices: Choices) -> frozenset[str]:
        return comparison.taken_over(self._beside(row, choices), choices.taken) if choices.relation_id else frozenset()

    def _beside(self, row: Enrollment, choices: Choices) -> list[comparison.Beside]:
        card = db.session.scalar(select(Relation).where(Relation.id == choices.relation_id))
        if card is None:
            raise NotFound
        return comparison.beside(queries.submitted_texts(row), queries.card_texts(card, clock.today()))

    def _charges(self, row: Enrollment, choices: Choices) -> tuple[list[queries.FirstCharge], str]:
        """Return the first charges with what is chosen now, or why they cannot be told."""
        if choices.department_id is None or choices.function_type_id is None:
            return [], _("Choose a department to see the first contribution.")
        try:
            found = queries.first_charges(
                choices.department_id,
                choices.function_type_id,
                _day(choices.from_day),
                born=row.birth_date,
                price_category_id=choices.price_category_id,
                pays_by_direct_debit=choices.gives_mandate,
                postcode=row.postcode or "",
                country=row.country,
            )
        except DomainError as refusal:
            return [], refusal.message
        return found, "" if found else _("No contribution is set up for this on that day, or its books are not yours to see.")

    # ---------------------------------------------------------------- the page

    def _page(self, row: Enrollment, choices: Choices, refusal: DomainError | None = None) -> str:
        waits = row.state in ENROLLMENT.sources("accept")
        candidates = queries.candidates(row) if waits else []
        card = db.session.scalar(select(Relation).where(Relation.id == choices.relation_id)) if choices.relation_id else None
        charges, why_none = self._charges(row, choices) if waits else ([], "")
        departments = queries.choosable_departments(row.function_type_id) if waits else []
        return self.render_template(  # type: ignore[no-any-return]
            "bondgenoot/enrollment_accept.html",
            title=_("Judge %(name)s", name=_name(row)),
            view=self,
            row=row,
            name=_name(row),
            waits=waits,
            words=ENROLLMENT.states,
            place=queries.place_in_queue(row.id),
            candidates=candidates,
            known_as={c.relation_id: queries.known_as(c.relation_id) for c in candidates},
            card=card,
            beside=self._beside(row, choices) if card is not None and waits else [],
            submitted=[(comparison.LABELS[name], text) for name, text in queries.submitted_texts(row).items() if text],
            odd=oddities(_applicant(row, dict(departments)), clock.today()) if waits else [],
            departments=departments,
            types=_types(row.function_type_id),
            categories=_categories(),
            charges=charges,
            why_none=why_none,
            choices=choices,
            refusal=refusal,
            refused_field=str(refusal.parameters.get("field", "")) if refusal else "",
            may={verb: self.appbuilder.sm.has_access(f"can_{verb}", type(self).__name__) for verb in ("accept", "ask", "decline")},
            may_edit=self.appbuilder.sm.has_access("can_edit", "EnrollmentView"),
            may_card=self.appbuilder.sm.has_access("can_show", "RelationView"),
        )


def _day(text: str) -> date:
    try:
        return parse_date(text)
    except DomainError as refusal:
        refusal.parameters["field"] = "from_day"
        raise


def _sentence(charges: list[queries.FirstCharge]) -> str:
    owed = [str(charge) for charge in charges if charge.amount_cents is not None]
    return f"Je eerste contributie: {'; '.join(owed)}. Je krijgt daarvan een factuur." if owed else ""


def _name(row: Enrollment) -> str:
    return " ".join(part for part in (row.first_name or row.initials, row.prefix, row.surname) if part)


def _types(asked_for: int) -> list[Any]:
    fits = (FunctionType.is_active.is_(True) & FunctionType.is_membership.is_(True)) | (FunctionType.id == asked_for)
    asked = select(FunctionType.id, FunctionType.name).where(fits)
    return list(db.session.execute(asked.order_by(FunctionType.importance, FunctionType.name)))


def _categories() -> list[Any]:
    return list(db.session.execute(select(PriceCategory.id, PriceCategory.name).order_by(PriceCategory.name)))


def _applicant(row: Enrollment, departments: dict[int, str]) -> Applicant:
    by_postcode = department_for(row.postcode)
    return Applicant(
        surname=row.surname,
        birth_date=row.birth_date,
        postcode=row.postcode,
        street=row.street,
        email=row.email,
        phone=row.phone,
        iban=row.iban,
        account_holder=row.account_holder,
        wants_direct_debit=row.wants_direct_debit,
        wanted_from=row.wanted_from,
        chosen_department=departments.get(row.department_id or 0),
        department_by_postcode=departments.get(by_postcode or 0),
    )
