"""Target groups: relations in and out, once, by hand or many at once, each with who and when."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.functions.queries import holders
from app.groups import queries, usecases
from app.groups.models import TargetGroupMember
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.models import AuditRecord
from tests.federation import Federation


def unused(_group_id: int, _code: str, _organisation_id: int, *, only_below: bool = False) -> list[str]:
    return []


@pytest.fixture
def youth(federation: Federation) -> int:
    with federation.as_("A"):
        return usecases.add_group(federation.organisations["A"], code="Jeugd", name="Jeugd")


def test_relations_go_in_once_and_out_with_a_line_in_the_trail(federation: Federation, youth: int) -> None:
    cards = [federation.relation("A1", f"Lid{i}") for i in range(5)]
    with federation.as_("A"):
        assert usecases.add_members(youth, cards[:3]) == 3
        assert usecases.add_members(youth, cards) == 2
        assert usecases.add_members(youth, cards) == 0
        assert queries.counts([youth]) == {youth: 5}
        row = db.session.scalars(select(TargetGroupMember)).first()
        assert (row.added_by, row.made_at is not None, row.organisation_id) == ("A", True, federation.organisations["A"])
        assert usecases.remove_members(youth, [*cards[:2], 999_999]) == 2
        assert usecases.remove_members(youth, cards[:2]) == 0
        lines = select(AuditRecord.action, AuditRecord.changes).where(AuditRecord.action.contains("members")).order_by(AuditRecord.id)
        told = [tuple(row) for row in db.session.execute(lines)]
    assert [(action, changes.get("added") or changes.get("removed")) for action, changes in told] == [
        ("add_members", 3),
        ("add_members", 2),
        ("remove_members", 2),
    ]


def test_a_card_or_group_out_of_sight_is_not_there(federation: Federation, youth: int) -> None:
    ours, theirs = federation.relation("A1"), federation.relation("B1")
    with federation.as_("A"), pytest.raises(DomainError) as refusal:
        usecases.add_members(youth, [ours, theirs])
    assert refusal.value.code == "not_found"
    for who in ("bram", "dirk"):
        with federation.as_(who), pytest.raises(DomainError) as refusal:
            usecases.add_members(youth, [ours])
        assert refusal.value.code == "not_found"
    with federation.as_("A"):
        assert queries.counts([youth]) == {}


def test_a_code_is_one_groups_name(federation: Federation, youth: int) -> None:
    with federation.as_("A"):
        with pytest.raises(DomainError, match="al de code van doelgroep “Jeugd”"):
            usecases.add_group(federation.organisations["A"], code="jeugd", name="Nog een")
        with pytest.raises(DomainError) as refusal:
            usecases.add_group(federation.organisations["A"], code="jeugd 2", name="Nog een")
        assert (refusal.value.code, refusal.value.parameters["field"]) == ("code_wrong", "code")
        usecases.add_group(federation.organisations["A1"], code="jeugd", name="Jeugd van A1")
        usecases.change_group(youth, unused, code="junioren", name="Junioren")


def test_a_group_goes_with_who_is_in_it(federation: Federation, youth: int) -> None:
    card = federation.relation("A1")
    with federation.as_("A"):
        usecases.add_members(youth, [card])
        usecases.remove_group(youth, unused)
        assert queries.groups_of(federation.organisations["A"]) == []
        assert db.session.scalars(select(TargetGroupMember)).all() == []


def test_everyone_with_a_function_is_found_here_and_below(federation: Federation) -> None:
    here, there, ended, dead = (federation.relation(at, at) for at in ("A1", "A2", "A1", "A1"))
    federation.holds(here, "A1")
    federation.holds(there, "A2")
    federation.holds(ended, "A1", last_day=date(2025, 12, 31))
    gone = federation.relation("A1", deceased_on=date(2026, 1, 1))
    federation.holds(gone, "A1")
    federation.holds(federation.relation("B1"), "B1")
    today = date(2026, 6, 1)
    with federation.as_("A"):
        assert holders(federation.member, None, today) == [here, there]
        assert holders(federation.member, federation.organisations["A1"], today) == [here]
        assert holders(federation.member, None, date(2025, 6, 1)) == [here, there, ended]
    assert dead not in (here, there)


def test_a_group_that_is_lent_out_is_changed_at_home_only(federation: Federation) -> None:
    """Wall by wall what is seen of it: `tests/security/test_walls.py`; what it does to a price: `tests/contributions/test_price_facts.py`."""
    home, below = federation.organisations["NL"], federation.organisations["A"]
    card = federation.relation("A1")
    with federation.as_("carla"):
        lent = usecases.add_group(home, code="ere", name="Ereleden", is_for_below=True)
        kept = usecases.add_group(home, code="stil", name="Stil")
    with federation.as_("anna"):
        assert [group.id for group in queries.groups_of(below)] == [lent]
        for change in (
            lambda: usecases.add_members(lent, [card]),
            lambda: usecases.remove_members(lent, [card]),
            lambda: usecases.change_group(lent, unused, name="Anders"),
            lambda: usecases.remove_group(lent, unused),
        ):
            with pytest.raises(DomainError, match="is van national NL") as refusal:
                change()
            assert refusal.value.code == "not_allowed"
        with pytest.raises(DomainError, match="van national NL"):
            usecases.add_group(below, code="ere", name="Nog eens")
        own = usecases.add_group(below, code="stil", name="Eigen")
        assert {group.id for group in queries.groups_of(below)} == {lent, own}
    with federation.as_("carla"):
        with pytest.raises(DomainError, match="al de code van doelgroep “Eigen”"):
            usecases.change_group(kept, unused, is_for_below=True)
        with pytest.raises(DomainError, match="regel “Lid”"):
            usecases.change_group(lent, lambda *_args, only_below: ["regel “Lid”"] if only_below else [], is_for_below=False)
        usecases.change_group(lent, unused, is_for_below=False)
    with federation.as_("anna"):
        assert [group.id for group in queries.groups_of(below)] == [own]
