"""Each wall shows and takes only the actor's own rows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import selectinload

from app.functions.models import FunctionTerm
from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel.actor import NoActor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.relations.models import ContactPoint, Relation
from security import scope
from security.scope import OutOfScopeError
from tests.conftest import Databases
from tests.federation import Federation
from tests.security.seeding import seed
from tests.web import Web


def test_without_an_actor_there_are_no_rows(federation: Federation) -> None:
    with pytest.raises(NoActor):
        db.session.scalar(select(func.count()).select_from(Relation))


def test_a_relation_is_seen_where_it_was_entered_and_where_it_has_or_had_a_function(federation: Federation) -> None:
    entered = federation.relation("A1")
    both = federation.relation("A1")
    federation.holds(both, "B1", first_day=date(2010, 1, 1), last_day=date(2011, 1, 1))
    seen = {}
    for who in ("anna", "bram", "carla", "dirk", "A2", "B1", "B2"):
        with federation.as_(who):
            seen[who] = set(db.session.scalars(select(Relation.id)))
    assert seen == {
        "anna": {entered, both},
        "bram": {entered, both},
        "carla": {entered, both},
        "dirk": {both},
        "A2": set(),
        "B1": {both},
        "B2": set(),
    }


def test_children_of_a_card_are_seen_with_the_card_and_functions_only_at_their_own_organisation(federation: Federation) -> None:
    relation = federation.relation("A1")
    federation.holds(relation, "A1")
    federation.holds(relation, "B1")
    with federation.as_("system"), transaction() as session:
        session.add(
            ContactPoint(organisation_id=federation.organisations["A1"], relation_id=relation, kind="email", value="jo@post.example")
        )
    for who, terms, points in (("bram", 1, 1), ("dirk", 1, 1), ("A2", 0, 0), ("carla", 2, 1)):
        with federation.as_(who):
            assert db.session.scalar(select(func.count()).select_from(FunctionTerm)) == terms, who
            assert db.session.scalar(select(func.count()).select_from(ContactPoint)) == points, who


@pytest.mark.parametrize("wall", ["both", "database only"])
def test_of_a_group_that_is_lent_out_one_sees_its_name_and_the_own_cards(federation: Federation, databases: Databases, wall: str) -> None:
    if wall == "database only" and databases.kind == "sqlite":
        return  # SQLite knows no reader
    ours, theirs = federation.relation("A1"), federation.relation("B1")
    federation.holds(ours, "A1"), federation.holds(theirs, "B1")
    with federation.as_("system"), transaction() as session:
        groups = [
            TargetGroup(organisation_id=federation.organisations[at], code=code, name=code, is_for_below=lent)
            for at, code, lent in (("NL", "lent", True), ("NL", "kept", False), ("A1", "up", True))
        ]
        session.add_all(groups)
        session.flush()
        session.add_all(
            TargetGroupMember(organisation_id=group.organisation_id, target_group_id=group.id, relation_id=card, added_by="test")
            for group in groups
            for card in (ours, theirs)
        )
    if wall == "database only":
        scope.remove()
    try:
        seen = {}
        for who in ("carla", "anna", "bram", "dirk", "A2"):
            with federation.as_(who):
                names = dict(db.session.execute(select(TargetGroup.id, TargetGroup.code)).all())
                members = db.session.execute(select(TargetGroupMember.target_group_id, TargetGroupMember.relation_id)).all()
                seen[who] = (set(names.values()), {(names[group], card) for group, card in members})
                if who != "carla":
                    with pytest.raises((OutOfScopeError, DBAPIError, AssertionError)), transaction() as session:
                        session.execute(text("UPDATE target_group SET name = 'X' WHERE code = 'lent'"))
                        if session.connection().dialect.name == "postgresql":
                            raise AssertionError(session.execute(text("SELECT count(*) FROM target_group WHERE name = 'X'")).scalar())
    finally:
        if wall == "database only":
            scope.install()
    assert seen == {
        "carla": ({"lent", "kept", "up"}, {(code, card) for code in ("lent", "kept", "up") for card in (ours, theirs)}),
        "anna": ({"lent", "up"}, {("lent", ours), ("up", ours), ("up", theirs)}),
        "bram": ({"lent", "up"}, {("lent", ours), ("up", ours), ("up", theirs)}),
        "dirk": ({"lent"}, {("lent", theirs)}),
        "A2": ({"lent"}, set()),
    }
    with federation.as_("system"):
        assert db.session.scalars(select(TargetGroup.name).where(TargetGroup.code == "lent")).one() == "lent"


@pytest.mark.parametrize("wall", ["both", "database only"])
def test_a_foreign_row_is_not_written(federation: Federation, wall: str) -> None:
    stranger, own = federation.relation("B1"), federation.relation("A1")
    if wall == "database only":
        scope.remove()
    try:
        with federation.as_("bram"):
            with pytest.raises((OutOfScopeError, DBAPIError)), transaction() as session:
                session.add(
                    FunctionTerm(
                        organisation_id=federation.organisations["B1"],
                        relation_id=own,
                        function_type_id=federation.member,
                        first_day=date(2026, 1, 1),
                    )
                )
            with pytest.raises((OutOfScopeError, DBAPIError, AssertionError)), transaction() as session:
                session.execute(text("UPDATE relation SET surname = 'X' WHERE id = :id"), {"id": stranger})
                if session.connection().dialect.name == "postgresql":  # row-level security hides it instead
                    raise AssertionError(session.execute(text("SELECT count(*) FROM relation WHERE surname = 'X'")).scalar())
    finally:
        scope.install()
    with federation.as_("system"):
        assert db.session.get(Relation, stranger).surname == "Jansen"
        assert db.session.scalar(select(func.count()).select_from(FunctionTerm)) == 0


def test_a_reference_to_a_foreign_row_is_refused(federation: Federation) -> None:
    stranger, own = federation.relation("B1"), federation.relation("A1")
    with federation.as_("bram"), pytest.raises(OutOfScopeError), transaction() as session:
        session.get(Relation, own).payer_id = stranger


def test_on_postgresql_the_database_alone_hides_foreign_rows(federation: Federation) -> None:
    federation.relation("B1")
    own = federation.relation("A1")
    scope.remove()
    try:
        with federation.as_("bram"):
            seen = set(db.session.scalars(select(Relation.id)))
            sqlite = db.session.connection().dialect.name == "sqlite"
    finally:
        scope.install()
    assert own in seen
    assert (len(seen) == 2) is sqlite  # SQLite knows no reader: there only the session's wall guards reads


def test_the_wall_asks_the_same_whatever_was_asked_before(web: Web) -> None:
    """SQLAlchemy keeps statements with their parameters by place: what one table asks may not become the numbers of the next one."""
    federation = web.federation
    with web.app.app_context():
        seed(federation)
        db.session.remove()
    tables = scope._classes_by_table()
    kinds = {name: scope.kind_of(mapped) for name, mapped in tables.items()}
    scoped = [tables[name] for name in sorted(kinds) if kinds[name] in ("owned", "shared", "of_relation")]
    for who in ("bram", "anna", "carla", "bram", "dirk"):
        with web.as_(who) as actor:
            for round_ in (scoped, [*reversed(scoped)]):
                for mapped in round_:
                    links = [getattr(mapped, link.key) for link in inspect(mapped).relationships if link.direction.name == "MANYTOONE"]
                    rows = db.session.scalars(select(mapped).options(*(selectinload(link) for link in links))).all()
                    expected = actor.readable_ids if kinds[mapped.__tablename__] == "shared" else actor.organisation_ids
                    found = {row.organisation_id for row in rows}
                    assert found == expected & set(federation.organisations.values()), (who, mapped.__name__)
                    for row in rows:
                        settings = [
                            link.key for link in inspect(mapped).relationships if kinds.get(link.mapper.class_.__tablename__) == "shared"
                        ]
                        for name in settings:
                            if getattr(row, f"{name}_id", None) is not None:
                                assert getattr(row, name) is not None, (who, mapped.__name__, name)
                    db.session.expunge_all()
