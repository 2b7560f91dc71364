"""Functions as they are lived: becoming a member, moving, changing, leaving."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from flask import Flask, current_app

from app.functions import usecases
from app.functions.models import EndReason, FunctionEvent, FunctionTerm, FunctionType, PriceCategory
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import DomainError, NotAllowed, NotFound
from app.kernel.unit_of_work import transaction
from app.relations.models import Relation

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _today():
    with clock.standing_still(TODAY):
        yield


@pytest.fixture
def settings(federation):
    """Further types and a reason, made nationally."""
    with federation.as_("carla"), transaction() as session:
        national = federation.organisations["NL"]
        magazine = FunctionType(
            organisation_id=national, code="BLAD", name="Blad", category="interest", levels=[], stops_with_id=federation.member
        )
        board = FunctionType(
            organisation_id=national, code="BEST", name="Bestuur", category="board", levels=[], must_hold_first_id=federation.member
        )
        reason = EndReason(organisation_id=national, code="OPZ", name="Opgezegd")
        student = PriceCategory(organisation_id=national, code="S", name="Student")
        session.add_all([magazine, board, reason, student])
        session.flush()
        return {"magazine": magazine.id, "board": board.id, "reason": reason.id, "student": student.id}


def start(federation, relation_id, at="A1", first_day=TODAY, type_id=None, **values):
    return usecases.start_function(relation_id, type_id or federation.member, federation.organisations[at], first_day, **values)


def term(term_id: int) -> FunctionTerm:
    return db.session.get_one(FunctionTerm, term_id)


def history(term_id: int) -> list[str]:
    return [event.kind for event in db.session.query(FunctionEvent).filter_by(function_term_id=term_id).order_by(FunctionEvent.id)]


def test_a_membership_begins_and_shows_on_the_card(federation):
    bas = federation.relation("A1")
    with federation.as_("bram"):
        made = start(federation, bas)
        assert history(made) == ["start"]
        assert db.session.get_one(Relation, bas).member_since == TODAY
        with pytest.raises(DomainError) as refused:
            start(federation, bas, first_day=TODAY + timedelta(30))
        assert refused.value.code == "function_overlaps"
        assert "Jansen, Jo heeft deze functie hier al: Lid bij department A1 vanaf 22-11-2026" in refused.value.message


def test_a_stranger_can_neither_start_nor_end(federation):
    bas = federation.relation("A1")
    held = federation.holds(bas, "A1")
    with federation.as_("dirk"):
        with pytest.raises(NotFound):
            start(federation, bas, at="B1")
        with pytest.raises(NotFound):
            usecases.end_function(held, TODAY, None)


def test_ending_takes_along_what_stops_with_it(federation, settings):
    bas = federation.relation("A1")
    with federation.as_("bram"):
        made = start(federation, bas)
        magazine = start(federation, bas, type_id=settings["magazine"])
        board = start(federation, bas, type_id=settings["board"])
        ended = usecases.end_function(made, date(2026, 12, 31), settings["reason"])
        assert set(ended) == {made, magazine}
        assert term(board).last_day is None
        card = db.session.get_one(Relation, bas)
        assert (card.end_date, card.end_reason) == (date(2026, 12, 31), "Opgezegd")
        usecases.resume_function(made)
        assert (term(made).last_day, db.session.get_one(Relation, bas).end_date) == (None, None)
        assert history(made) == ["start", "end", "restart"]


def test_an_end_in_the_past_is_refused_without_the_right(federation):
    bas = federation.relation("A1")
    held = federation.holds(bas, "A1")
    with federation.as_("bram"):
        with pytest.raises(DomainError, match="21-11-2026 ligt in het verleden"):
            usecases.end_function(held, date(2026, 11, 21), None)
        assert term(held).last_day is None
        usecases.end_function(held, date(2026, 11, 21), None, may_end_in_past=True)
        assert term(held).last_day == date(2026, 11, 21)


def test_ending_the_membership_ends_all_functions_and_keeps_them(federation, settings):
    bas = federation.relation("A1")
    with federation.as_("bram"):
        ids = {start(federation, bas), start(federation, bas, type_id=settings["board"])}
        assert set(usecases.end_membership(bas, date(2026, 12, 31), settings["reason"])) == ids
        with pytest.raises(DomainError) as refused:
            usecases.end_membership(bas, date(2026, 12, 31), settings["reason"])
        assert refused.value.code == "no_membership"
        assert db.session.query(FunctionTerm).count() == 2


def test_a_function_that_has_yet_to_begin_stops_the_end_of_the_membership(federation, settings):
    bas = federation.relation("A1")
    with federation.as_("bram"):
        made = start(federation, bas)
        start(federation, bas, first_day=date(2027, 3, 1), type_id=settings["board"])
        with pytest.raises(DomainError, match="begint pas op 01-03-2027"):
            usecases.end_membership(bas, date(2026, 12, 31), settings["reason"])
        assert term(made).last_day is None


def test_a_transfer_within_the_province_keeps_the_age(federation):
    bas = federation.relation("A1")
    held = federation.holds(bas, "A1", date(2015, 3, 1))
    with federation.as_("anna"):
        moved = usecases.transfer(held, federation.organisations["A2"], date(2027, 1, 1))
        assert (term(held).last_day, term(moved).first_day, term(moved).previous_id) == (date(2026, 12, 31), date(2027, 1, 1), held)
        card = db.session.get_one(Relation, bas)
        assert (card.member_since, card.end_date) == (date(2015, 3, 1), None)
        assert history(held) == ["transfer"]
        with pytest.raises(NotFound):
            usecases.transfer(moved, federation.organisations["B1"], date(2027, 6, 1))
    with federation.as_("carla"):
        usecases.transfer(moved, federation.organisations["B1"], date(2027, 6, 1))
    with federation.as_("dirk"):
        assert db.session.get(Relation, bas).member_since == date(2015, 3, 1)


def test_a_price_changes_on_its_day_and_not_inside_what_was_charged(federation, settings):
    bas = federation.relation("A1")
    held = federation.holds(bas, "A1")
    with federation.as_("bram"):
        with pytest.raises(DomainError) as refused:
            usecases.change_price_category(held, settings["student"], date(2026, 12, 31), lambda _: date(2026, 12, 31))
        assert refused.value.code == "change_inside_charged"
        usecases.change_price_category(held, settings["student"], date(2027, 1, 1), lambda _: date(2026, 12, 31))
        assert term(held).price_category_id is None
    with federation.as_("system"):
        assert usecases.apply_due_functions(date(2026, 12, 31)).changes == 0
        assert usecases.apply_due_functions(date(2027, 1, 1)).changes == 1
        assert usecases.apply_due_functions(date(2027, 1, 1)).changes == 0
        assert term(held).price_category_id == settings["student"]


def test_who_pays_can_change_at_once(federation):
    bas, mother = federation.relation("A1"), federation.relation("A1", first_name="Mia")
    held = federation.holds(bas, "A1")
    with federation.as_("bram"):
        usecases.change_payer(held, mother, TODAY, lambda _: None)
        assert term(held).payer_id == mother
        assert history(held) == ["payer_change"]


def test_only_the_national_level_deletes_and_the_history_goes_too(federation):
    bas = federation.relation("A1")
    with federation.as_("bram"):
        made = start(federation, bas)
        with pytest.raises(NotAllowed):
            usecases.delete_function(made)
    with federation.as_("carla"):
        usecases.delete_function(made)
        assert db.session.query(FunctionTerm).count() == db.session.query(FunctionEvent).count() == 0
        assert db.session.get_one(Relation, bas).member_since is None


def test_a_function_that_something_hangs_on_is_not_deleted(federation):
    held = federation.holds(federation.relation("A1"), "A1")
    with federation.as_("carla"):
        moved = usecases.transfer(held, federation.organisations["A2"], date(2027, 1, 1))
        with pytest.raises(DomainError) as refused:
            usecases.delete_function(held)
        assert refused.value.code == "function_in_use"
        assert db.session.query(FunctionTerm).filter(FunctionTerm.id.in_((held, moved))).count() == 2


def test_the_morning_job_heals_the_card_of_who_returns_today(federation):
    bas = federation.relation("A1")
    federation.holds(bas, "A1", date(2020, 1, 1), last_day=date(2023, 12, 31))
    federation.holds(bas, "A2", TODAY)
    with federation.as_("system"):
        assert usecases.apply_due_functions(TODAY).memberships == 1
        assert usecases.apply_due_functions(TODAY).memberships == 0
        assert db.session.get_one(Relation, bas).member_since == TODAY


def test_two_at_once_start_one_membership(federation):
    bas = federation.relation("A1")
    flask: Flask = current_app._get_current_object()
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def begin() -> None:
        with flask.app_context(), clock.standing_still(TODAY), federation.as_("bram"):
            ready.wait()
            try:
                start(federation, bas)
                outcomes.append("started")
            except DomainError as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["function_overlaps", "started"]
    with federation.as_("bram"):
        assert db.session.query(FunctionTerm).count() == 1


@pytest.mark.parametrize("quantity", [-1, 0])
def test_a_quantity_below_one_is_refused_with_what_to_do(federation, quantity):
    bas = federation.relation("A1")
    held = federation.holds(federation.relation("A1"), "A1")
    with federation.as_("bram"):
        for change in (lambda: start(federation, bas, quantity=quantity), lambda: _counted(held, quantity)):
            with pytest.raises(DomainError, match=f"Aantal {quantity} kan niet. Vul 1 of meer in.") as refused:
                change()
            assert (refused.value.code, refused.value.parameters["field"]) == ("quantity_not_positive", "quantity")
        assert term(held).quantity == 1


def _counted(term_id, quantity):
    with transaction() as session, session.no_autoflush:
        row = term(term_id)
        row.quantity = quantity
        usecases.check_changed(row)
