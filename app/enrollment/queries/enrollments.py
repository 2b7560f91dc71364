"""Questions about enrollments: who waits, who is it probably, where does one belong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from app.enrollment.models import Enrollment, EnrollmentForm
from app.functions.models import FunctionTerm, FunctionType
from app.kernel import clock
from app.kernel.actor import Actor, system_actor
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.identifiers import folded, shown_phone, spaced_iban
from app.kernel.periods import dutch_date
from app.kernel.unit_of_work import working_as
from app.organisations import tree
from app.organisations.models import Organisation
from app.organisations.queries import department_for
from app.relations.duplicates import Person
from app.relations.models import GENDERS, ContactPoint, Relation
from app.relations.queries import Candidate, likely_duplicates

WAITING = ("new", "asked")
_ADMINISTRATORS = "ledenadministra"  # how the role of a member administrator begins


@dataclass(frozen=True, slots=True)
class Door:
    """A public form that is open, and the narrow actor behind it: it writes in that organisation only and reads no cards elsewhere."""

    form_id: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class Place:
    """Where an enrollment stands in the queue."""

    position: int
    total: int
    previous_id: int | None
    next_id: int | None


def door(slug: str, address: str = "") -> Door:
    """Return the door of an open public form. Raises NotFound for a closed or unknown one: the two look the same."""
    with working_as(system_actor("inschrijfformulier")):
        found = db.session.execute(
            select(EnrollmentForm.id, Organisation.id, Organisation.path)
            .join(Organisation, Organisation.id == EnrollmentForm.organisation_id)
            .where(EnrollmentForm.slug == slug, EnrollmentForm.is_open.is_(True), Organisation.is_active.is_(True))
        ).first()
        if found is None:
            raise NotFound("Dit formulier bestaat niet of is gesloten. Kijk op de website van je vereniging.")
        form_id, organisation_id, path = found
        below = db.session.scalars(select(Organisation.id).where(Organisation.path.startswith(path, autoescape=True)))
        readable = frozenset({*tree.ids_in(path), *below}) - {organisation_id}
    return Door(form_id, Actor("inschrijfformulier", organisation_id, frozenset({organisation_id}), readable, address=address))


def form(form_id: int) -> EnrollmentForm:
    """Return a form. Raises NotFound."""
    row = db.session.scalar(select(EnrollmentForm).where(EnrollmentForm.id == form_id))
    if row is None:
        raise NotFound
    return row


def enrollment(enrollment_id: int) -> Enrollment:
    """Return an enrollment. Raises NotFound."""
    row = db.session.scalar(select(Enrollment).where(Enrollment.id == enrollment_id))
    if row is None:
        raise NotFound
    return row


def waiting_count() -> int:
    """Return how many new enrollments wait in the actor's organisations: the red number in the menu."""
    return int(db.session.scalar(select(func.count(Enrollment.id)).where(Enrollment.state == "new")) or 0)


def place_in_queue(enrollment_id: int) -> Place:
    """Return where an enrollment stands among those that wait, oldest first."""
    waiting = list(
        db.session.scalars(select(Enrollment.id).where(Enrollment.state.in_(WAITING)).order_by(Enrollment.made_at, Enrollment.id))
    )
    if enrollment_id not in waiting:
        return Place(0, len(waiting), None, waiting[0] if waiting else None)
    index = waiting.index(enrollment_id)
    before = waiting[index - 1] if index else None
    after = waiting[index + 1] if index + 1 < len(waiting) else None
    return Place(index + 1, len(waiting), before, after)


def person_of(row: Enrollment) -> Person:
    """Return who applies, as cards are compared."""
    return Person(
        surname=row.surname,
        first_name=row.first_name or "",
        initials=row.initials or "",
        birth_date=row.birth_date,
        postcode=row.postcode or "",
        house_number=folded(row.house_number or ""),
        emails=frozenset({row.email} - {None, ""}),
        phones=frozenset({row.phone} - {None, ""}),
        ibans=frozenset({row.iban} - {None, ""}),
    )


def candidates(row: Enrollment) -> list[Candidate]:
    """Return the cards that may be who applies, likeliest first, then family."""
    return likely_duplicates(person_of(row))


def known_as(relation_id: int) -> str:
    """Say in a few words what a card is: member where since when, or since when no longer."""
    rows = db.session.execute(
        select(FunctionTerm.first_day, FunctionTerm.last_day, FunctionType.name, Organisation.name)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .join(Organisation, Organisation.id == FunctionTerm.organisation_id)
        .where(FunctionTerm.relation_id == relation_id)
        .order_by(FunctionTerm.last_day.is_(None).desc(), FunctionTerm.last_day.desc(), FunctionTerm.first_day.desc())
        .limit(1)
    ).first()
    if rows is None:
        return "Geen functies"
    first, last, kind, organisation = rows
    until = f"{'eindigt' if last and last >= clock.today() else 'geëindigd'} op {dutch_date(last)}" if last else ""
    return f"{kind} bij {organisation}, {until or f'vanaf {dutch_date(first)}'}"


def submitted_texts(row: Enrollment) -> dict[str, str]:
    """Return what was submitted as the comparison shows it."""
    return {
        "first_name": row.first_name or "",
        "initials": row.initials or "",
        "prefix": row.prefix or "",
        "surname": row.surname,
        "gender": GENDERS.get(row.gender or "", ""),
        "birth_date": dutch_date(row.birth_date) if row.birth_date else "",
        "email": row.email or "",
        "phone": shown_phone(row.phone) if row.phone else "",
        "address": _address(row.street, row.house_number, row.suffix, row.postcode, row.town),
        "iban": spaced_iban(row.iban) if row.iban else "",
    }


def card_texts(row: Relation, today: date) -> dict[str, str]:
    """Return what a card has as the comparison shows it."""
    homes = [a for a in row.addresses if a.kind == "home" and (a.last_day is None or a.last_day >= today)]
    home = homes[-1] if homes else None
    phones = [p.value for p in row.contact_points if p.kind in ("phone", "mobile") and p.is_primary]
    emails = [p.value for p in row.contact_points if p.kind == "email" and p.is_primary]
    ibans = [a.iban for a in row.accounts if a.is_primary]
    return {
        "first_name": row.first_name or "",
        "initials": row.initials or "",
        "prefix": row.prefix or "",
        "surname": row.surname,
        "gender": GENDERS.get(row.gender or "", ""),
        "birth_date": dutch_date(row.birth_date) if row.birth_date else "",
        "email": emails[-1] if emails else "",
        "phone": shown_phone(phones[-1]) if phones else "",
        "address": _address(home.street, home.house_number, home.suffix, home.postcode, home.town) if home else "",
        "iban": spaced_iban(ibans[-1]) if ibans else "",
    }


def _address(street: str | None, number: str | None, suffix: str | None, postcode: str | None, town: str | None) -> str:
    line = " ".join(part for part in (street, f"{number or ''}{suffix or ''}") if part)
    place = " ".join(part for part in (postcode, town) if part)
    return ", ".join(part for part in (line, place) if part)


def choosable_departments(function_type_id: int, within: int | None = None) -> list[tuple[int, str]]:
    """Return the active organisations at which this function may be held, by name; only below `within` when given."""
    levels = db.session.scalar(select(FunctionType.levels).where(FunctionType.id == function_type_id))
    asked = (
        select(Organisation.id, Organisation.name, Organisation.path).where(Organisation.is_active.is_(True)).order_by(Organisation.name)
    )
    if levels:
        asked = asked.where(Organisation.kind.in_(levels))
    mark = f"/{within}/"
    return [(row.id, row.name) for row in db.session.execute(asked) if within is None or mark in row.path]


def proposed_department(row: Enrollment) -> int | None:
    """Return where who applies belongs: as chosen, else by postcode, else the only one there is."""
    allowed = [number for number, _ in choosable_departments(row.function_type_id, row.organisation_id)]
    for number in (row.department_id, department_for(row.postcode)):
        if number in allowed:
            return number
    return allowed[0] if len(allowed) == 1 else None


def administrator_addresses(department_id: int, today: date) -> list[str]:
    """Return the e-mail addresses of a department's member administrators, else that of the department itself."""
    holders = (
        select(ContactPoint.value)
        .join(FunctionTerm, FunctionTerm.relation_id == ContactPoint.relation_id)
        .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
        .where(
            FunctionTerm.organisation_id == department_id,
            func.lower(FunctionType.grants_role).startswith(_ADMINISTRATORS),
            FunctionTerm.first_day <= today,
            or_(FunctionTerm.last_day.is_(None), FunctionTerm.last_day >= today),
            ContactPoint.kind == "email",
            ContactPoint.is_primary.is_(True),
            ContactPoint.is_refused.is_(False),
        )
        .order_by(ContactPoint.value)
    )
    found = list(dict.fromkeys(db.session.scalars(holders)))
    own = select(func.coalesce(Organisation.notification_email, Organisation.email)).where(Organisation.id == department_id)
    address = db.session.scalar(own)
    return found or ([address] if address else [])
