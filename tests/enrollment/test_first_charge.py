"""What a new member will pay first, by the engine that charges everybody; and up to when a function was charged."""

from __future__ import annotations

from datetime import date

import pytest

from app.contributions.models import Charge, Contribution, ContributionRule, Season
from app.contributions.queries import charged_until
from app.enrollment import queries
from app.functions.usecases import change_price_category
from app.kernel.errors import DomainError, NotAllowed
from app.kernel.unit_of_work import transaction, working_as


@pytest.fixture
def contribution(federation) -> int:
    """Province A charges its members 60 euros a season, and 30 who is born from 2010 on."""
    with federation.as_("carla"), transaction() as session:
        session.add(
            Season(organisation_id=federation.organisations["NL"], name="2026", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
        )
    with federation.as_("anna"), transaction() as session:
        at = federation.organisations["A"]
        row = Contribution(organisation_id=at, name="Contributie", function_type_id=federation.member)
        session.add(row)
        session.flush()
        for description, cents, born in (("Lid", 6000, None), ("Jeugd", 3000, date(2010, 1, 1))):
            session.add(
                ContributionRule(
                    organisation_id=at,
                    contribution_id=row.id,
                    description=description,
                    amount_cents=cents,
                    born_from=born,
                    valid_from=date(2026, 1, 1),
                )
            )
        return row.id


PRICES = [(date(1991, 5, 9), 6000), (date(2012, 1, 1), 3000)]


@pytest.mark.parametrize(("born", "cents"), PRICES)
def test_the_first_contribution_is_computed_for_who_begins(federation, contribution, born, cents):
    with federation.as_("anna"):
        found = queries.first_charges(federation.organisations["A1"], federation.member, date(2026, 3, 1), born=born)
        assert [(charge.name, charge.amount_cents) for charge in found] == [("Contributie", cents)]


def test_what_cannot_be_told_is_said(federation, contribution):
    with federation.as_("anna"):
        (found,) = queries.first_charges(federation.organisations["A1"], federation.member, date(2026, 3, 1))
        assert found.amount_cents is None
        assert "geboortedatum" in found.why.lower()
        assert queries.first_charges(federation.organisations["A1"], federation.member, date(2030, 3, 1)) == []
    with federation.as_("bram"):
        assert queries.first_charges(federation.organisations["A1"], federation.member, date(2026, 3, 1)) == []


def test_the_public_form_shows_the_same_price(federation, contribution, form):
    with working_as(queries.door(form).actor):
        (found,) = queries.first_charges(
            federation.organisations["A1"], federation.member, date(2026, 3, 1), born=date(1991, 5, 9), only_contribution_id=contribution
        )
        assert found.amount_cents == 6000


def test_a_price_does_not_change_inside_what_was_charged(federation, contribution):
    bas = federation.relation("A1")
    held = federation.holds(bas, "A1")
    with federation.as_("anna"):
        with transaction() as session:
            session.add(
                Charge(
                    organisation_id=federation.organisations["A"],
                    key="x",
                    contribution_id=contribution,
                    relation_id=bas,
                    payer_id=bas,
                    function_term_id=held,
                    first_day=date(2026, 1, 1),
                    last_day=date(2026, 12, 31),
                    description="Lid",
                    amount_cents=6000,
                    state="posted",
                )
            )
        assert charged_until(held) == date(2026, 12, 31)
        with pytest.raises(DomainError, match="Tot en met 31-12-2026 is al berekend"):
            change_price_category(held, None, date(2026, 12, 1), charged_until)
        change_price_category(held, None, date(2027, 1, 1), charged_until)
    with federation.as_("bram"), pytest.raises(NotAllowed, match="Vraag het aan je provincie"):
        change_price_category(held, None, date(2026, 6, 1), charged_until)  # he does not see that it was charged
