"""The tree of the federation: adding and moving with all under it, and who covers a postcode."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import SQLAlchemyError

from app.kernel.db import db
from app.kernel.errors import DomainError, NotAllowed, NotFound
from app.organisations import queries, usecases
from app.organisations.models import Organisation


def path(code: str) -> str:
    return db.session.query(Organisation.path).filter_by(code=code).scalar()


def test_a_new_organisation_hangs_under_its_parent(federation):
    with federation.as_("anna"):
        made = usecases.add_organisation(
            federation.organisations["A"], code="A3", name=" Afdeling A3 ", kind="department", postcode="7201kl"
        )
    with federation.as_("anna"):
        row = db.session.get_one(Organisation, made)
        assert (row.name, row.postcode, row.path) == ("Afdeling A3", "7201 KL", f"{path('A')}{made}/")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "A1"}, "code"),
        ({"name": " "}, "name"),
        ({"kind": "club"}, "kind"),
        ({"email": "geen"}, "email"),
        ({"postcode": "12"}, "postcode"),
        ({"phone": "x"}, "phone"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(federation, values, field):
    with federation.as_("anna"), pytest.raises(DomainError) as refused:
        usecases.add_organisation(federation.organisations["A"], **({"code": "A3", "name": "A3", "kind": "department"} | values))
    assert refused.value.parameters["field"] == field


def test_nobody_adds_in_another_province(federation):
    with federation.as_("dirk"), pytest.raises((NotFound, SQLAlchemyError)):
        usecases.add_organisation(federation.organisations["A"], code="A3", name="A3", kind="department")


def test_a_move_takes_all_under_it_along(federation):
    with federation.as_("carla"):
        team = usecases.add_organisation(federation.organisations["A1"], code="A1T", name="Team", kind="team")
    with federation.as_("carla"):
        usecases.add_organisation(team, code="A1TC", name="Commissie", kind="committee")
    with federation.as_("carla"):
        assert usecases.move_organisation(federation.organisations["A1"], federation.organisations["B"]) == 3
        assert path("A1TC").startswith(f"{path('B')}{federation.organisations['A1']}/{team}/")
        assert path("A2").startswith(path("A"))
    with federation.as_("dirk"):
        assert queries.by_code("A1TC").kind == "committee"
    with federation.as_("anna"), pytest.raises(NotFound):
        queries.by_code("A1TC")


def test_an_organisation_cannot_hang_under_itself_nor_move_itself(federation):
    with federation.as_("carla"), pytest.raises(DomainError) as refused:
        usecases.move_organisation(federation.organisations["A"], federation.organisations["A1"])
    assert refused.value.code == "organisation_under_itself"
    with federation.as_("anna"), pytest.raises(NotAllowed):
        usecases.move_organisation(federation.organisations["A"], federation.organisations["NL"])


def test_the_narrowest_range_covers_a_postcode(federation):
    with federation.as_("anna"):
        usecases.cover_postcodes(federation.organisations["A1"], 7000, 7299)
        usecases.cover_postcodes(federation.organisations["A2"], 7240, 7249)
        assert queries.department_for("7201 KL") == federation.organisations["A1"]
        assert queries.department_for("7241 AB") == federation.organisations["A2"]
        assert [queries.department_for(odd) for odd in ("1000 AA", "", None, "B-1000")] == [None] * 4
        with pytest.raises(DomainError):
            usecases.cover_postcodes(federation.organisations["A1"], 7300, 7200)


def test_the_nearest_books_above_are_used(federation):
    with federation.as_("anna"):
        assert queries.bookkeeper_of(federation.organisations["A1"]) == federation.organisations["A"]
    with federation.as_("bram"):
        assert queries.bookkeeper_of(federation.organisations["A1"]) is None
