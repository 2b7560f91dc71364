"""Who may give which right: nobody raises himself, and nobody gives what he lacks; only the permission administrator may, to others.

A right is given by an assignment, or by a function whose type grants a role: by starting, moving or extending it, by saying that its type
grants a role, and by changing the e-mail address (or a date of death) on the card of who holds one, for there the right is used. It is
also given by putting more into a role that others have.

It stands at the session, like the walls: a screen, an import or an API cannot forget it. Who gives is signed in: work in the background on
behalf of somebody gives no rights. Parts of the system, by name, may.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import g, has_request_context
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from app.functions.models import FunctionTerm, FunctionType
from app.kernel import audit, clock
from app.kernel.actor import current_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.periods import dutch_date
from app.relations.models import ContactPoint, Relation
from security import function_accounts, function_rights, queries, signing_in
from security.access import Access
from security.models import Assignment
from security.roles import PERMISSION_ADMINISTRATOR

_CHANGED_CARDS = "giving_changed_cards"
_PLACE = ("relation_id", "relation", "function_type_id", "function_type", "organisation_id", "organisation")


class Gift(NamedTuple):
    """A role that a function gives at an organisation; `relation_id` is whose card it is, None for a whole function type."""

    role_name: str
    function_name: str
    organisation_id: int | None
    relation_id: int | None
    field: str


def install() -> None:
    """Put the rule on every session of this process; twice is once."""
    if not event.contains(Session, "before_flush", _check):
        event.listen(Session, "before_flush", _check)
        event.listen(Session, "after_flush", _follow)


def _check(session: Session, _context: object, _instances: object) -> None:
    changed = [*session.new, *(row for row in session.dirty if session.is_modified(row))]
    with session.no_autoflush:
        cards = {number for row in [*changed, *session.deleted] for number in _cards_of_address(row, session)}
        session.info.setdefault(_CHANGED_CARDS, set()).update(cards)
        _end_where_rights_change(session, changed)
        actor = current_actor()
        if _present() is None and (actor is None or actor.is_system):
            return
        for row in changed:
            if isinstance(row, Assignment):
                _check_assignment(_giver(), row)
                for user_id in _users_of(row):
                    signing_in.end_sessions(user_id)  # who may do something else from now on signs in anew
            elif isinstance(row, Role) and row not in session.new:
                _check_putting_in(_giver(), row)
        gifts = [gift for row in changed for gift in _gifts_of(row, session)]
        touched = {number for row in changed for number in _cards_of_address(row, session)}
        for gift in [*gifts, *_gifts_of_cards(touched | _revived(changed))]:
            _check_gift(_giver(), gift)
        for row in session.deleted:
            _check_deleted_address(row)


def _present() -> Access | None:
    return g.get("access") if has_request_context() else None


def _giver() -> Access:
    access = _present()
    if access is None:
        raise DomainError(
            "rights_need_a_giver",
            "Dit geeft iemand toegang tot het programma. Dat doet alleen wie zelf is ingelogd, op het scherm; niet een taak of formulier.",
        )
    return access


# --- assignments


def _check_assignment(access: Access, row: Assignment) -> None:
    """Refuse an assignment that its giver may not give. Raises DomainError."""
    if access.user.id in _users_of(row):
        raise DomainError("own_rights", "Je kunt je eigen rechten niet geven of wijzigen. Vraag het een andere beheerder.", field="user")
    role_id = row.role.id if row.role is not None else row.role_id
    _check_not_more_than_own(access, role_id, "role")


def _users_of(row: Assignment) -> set[int]:
    """Return whose rights an assignment is about, before and after a change."""
    users = {row.user_id, *(inspect(row).attrs.user_id.history.deleted or ())}
    if row.user is not None:
        users.add(row.user.id)
    return {user_id for user_id in users if user_id is not None}


def _check_not_more_than_own(access: Access, role_id: int, field: str) -> None:
    if access.environment is None or PERMISSION_ADMINISTRATOR in access.environment.role_names:
        return
    lacking = queries.permissions_of([role_id]) - access.permissions
    if lacking:
        raise DomainError(
            "more_than_own",
            f"Deze rol mag {len(lacking)} dingen die jij zelf niet mag. Kies een rol met minder rechten, "
            "of vraag de bevoegdhedenbeheerder om hem te geven.",
            field=field,
        )


# --- what a role may


def _check_putting_in(access: Access, role: Role) -> None:
    """Refuse a change of what a role may that its changer may not make. Raises DomainError."""
    names = {role.name, *(inspect(role).attrs.name.history.deleted or ())}  # also when it is renamed at once
    if any(names & {*environment.role_names} for environment in access.environments):
        raise DomainError("own_role", "Je hebt deze rol zelf, en je eigen rechten kun je niet wijzigen. Vraag het een andere beheerder.")
    if access.environment is not None and PERMISSION_ADMINISTRATOR in access.environment.role_names:
        return
    added = inspect(role).attrs.permissions.history.added or ()
    lacking = {(pair.permission.name, pair.view_menu.name) for pair in added} - access.permissions
    if lacking:
        raise DomainError(
            "more_than_own",
            f"Je geeft deze rol {len(lacking)} dingen die jij zelf niet mag. Haal die vinkjes weg, of vraag de bevoegdhedenbeheerder.",
        )


# --- functions


def _changes(row: Any, name: str) -> bool:
    return bool(inspect(row).attrs[name].history.has_changes())


def _before(row: Any, name: str) -> Any:
    """Return what a changed attribute held: as it was read, else as the database still has it; None when it did not change."""
    state = inspect(row)
    history = state.attrs[name].history
    if history.deleted:
        return history.deleted[0]
    if not history.has_changes() or not state.persistent:
        return None
    model = type(row)
    return db.session.scalar(select(getattr(model, name)).where(model.id == row.id))


def _points_at(row: Any, link: str) -> int | None:
    """Return the number of the row that this one points at, whether the number was set or the row itself."""
    chosen = getattr(row, link) if inspect(row).attrs[link].history.has_changes() else None
    number: int | None = chosen.id if chosen is not None else getattr(row, f"{link}_id")
    return number


def _type_of(row: FunctionTerm, session: Session) -> FunctionType | None:
    number = _points_at(row, "function_type")
    return session.get(FunctionType, number) if number is not None else row.function_type


def _gifts_of(row: Any, session: Session) -> Iterator[Gift]:
    """Return what a new or changed row gives."""
    is_new = row in session.new
    if isinstance(row, FunctionTerm):
        kind = _type_of(row, session)
        if kind is not None and kind.grants_role and _term_gives(row, is_new):
            yield Gift(kind.grants_role, kind.name, _points_at(row, "organisation"), _points_at(row, "relation"), "function_type")
    elif isinstance(row, FunctionType) and row.grants_role and (is_new or _changes(row, "grants_role")):
        yield Gift(row.grants_role, row.name, _points_at(row, "organisation"), None, "role")
        _check_not_own_type(_giver(), row)


def _term_gives(row: FunctionTerm, is_new: bool) -> bool:
    """Whether a function that grants a role gives more than it did: it is new, is somebody else's or elsewhere, or has more days."""
    today = clock.today()
    if row.last_day is not None and row.last_day < today:
        return False
    was_first, was_last = _before(row, "first_day"), _before(row, "last_day")
    moved = any(_changes(row, name) for name in _PLACE)
    earlier = _changes(row, "first_day") and (was_first is None or row.first_day < was_first)
    longer = _changes(row, "last_day") and was_last is not None and (row.last_day is None or row.last_day > was_last)
    if (is_new or earlier) and row.first_day < today:
        raise DomainError(
            "function_starts_in_past",
            f"Deze functie geeft rechten en kan niet beginnen op {dutch_date(row.first_day)}, in het verleden. Kies vandaag of later.",
            field="first_day",
        )
    return is_new or moved or earlier or longer


def _check_not_own_type(access: Access, row: FunctionType) -> None:
    if row.id is not None and function_rights.holds(access.user.email, row.id, clock.today()):
        raise DomainError("own_rights", "Je hebt deze functie zelf; je kunt jezelf geen rechten geven. Vraag het een andere beheerder.")


def _check_gift(access: Access, gift: Gift) -> None:
    """Refuse a right that its giver may not give through a function, and keep a line of the one that he may. Raises DomainError."""
    role_id = db.session.scalar(select(Role.id).where(Role.name == gift.role_name))
    if role_id is None and gift.relation_id is None:
        raise DomainError("role_unknown", f"Er is geen rol “{gift.role_name}”. Kies een rol uit de lijst.", field=gift.field)
    if role_id is None:
        return  # the role is gone: the function gives nothing
    if gift.relation_id is not None and _is_own_card(access, gift.relation_id):
        raise DomainError(
            "own_rights",
            f"De functie {gift.function_name} op je eigen kaart geeft je toegang ({gift.role_name}). Je eigen rechten kun je niet geven of "
            "wijzigen, ook niet door het e-mailadres op je kaart te veranderen. Vraag het een andere beheerder.",
            field=gift.field,
        )
    if gift.organisation_id not in access.organisation_ids:
        raise DomainError(
            "rights_elsewhere",
            "Deze relatie heeft buiten deze omgeving een functie die toegang geeft tot het programma. Het e-mailadres op de kaart is daarvoor "
            "het inlogadres: laat het wijzigen door de beheerder van het niveau daarboven.",
            field=gift.field,
        )
    try:
        _check_not_more_than_own(access, role_id, gift.field)
    except DomainError as refusal:
        raise DomainError(
            "more_than_own", f"De functie {gift.function_name} geeft toegang: {gift.role_name}. {refusal.message}", field=gift.field
        ) from None
    if g.get("own_password_shown") != access.user.id:
        raise DomainError(
            "own_password_needed",
            f"De functie {gift.function_name} geeft toegang tot het programma: {gift.role_name}. Vul je eigen wachtwoord in om dit te "
            "bevestigen. Vraagt dit scherm daar niet om? Doe het dan op de kaart.",
            field="own_password",
        )
    table, number = ("relation", gift.relation_id) if gift.relation_id is not None else ("function_type", None)
    audit.record("right_given", table, number, gift.organisation_id, role=gift.role_name, function=gift.function_name)


def _is_own_card(access: Access, relation_id: int) -> bool:
    binding = function_rights.account_of_card(relation_id)
    if binding is not None and binding.user_id == access.user.id:
        return True
    mails = select(ContactPoint.value).where(ContactPoint.relation_id == relation_id, ContactPoint.kind == "email")
    return access.user.email.casefold() in {value.casefold() for value in db.session.scalars(mails)}


# --- the card on which the right is used


def _cards_of_address(row: Any, session: Session) -> set[int]:
    """Return whose address to sign in with may change by a new, changed or deleted row."""
    if not isinstance(row, ContactPoint) or "email" not in (row.kind, _before(row, "kind")):
        return set()
    touched = row in session.new or row in session.deleted
    if not touched and not any(_changes(row, name) for name in ("kind", "value", "is_primary", "relation_id")):
        return set()
    return {number for number in (_points_at(row, "relation"), _before(row, "relation_id")) if number is not None}


def _check_deleted_address(row: Any) -> None:
    """Refuse to delete the address that somebody signs in with while another takes its place: that one is chosen first, with a password."""
    if not isinstance(row, ContactPoint) or row.kind != "email":
        return
    mails = select(ContactPoint.id).where(ContactPoint.relation_id == row.relation_id, ContactPoint.kind == "email")
    listed = list(db.session.scalars(mails.order_by(ContactPoint.is_primary.desc(), ContactPoint.id)))
    if len(listed) > 1 and listed[0] == row.id and _gifts_of_cards({row.relation_id}):
        raise DomainError(
            "address_signs_in",
            "Met dit e-mailadres logt iemand in door een functie op de kaart. Maak eerst een ander e-mailadres op de kaart het "
            "voorkeursadres, en verwijder dit daarna.",
        )


def _revived(changed: list[Any]) -> set[int]:
    """Return the cards of which a date of death is taken away: what their functions give comes back."""
    return {row.id for row in changed if isinstance(row, Relation) and row.id and _before(row, "deceased_on") and row.deceased_on is None}


def _gifts_of_cards(relation_ids: set[int]) -> list[Gift]:
    found = function_rights.granting_functions(relation_ids, clock.today())
    return [Gift(one.role_name, one.function_name, one.organisation_id, one.relation_id, "value") for one in found]


# --- what follows


def _end_where_rights_change(session: Session, changed: list[Any]) -> None:
    """End the sessions of whose functions give something else from now on: he signs in anew."""
    for row in [*changed, *session.deleted]:
        if isinstance(row, FunctionTerm):
            kind = _type_of(row, session)
            relations = {_points_at(row, "relation"), _before(row, "relation_id")} - {None}
            grants = kind is not None and kind.grants_role
            matters = grants and (row in session.new or row in session.deleted or _changes_days_or_place(row))
            bindings = [function_rights.account_of_card(number) for number in relations] if matters or _was_granting(row, session) else []
            users = {binding.user_id for binding in bindings if binding is not None}
        elif isinstance(row, FunctionType) and row.id and _changes(row, "grants_role"):
            users = set(function_rights.accounts_holding(row.id, clock.today()))
        elif isinstance(row, Relation) and row.id and row.deceased_on is not None and _changes(row, "deceased_on"):
            binding = function_rights.account_of_card(row.id)
            users = {binding.user_id} if binding else set()
        else:
            continue
        for user_id in users:
            signing_in.end_sessions(user_id)


def _changes_days_or_place(row: FunctionTerm) -> bool:
    return any(_changes(row, name) for name in (*_PLACE, "first_day", "last_day"))


def _was_granting(row: FunctionTerm, session: Session) -> bool:
    before = _before(row, "function_type_id")
    kind = session.get(FunctionType, before) if before is not None else None
    return kind is not None and bool(kind.grants_role)


def _follow(session: Session, _context: object) -> None:
    for relation_id in sorted(session.info.pop(_CHANGED_CARDS, ())):
        function_accounts.follow(relation_id)
