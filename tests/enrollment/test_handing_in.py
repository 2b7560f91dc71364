"""Handing in: the public form with a confirmed address, and the administrator."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.enrollment import queries, usecases
from app.enrollment.models import Enrollment, EnrollmentForm
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import DomainError, NotFound
from app.kernel.unit_of_work import transaction, working_as
from app.mail.models import Message
from app.relations.checks import CardRefused
from app.relations.models import Relation


def states(federation) -> list[str]:
    with federation.as_("anna"):
        return [row.state for row in db.session.query(Enrollment).order_by(Enrollment.id)]


def test_what_is_handed_in_waits_for_a_confirmed_address(federation, form, submit, token_of):
    submit()
    assert states(federation) == ["unconfirmed"]
    with federation.as_("anna"):
        assert queries.waiting_count() == 0
        row = db.session.query(Enrollment).one()
        token = token_of("roos@voorbeeld.nl")
    with federation.as_("anna"):
        row = db.session.query(Enrollment).one()
        assert token not in (row.token_hash, str(row.submitted))
    with working_as(queries.door(form).actor):
        usecases.confirm(token)
        with pytest.raises(DomainError) as refused:
            usecases.confirm(token)
        assert refused.value.code == "token_invalid"
    with federation.as_("anna"):
        assert queries.waiting_count() == 1
        row = db.session.query(Enrollment).one()
        assert (row.state, row.source, row.token_hash, row.prefix, row.surname) == ("new", "web", None, "van", "Velthuis")
        assert row.submitted["email"] == "roos@voorbeeld.nl"


def test_a_link_works_a_week_and_only_the_right_one(federation, form, submit, token_of):
    submit()
    token = token_of("roos@voorbeeld.nl")
    with working_as(queries.door(form).actor):
        for wrong in ("", "x", token[:-1], token + "x"):
            with pytest.raises(DomainError):
                usecases.confirm(wrong)
    with clock.standing_still(clock.now() + timedelta(days=7, minutes=1)), working_as(queries.door(form).actor), pytest.raises(DomainError):
        usecases.confirm(token)
    assert states(federation) == ["unconfirmed"]


def test_the_same_twice_is_once_and_nobody_is_mailed_full(federation, submit):
    submit()
    submit()
    for name in ("Anna", "Bea", "Cor", "Dirk"):
        submit(first_name=name)
    assert len(states(federation)) == 3
    with federation.as_("anna"):
        assert db.session.query(Message).count() == 3


def test_the_form_says_the_same_whether_one_is_known_or_not(federation, submit):
    federation.relation("A1", "Velthuis", first_name="Roos")
    assert submit() is None


def test_a_closed_unknown_or_foreign_form_or_department_is_refused(federation, form, submit):
    with pytest.raises(CardRefused) as refused:
        submit(department_id=federation.organisations["B1"])
    assert list(refused.value.refusals) == ["department_id"]
    with pytest.raises(CardRefused):
        submit(department_id=federation.organisations["A"])  # not the level of a member
    with federation.as_("anna"), transaction() as session:
        session.query(EnrollmentForm).one().is_open = False
    for slug in (form, "bestaat-niet", "", "%"):
        with pytest.raises(NotFound):
            queries.door(slug)
    assert states(federation) == []


def test_the_public_actor_sees_no_cards(federation, form):
    federation.relation("A1")
    with working_as(queries.door(form).actor):
        assert db.session.query(Relation).count() == 0
        with pytest.raises(NotFound):
            usecases.enter({"surname": "Jansen", "function_type_id": federation.member, "department_id": federation.organisations["B1"]})


def test_a_refused_form_leaves_nothing(federation, submit):
    with pytest.raises(CardRefused):
        submit(email="roos", consents=False)
    assert states(federation) == []


def test_an_administrator_enters_and_corrects(federation):
    with federation.as_("bram"):
        made = usecases.enter(
            {"surname": "de Vries", "function_type_id": federation.member, "department_id": federation.organisations["A1"]}
        )
        usecases.change(made, {"first_name": "Kees", "email": "kees@voorbeeld.nl"})
        row = queries.enrollment(made)
        assert (row.prefix, row.surname, row.first_name, row.email, row.state) == ("de", "Vries", "Kees", "kees@voorbeeld.nl", "new")
        assert "first_name" not in row.submitted
        with pytest.raises(CardRefused):
            usecases.enter({"surname": "Jansen"})
    with federation.as_("dirk"), pytest.raises(NotFound):
        usecases.change(made, {"first_name": "X"})


def test_the_old_is_forgotten_in_time(federation, submit):
    submit()
    with federation.as_("bram"):
        made = usecases.enter({"surname": "Jansen", "function_type_id": federation.member})
        usecases.decline(made, "Woont in het buitenland")
    with clock.standing_still(clock.now() + timedelta(days=15)), federation.as_("system"):
        assert usecases.forget_old(clock.today()) == 1
        assert usecases.forget_old(clock.today()) == 0
    with clock.standing_still(clock.now() + timedelta(days=366)), federation.as_("system"):
        assert usecases.forget_old(clock.today()) == 1
    assert states(federation) == []
