"""The demo federation: believable, whole, the same for the same seed, and no real accounts."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.contributions.models import ContributionRule
from app.functions.models import FunctionTerm, FunctionType
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.identifiers import parse_email, parse_iban, parse_phone
from app.kernel.unit_of_work import working_as
from app.organisations.models import Organisation
from app.relations.models import Relation, RelationAccount
from app.sepa.models import Mandate
from jobs.demo import building
from jobs.demo.people import people

TODAY = date(2026, 11, 22)
TOWNS = [(7000 + 8 * place, f"Dorp {place}") for place in range(20)]


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    first, again, other = (list(people(500, seed, TOWNS, 2026)) for seed in (1, 1, 2))
    assert first == again
    assert [p.surname for p in first] != [p.surname for p in other]


def test_people_are_believable() -> None:
    made = list(people(4000, 1, TOWNS, 2026))
    assert len(made) == 4000
    assert {p.department for p in made} == set(range(20))
    assert 0.6 < sum(p.has_mandate for p in made) / len(made) < 0.8
    children = [p for p in made if p.payer is not None]
    assert children and all(made[p.payer].household == p.household and made[p.payer].is_head for p in children)
    assert any(p.born is None for p in made) and any(p.direct_debit and not p.has_mandate for p in made)
    assert any(p.last_day for p in made) and any(p.first_day.year == 2026 for p in made)
    assert all(p.born is None or p.born < p.first_day for p in made)
    for p in made[:500]:
        if p.iban:
            parse_iban(p.iban)
            account = p.iban[8:]
            assert sum((10 - place) * int(figure) for place, figure in enumerate(account)) % 11, "this could be somebody's account"
        if p.email:
            assert parse_email(p.email).endswith(".example")
        if p.phone:
            parse_phone(p.phone)


def test_the_federation_is_whole(app: Flask) -> None:
    with working_as(system_actor("test")):
        frame = building.build(300, 1, TODAY)
        assert db.session.scalar(select(func.count()).select_from(Organisation).where(Organisation.kind == "province")) == 12
        assert 9 * 12 <= len(frame.departments) <= 11 * 12
        assert db.session.scalar(select(func.count()).select_from(Relation).where(Relation.kind == "person")) == 300
        assert (
            db.session.scalar(select(func.count()).select_from(Mandate))
            == 2
            * db.session.scalar(
                select(func.count())
                .select_from(RelationAccount)
                .join(Relation, Relation.id == RelationAccount.relation_id)
                .where(Relation.payment_method == "direct_debit")
            )
            - 2 * _without_mandate()
        )
        held = dict(
            db.session.execute(
                select(FunctionType.code, func.count())
                .join(FunctionTerm, FunctionTerm.function_type_id == FunctionType.id)
                .group_by(FunctionType.code)
            ).all()
        )
        assert held["LID"] == 300 and held["SPONSOR"] == 2
        rules = db.session.execute(select(ContributionRule.organisation_id, func.count()).group_by(ContributionRule.organisation_id)).all()
        assert len(rules) == 13 and all(count >= 20 for _, count in rules)


def _without_mandate() -> int:
    mandated = select(Mandate.relation_id)
    return db.session.scalar(
        select(func.count())
        .select_from(RelationAccount)
        .join(Relation, Relation.id == RelationAccount.relation_id)
        .where(Relation.payment_method == "direct_debit", Relation.id.not_in(mandated))
    )


def test_a_filled_database_is_left_alone(app: Flask) -> None:
    runner = app.test_cli_runner()
    with working_as(system_actor("test")):
        building.build(5, 1, TODAY)
    answer = runner.invoke(args=["demo", "--members", "5"])
    assert answer.exit_code == 1
    assert "niet leeg" in answer.output


@pytest.mark.parametrize("arguments", [["--members", "0"], ["--members", "veel"], ["--onbekend"]])
def test_wrong_usage_is_exit_2(app: Flask, arguments: list[str]) -> None:
    assert app.test_cli_runner().invoke(args=["demo", *arguments]).exit_code == 2
