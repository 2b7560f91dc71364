"""Builds the demo in order: tree, settings, books, members, what waits for an answer, and who may log in."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, text

from app.enrollment.models import Enrollment
from app.functions.models import FunctionTerm, FunctionType
from app.functions.usecases import start_function
from app.kernel import clock
from app.kernel.actor import system_actor
from app.kernel.audit import record
from app.kernel.db import db
from app.kernel.numbering import take_numbers
from app.kernel.unit_of_work import transaction, working_as
from app.ledger.usecases import open_book_year, set_up_chart
from app.organisations import queries as organisations
from app.relations import usecases as cards
from app.relations.drafts import ContactDraft, RelationDraft
from app.relations.naming import names_of, split_prefix
from jobs.demo import federation, names
from jobs.demo.federation import Frame
from jobs.demo.people import iban, people
from jobs.demo.writing import Writer
from security import function_accounts, own_account, usecases

# Only for invented data; every login of the demo has it.
PASSWORD = "Bondgenoot-proef-1"  # noqa: S105
# User name, first name, surname, role, organisation.
LOGINS = (
    ("beheer", "Berend", "Landman", "Systeembeheerder landelijk", "NL"),
    ("carla", "Carla", "Landelijk", "Penningmeester", "NL"),
    ("anna", "Anna", "Penning", "Penningmeester", "GE"),
    ("lotte", "Lotte", "Leden", "Ledenadministrateur provincie", "GE"),
    ("bram", "Bram", "Dorp", "Ledenadministrateur afdeling", "GE01"),
    ("dirk", "Dirk", "Penning", "Penningmeester", "OV"),
    ("els", "Els", "Lezer", "Raadpleger", "GE"),
    ("sjoerd", "Sjoerd", "Beheer", "Systeembeheerder provincie", "GE"),
    ("mila", "Mila", "Nieuws", "Communicatie", "GE"),
    ("peter", "Peter", "Rechten", "Bevoegdhedenbeheerder", "NL"),
)
# Who logs in by a function on her card: first name, surname, organisation.
HOLDER = ("Fenna", "Functie", "GE02")


def build(members: int, seed: int, today: date) -> Frame:
    """Make the whole federation in one transaction, as the system."""
    random = Random(f"{seed}/rest")  # noqa: S311 - invented data
    with transaction() as session:
        frame = federation.plant_tree(session, seed)
        federation.furnish(session, frame, today.year)
        kept = [row for row in frame.organisations if row["keeps_books"]]
        for place, row in enumerate(kept, start=1):
            code, name = str(row["code"]), str(row["name"])
            organisation_id = frame.ids[code]
            session.add(federation.administration(organisation_id, code, name, place, today.year))
            session.flush()
            set_up_chart(organisation_id)
            for year in (today.year - 1, today.year, today.year + 1):
                open_book_year(organisation_id, year)
            federation.keep_books(session, frame, organisation_id, code, name, seed)
        form = federation.open_form(session, frame)
        Writer(frame, today.year, today).write(people(members, seed, frame.towns, today.year), members)
        _sponsors(frame, random, max(2, members // 400), today)
        _enrollments(frame, form.id, random, today)
        record("demo", "organisation", frame.root, frame.root, members=members, seed=seed)
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.execute(text("COMMIT"))
    else:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return frame


def _sponsors(frame: Frame, random: Random, count: int, today: date) -> None:
    session = db.session
    number = take_numbers(frame.root, "relation", 0, count)
    for place, card in enumerate(federation.sponsor_cards(frame, random, count)):
        called = names_of(card.surname, kind="company")
        card.number, card.display_name, card.sort_key = number + place, called.display_name, called.sort_key
        card.search_name, card.sound_key, card.member_since = called.search_name, called.sound_key, date(today.year - 1, 1, 1)
        session.add(card)
        session.flush()
        session.add(
            FunctionTerm(
                organisation_id=card.organisation_id,
                relation_id=card.id,
                function_type_id=frame.function_types["SPONSOR"],
                first_day=card.member_since,
            )
        )


def _enrollments(frame: Frame, form_id: int, random: Random, today: date) -> None:
    """Add requests that wait: some from the web, one of somebody who is a member already elsewhere."""
    departments = [place for place, (_, province) in enumerate(frame.departments) if province == frame.ids["GE"]]
    for place in range(8):
        girl = place % 2 == 0
        prefix, surname = split_prefix(random.choice(names.SURNAMES))
        first = random.choice(names.GIRLS if girl else names.BOYS)
        department = random.choice(departments)
        first_postcode, town = frame.towns[department]
        db.session.add(
            Enrollment(
                organisation_id=frame.ids["GE"],
                form_id=form_id if place % 3 else None,
                source="web" if place % 3 else "administrator",
                state="new",
                department_id=frame.departments[department][0],
                function_type_id=frame.function_types["LID"],
                price_category_id=frame.categories["NORMAAL"],
                wanted_from=today,
                first_name=first,
                initials=f"{first[0]}.",
                prefix=prefix,
                surname=surname,
                gender="f" if girl else "m",
                birth_date=date(today.year - random.randrange(12, 70), random.randrange(1, 13), random.randrange(1, 28)),
                street=random.choice(names.STREETS),
                house_number=str(random.randrange(1, 120)),
                postcode=f"{first_postcode} AB",
                town=town,
                email=f"aanmelding{place}@post.example",
                phone=f"+3160{random.randrange(10**6, 10**7)}",
                wants_direct_debit=place % 2 == 0,
                iban=iban(random) if place % 2 == 0 else None,
                account_holder=f"{first[0]}. {surname}" if place % 2 == 0 else None,
                consents=True,
                submitted={},
                confirmed_at=clock.now(),
            )
        )


def logins(year: int) -> list[dict[str, Any]]:
    """Make one user per role and return what they log in with; the roles must be there (`flask setup`)."""
    made = []
    with working_as(system_actor("demo")):
        for user_name, first, surname, role, code in LOGINS:
            usecases.add_user(user_name, f"{user_name}@bond.example", first, surname, PASSWORD, is_first=False)
            usecases.assign(user_name, role, code, date(year, 1, 1))
            made.append({"user": user_name, "password": PASSWORD, "role": role, "organisation": code})
        made.append(_holder())
    return made


def _holder() -> dict[str, Any]:
    """Make a card whose function gives access, and its account: nobody assigned a role. What she logs in with."""
    first, surname, code = HOLDER
    with transaction() as session:
        place = organisations.by_code(code).id
        mail = ContactDraft("email", f"{first.lower()}@bond.example")
        card = cards.add_relation(RelationDraft(surname, first_name=first, organisation_id=place, contact_points=(mail,)))
        kind = session.scalars(select(FunctionType).where(FunctionType.code == "LEDENADM")).one()
        start_function(card, kind.id, place, clock.today())
        user = session.get_one(User, function_accounts.account_for(card))
        user.username = first.lower()
        own_account.set_password(user, PASSWORD)
        role = f"{kind.grants_role} (door de functie {kind.name})"
    return {"user": first.lower(), "password": PASSWORD, "role": role, "organisation": code}
