"""A small federation for tests, and who acts in it.

Landelijk (NL) > provinces A and B > departments A1, A2 and B1, B2. Provinces A and B keep books.
Personas: anna (treasurer A), bram (members A1), carla (national), dirk (treasurer B, the stranger), els (reads A), peter (permissions).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.functions.models import FunctionTerm, FunctionType
from app.kernel.actor import Actor, system_actor
from app.kernel.db import db
from app.kernel.identifiers import folded
from app.kernel.unit_of_work import transaction, working_as
from app.organisations import queries, tree
from app.organisations.models import Administration, Organisation
from app.relations.models import Relation

WHERE = {"anna": "A", "bram": "A1", "carla": "NL", "dirk": "B", "els": "A", "peter": "A"}


@dataclass
class Federation:
    """Ids by code, and ways to act."""

    organisations: dict[str, int] = field(default_factory=dict)
    member: int = 0
    next_number: int = 1000

    def actor(self, who: str) -> Actor:
        """Return the actor of a persona, or of an organisation code."""
        with working_as(system_actor("test")):
            return queries.actor_for(self.organisations[WHERE.get(who, who)], who)

    @contextmanager
    def as_(self, who: str) -> Iterator[Actor]:
        """Act as a persona, an organisation code or `system`."""
        actor = system_actor("test") if who == "system" else self.actor(who)
        with working_as(actor):
            yield actor

    def relation(self, at: str, surname: str = "Jansen", **values: Any) -> int:
        """Add a card at an organisation as the system and return its id."""
        self.next_number += 1
        first = values.pop("first_name", "Jo")
        with working_as(system_actor("test")), transaction() as session:
            row = Relation(
                organisation_id=self.organisations[at],
                number=self.next_number,
                first_name=first,
                surname=surname,
                display_name=f"{surname}, {first}",
                sort_key=folded(f"{surname} {first}"),
                search_name=folded(f"{first} {surname}"),
                **values,
            )
            session.add(row)
            session.flush()
            return row.id

    def holds(self, relation_id: int, at: str, first_day: date = date(2020, 1, 1), **values: Any) -> int:
        """Let a relation hold the membership (or `function_type_id`) at an organisation and return the term's id."""
        with working_as(system_actor("test")), transaction() as session:
            row = FunctionTerm(
                organisation_id=self.organisations[at],
                relation_id=relation_id,
                function_type_id=values.pop("function_type_id", self.member),
                first_day=first_day,
                **values,
            )
            session.add(row)
            session.flush()
            return row.id


def build() -> Federation:
    """Make the federation in the database of the current application."""
    made = Federation()
    plan = [("NL", None, "national"), ("A", "NL", "province"), ("B", "NL", "province")]
    plan += [(code, code[0], "department") for code in ("A1", "A2", "B1", "B2")]
    with working_as(system_actor("test")), transaction() as session:
        paths: dict[str, str] = {"": ""}
        for code, parent, kind in plan:
            row = Organisation(code=code, name=f"{kind} {code}", kind=kind, parent_id=made.organisations.get(parent or ""))
            session.add(row)
            session.flush()
            paths[code] = row.path = tree.path_of(paths[parent or ""], row.id)
            made.organisations[code] = row.id
        for code in ("A", "B"):
            session.add(
                Administration(
                    organisation_id=made.organisations[code],
                    name=f"Boekhouding {code}",
                    starts_on=date(2024, 1, 1),
                    creditor_id="NL69ZZZ123456780000",
                    sender_name=f"Provincie {code}",
                    sender_email=f"penningmeester-{code.lower()}@bond.example",
                )
            )
        member = FunctionType(
            organisation_id=made.organisations["NL"],
            code="LID",
            name="Lid",
            category="membership",
            is_membership=True,
            levels=["department"],
            is_default_for_new=True,
        )
        session.add(member)
        session.flush()
        made.member = member.id
    db.session.rollback()
    return made
