"""The first day of a new function: by month of registration, next period, 1 January, typed by hand, and where it is used."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.contributions.facts import StartRow
from app.contributions.models import Contribution
from app.contributions.preset_parts import Answers
from app.contributions.queries import first_day_for, proposes_starts, start_for
from app.contributions.usecases import add_from_preset
from app.enrollment.models import Enrollment
from app.enrollment.queries import proposed_first_day
from app.functions.models import FunctionTerm, FunctionType
from app.kernel.clock import now, today
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from tests.federation import Federation
from tests.web import Web

OCTOBER = (StartRow(10, 12, 1),)
START = date(2020, 1, 1)


def plan(federation: Federation, name: str = "Blad", **terms: object) -> None:
    with federation.as_("anna"):
        answers = Answers(name, 3000, start=START, **terms)  # type: ignore[arg-type]
        add_from_preset(federation.organisations["A"], "subscription", federation.member, answers)


PROPOSED = [
    ("spec 05: registered in October", {"start_way": "table", "start_rows": OCTOBER}, "2026-10-01", "2027-01-01"),
    ("seed 003 5.3: a month without a row", {"start_way": "table", "start_rows": OCTOBER}, "2026-09-30", "2026-09-30"),
    ("seed 003 5.3: next period", {"start_way": "next_period", "months": 3}, "2026-05-06", "2026-07-01"),
    ("seed 003 5.3: calendar year", {"start_way": "january"}, "2026-05-06", "2026-01-01"),
    ("seed 003 5.3: today", {}, "2026-05-06", "2026-05-06"),
    ("seed 003 5.3: typed by hand", {"start_way": "none"}, "2026-05-06", "None"),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "registered", "expected"), [row[1:] for row in PROPOSED], ids=[row[0] for row in PROPOSED])
def test_the_plan_of_the_contribution_proposes(federation: Federation, terms: dict[str, object], registered: str, expected: str) -> None:
    at = federation.organisations["A1"]
    with federation.as_("anna"):
        assert not proposes_starts(at)
        assert first_day_for(federation.member, at, date.fromisoformat(registered)) == date.fromisoformat(registered)
    plan(federation, **terms)
    with federation.as_("anna"):
        assert proposes_starts(at) is bool(terms)
        assert str(first_day_for(federation.member, at, date.fromisoformat(registered))) == expected


def test_the_nearest_function_type_and_the_own_books_say_it(federation: Federation) -> None:
    plan(federation, start_way="january")
    with federation.as_("carla"), transaction() as session:
        youth, donor = (
            FunctionType(organisation_id=federation.organisations["NL"], code=code, name=code, category="membership", parent_id=parent)
            for code, parent in (("JEUGD", federation.member), ("DONATEUR", None))
        )
        session.add_all([youth, donor])
        session.flush()
        ids = (youth.id, donor.id)
    with federation.as_("anna"):
        at, day = federation.organisations["A1"], date(2026, 5, 6)
        assert [first_day_for(kind, at, day) for kind in ids] == [date(2026, 1, 1), day]
    with federation.as_("dirk"):
        assert first_day_for(federation.member, federation.organisations["B1"], day) == day


def test_a_department_that_does_not_see_the_books_gets_the_day_and_its_reason_only(federation: Federation) -> None:
    plan(federation, start_way="january")
    at, day = federation.organisations["A1"], date(2026, 5, 6)
    with federation.as_("bram"):
        assert db.session.scalars(select(Contribution.id)).all() == []
        proposed = start_for(federation.member, at, day)
        assert (proposed.first_day, proposed.why) == (
            date(2026, 1, 1),
            "1 januari van dit jaar, volgens de facturatie-instelling van province A",
        )
        assert proposes_starts(at)
        with transaction():  # as the form does
            assert start_for(federation.member, at, day) == proposed
        assert db.session.scalars(select(Contribution.id)).all() == []
        with pytest.raises(DomainError):
            start_for(federation.member, federation.organisations["B1"], day)
    with federation.as_("B1"):
        assert (start_for(federation.member, federation.organisations["B1"], day), proposes_starts(federation.organisations["B1"])) == (
            (day, ""),
            False,
        )


def enrollment(federation: Federation, wanted_from: date | None = None) -> Enrollment:
    return Enrollment(
        organisation_id=federation.organisations["A"],
        function_type_id=federation.member,
        wanted_from=wanted_from,
        made_at=now(),
    )


def test_an_enrollment_is_proposed_that_day_or_a_later_one_that_was_asked_for(federation: Federation) -> None:
    day, at = date(today().year, 1, 1), federation.organisations["A1"]
    later = date(today().year + 1, 3, 1)
    with federation.as_("anna"):
        assert proposed_first_day(enrollment(federation), at, today()) == today()
        assert proposed_first_day(enrollment(federation, later), at, today()) == later
        db.session.rollback()
    plan(federation, start_way="january")
    with federation.as_("anna"):
        assert proposed_first_day(enrollment(federation), at, today()) == day
        assert proposed_first_day(enrollment(federation, later), at, today()) == later
        assert proposed_first_day(enrollment(federation), None, today()) == today()


def test_a_new_function_without_a_date_starts_as_the_plan_proposes(web: Web) -> None:
    with web.app.app_context():
        relation = web.federation.relation("A1")
        db.session.remove()
        plan(web.federation, start_way="none")
    form = {"relation": relation, "function_type": web.federation.member, "organisation": web.federation.organisations["A1"], "quantity": 1}
    carla = web.client("carla")
    assert f'value="{today():%d-%m-%Y}"' in carla.get("/functiontermview/add").text
    assert "Vul in op welke dag" in carla.post("/functiontermview/add", data=form).text
    with web.app.app_context():
        plan(web.federation, "Aanhef", start_way="january")
    assert carla.post("/functiontermview/add", data=form).status_code == 302
    with web.as_("carla"):
        (row,) = db.session.query(FunctionTerm).all()
        assert row.first_day == date(today().year, 1, 1)
        number = row.id
    edited = carla.post(f"/functiontermview/edit/{number}", data={"first_day": "", "quantity": "1", "version_seen": "1"})
    assert "Vul in op welke dag" in edited.text
    for quantity in ("-1", "0"):
        edited = carla.post(f"/functiontermview/edit/{number}", data={"first_day": "01-01-2026", "quantity": quantity, "version_seen": "1"})
        assert f"Aantal {quantity} kan niet. Vul 1 of meer in." in edited.text
    # a department proposes the same, though it does not see the books
    with web.app.app_context():
        other = web.federation.relation("A1")
    bram = web.client("bram")
    assert f'value="{today():%d-%m-%Y}"' not in bram.get("/functiontermview/add").text
    assert "Vul in op welke dag" not in bram.post("/functiontermview/add", data={**form, "relation": other, "quantity": "-1"}).text
    answer = bram.post("/functiontermview/add", data={**form, "relation": other}, follow_redirects=True)
    assert f"Begint op 01-01-{today().year}: 1 januari van dit jaar, volgens de facturatie-instelling van province A." in answer.text
    with web.as_("bram"):
        assert db.session.query(FunctionTerm).filter_by(relation_id=other).one().first_day == date(today().year, 1, 1)
