"""Accounts of cards: made when their holder first asks for a link, bound to the card, and following its e-mail address.

Each of these runs inside the transaction of who calls it.
"""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, func, or_, select, update

from app.kernel import audit, clock
from app.kernel.actor import the_actor
from app.kernel.db import db
from app.kernel.identifiers import folded
from app.mail.usecases import queue_message
from app.organisations.models import Organisation
from app.relations.models import ContactPoint, Relation
from security import function_rights, signing_in
from security.function_rights import Binding
from security.models import FunctionAccount, PasswordReset

MOVED = (
    "Hallo,\n\nHet e-mailadres op je kaart bij {organisation} is gewijzigd. Tot nu toe logde je met dit adres in bij Bondgenoot; dat kan "
    "niet meer. Log in met het nieuwe adres: kies daarvoor één keer “Wachtwoord vergeten”.\n\n"
    "Heb je dit niet gevraagd? Neem dan meteen contact op met {organisation}.\n"
)


def account_for(relation_id: int) -> int | None:
    """Return the account for a card whose function gives access today, made when there is none; None when it gives none (any more).

    For a system actor.
    """
    address = _address(relation_id)
    given = function_rights.given_to(address, clock.today()) if address else []
    if not address or not any(one.relation_id == relation_id for one in given):
        return None
    binding = function_rights.account_of_card(relation_id)
    if binding is not None:
        follow(relation_id)
        kept = function_rights.account_of_card(relation_id)
        return kept.user_id if kept else None
    if _is_taken(address):
        return None
    return _make(relation_id, address, given[0].organisation_id)


def _make(relation_id: int, address: str, organisation_id: int) -> int:
    card = db.session.get_one(Relation, relation_id)
    user = User(
        username=_free_name(card),
        email=address,
        first_name=(card.first_name or card.initials or "")[:64],
        last_name=" ".join(part for part in (card.prefix, card.surname) if part)[:64],
        active=True,
        password=None,
    )
    db.session.add(user)
    db.session.flush()
    db.session.add(FunctionAccount(user_id=user.id, relation_id=relation_id, made_here=True))
    audit.record("account_made_for_card", "ab_user", user.id, organisation_id, relation_id=relation_id)
    db.session.flush()
    return user.id


def _free_name(card: Relation) -> str:
    """Return a user name that is free: first letter and surname."""
    initial = (card.first_name or card.initials or "")[:1]
    plain = "".join(sign for sign in folded(f"{initial}{card.surname}") if sign.isalnum())[:50] or "gebruiker"
    taken = set(db.session.scalars(select(func.lower(User.username)).where(func.lower(User.username).startswith(plain, autoescape=True))))
    return plain if plain not in taken else next(f"{plain}{number}" for number in range(2, 10**6) if f"{plain}{number}" not in taken)


def bind_who_proved(user_id: int) -> None:
    """Bind an account to the card with its e-mail address whose function gives access: its holder just read that mailbox.

    For a system actor.
    """
    user = db.session.get_one(User, user_id)
    given = function_rights.given_to(user.email, clock.today())
    if not given or function_rights.binding_of(user_id) or function_rights.account_of_card(given[0].relation_id):
        return
    db.session.add(FunctionAccount(user_id=user_id, relation_id=given[0].relation_id, made_here=False))
    audit.record("account_bound_to_card", "ab_user", user_id, given[0].organisation_id, relation_id=given[0].relation_id)


def follow(relation_id: int) -> None:
    """Let the account of a card have the e-mail address of the card: sessions end, and who reads the new mailbox must show it by a link.

    An account that was not made for the card, or that holds an assignment, keeps its own address and is let go: else who changes
    a card would get what an administrator gave. The second step stays, so that an address alone is not enough.
    """
    binding = function_rights.account_of_card(relation_id)
    if binding is None:
        return
    address = _address(relation_id)
    if address and address.casefold() == binding.email.casefold():
        return
    signing_in.end_sessions(binding.user_id)
    if not address:
        return  # functions give nothing until there is an address again
    if not binding.made_here or function_rights.is_assigned(binding.user_id) or _is_taken(address):
        db.session.execute(_plain(delete(FunctionAccount).where(FunctionAccount.user_id == binding.user_id)))
        audit.record("account_let_go", "ab_user", binding.user_id, _place(relation_id), relation_id=relation_id)
        return
    db.session.execute(_plain(update(User).where(User.id == binding.user_id).values(email=address, password=None, fail_login_count=0)))
    links = update(PasswordReset).where(PasswordReset.user_id == binding.user_id, PasswordReset.used_at.is_(None))
    db.session.execute(_plain(links.values(used_at=clock.now())))
    audit.record("account_address_changed", "ab_user", binding.user_id, _place(relation_id), relation_id=relation_id)
    _tell(binding, relation_id)


def _tell(binding: Binding, relation_id: int) -> None:
    place = _place(relation_id)
    name = db.session.scalar(select(Organisation.name).where(Organisation.id == place))
    key = f"account_address:{binding.user_id}:{clock.now():%Y%m%d%H%M%S%f}"
    queue_message(place, key, "account", binding.email, "Je inlogadres is gewijzigd", MOVED.format(organisation=name))


def _address(relation_id: int) -> str | None:
    """Return the e-mail address of a card as it is written there."""
    mails = select(ContactPoint.value).where(ContactPoint.relation_id == relation_id, ContactPoint.kind == "email")
    return db.session.scalar(mails.order_by(ContactPoint.is_primary.desc(), ContactPoint.id).limit(1))


def _is_taken(address: str) -> bool:
    wanted = address.casefold()
    taken = select(User.id).where(or_(func.lower(User.email) == wanted, func.lower(User.username) == wanted))
    return db.session.scalar(taken.limit(1)) is not None


def _place(relation_id: int) -> int:
    """Return the organisation in whose name and trail this is: where one works, else where the card was entered."""
    here = the_actor().organisation_id
    if here is not None:
        return here
    entered: int = db.session.scalars(select(Relation.organisation_id).where(Relation.id == relation_id)).one()
    return entered


def _plain(statement: Any) -> Any:
    """Leave alone what the session holds: nothing here is read again in this transaction."""
    return statement.execution_options(synchronize_session=False)
