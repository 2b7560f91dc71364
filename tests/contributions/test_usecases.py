"""Seasons copied, prices tried out, charges let go, and rules that cannot be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.contributions.models import Adjustment, BillingPlan, Charge, ContributionRule
from app.contributions.usecases import copy_season, keep_adjustment, keep_plan, keep_rule, preview_charge, season_copy, waive_charges
from app.invoicing.usecases import make_run, withdraw_run
from app.kernel.db import db
from app.kernel.errors import DomainError
from tests.federation import Federation
from tests.invoicing.season import Province, province, season_year


@pytest.fixture
def gelre(federation: Federation) -> Province:
    return province(federation)


def test_a_season_is_copied_raised_and_moved_once(gelre: Province) -> None:
    after = season_year(gelre.federation, 2027)
    with gelre.federation.as_("anna"):
        shown = season_copy(gelre.organisation_id, gelre.season_id, after, basis_points=250)
        assert [(one.description, one.new_cents, one.new_born_from) for one in shown] == [
            ("Contributie lid", 6150, date(1900, 1, 1)),
            ("Contributie jeugdlid", 3075, date(2009, 1, 1)),
        ]
        made = copy_season(gelre.organisation_id, gelre.season_id, after, basis_points=250)
        assert len(made) == 2
        assert len(db.session.scalars(select(Adjustment).where(Adjustment.rule_id.in_(made))).all()) == 4
        assert copy_season(gelre.organisation_id, gelre.season_id, after) == []
        with pytest.raises(DomainError, match="zichzelf"):
            copy_season(gelre.organisation_id, after, after)


def test_a_price_is_tried_out_with_its_reason(gelre: Province) -> None:
    member = gelre.member("Aalders", payment_method="direct_debit")
    nobody = gelre.federation.relation("A1", "Berends")
    with gelre.federation.as_("anna"):
        (found,) = preview_charge(gelre.contribution_id, gelre.season_id, member)
        assert (found.cents, "automatische incasso" in found.why) == (5500, True)
        (none,) = preview_charge(gelre.contribution_id, gelre.season_id, nobody)
        assert none.cents is None
        assert "geen functie" in none.why


def test_an_open_charge_is_let_go_and_not_made_again(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        charge_id = db.session.scalars(select(Charge.id)).one()
        with pytest.raises(DomainError, match="Op conceptfactuur"):
            waive_charges([charge_id], "Bestuurslid")
        withdraw_run(run_id)
        with pytest.raises(DomainError, match="waarom"):
            waive_charges([charge_id], " ")
        assert waive_charges([charge_id], "Bestuurslid") == 1
        made = make_run(gelre.run())
        assert (made.made, made.left_out) == (0, 1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"amount_cents": 5000, "born_from": date(1900, 1, 1)}, "past al op precies dezelfde relaties"),
        ({"amount_cents": 5000, "formula": "1 + 1", "born_from": date(2015, 1, 1)}, "precies één van bedrag"),
        ({"born_from": date(2015, 1, 1)}, "precies één van bedrag"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(gelre: Province, values: dict[str, Any], words: str) -> None:
    with gelre.federation.as_("anna"), pytest.raises(DomainError, match=words):
        keep_rule(
            ContributionRule(),
            {"contribution_id": gelre.contribution_id, "season_id": gelre.season_id, "description": "Nieuw", **values},
        )
    with gelre.federation.as_("anna"):
        assert len(db.session.scalars(select(ContributionRule)).all()) == 2
        kept = keep_rule(
            ContributionRule(),
            {
                "contribution_id": gelre.contribution_id,
                "season_id": gelre.season_id,
                "description": "Nieuw",
                "amount_cents": 100,
                "born_from": date(2015, 1, 1),
            },
        )
        assert kept.id


def test_settings_and_plans_are_checked_before_they_are_kept(gelre: Province) -> None:
    with gelre.federation.as_("anna"):
        with pytest.raises(DomainError, match="Kortere periode"):
            keep_adjustment(
                Adjustment(), {"rule_id": gelre.rules["Contributie lid"], "kind": "short_period", "settings": {"variant": "uur"}}
            )
        with pytest.raises(DomainError, match="vaste datum"):
            keep_plan(BillingPlan(organisation_id=gelre.organisation_id), {"name": "Plan", "anchor": "fixed", "months": 3})
        assert keep_plan(BillingPlan(organisation_id=gelre.organisation_id), {"name": "Kwartaal", "anchor": "calendar", "months": 3}).id
