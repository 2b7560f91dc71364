"""Rules that can be computed are kept, a season is copied once, a charge is waived with its reason."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, func, select

from app.contributions.models import Adjustment, BillingPlan, Charge, Contribution, ContributionRule
from app.contributions.usecases import (
    check_adjustment,
    check_contribution,
    check_plan,
    check_plan_of,
    check_rule,
    copy_season,
    preview_charge,
    take_back_waiver,
    waive_charge,
)
from app.invoicing.usecases import make_run, withdraw_run
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.models import AuditRecord
from app.kernel.unit_of_work import transaction
from tests.federation import Federation
from tests.invoicing.season import Province, province, season_year


@pytest.fixture
def gelre(federation: Federation) -> Province:
    return province(federation)


def test_copying_a_season_moves_dates_raises_amounts_and_is_done_once(gelre: Province) -> None:
    target = season_year(gelre.federation, 2027)
    with gelre.federation.as_("anna"):
        made = copy_season(gelre.organisation_id, gelre.season_id, target, 250)
        assert (made.made, made.there) == (2, 0)
        rows = db.session.execute(
            select(ContributionRule.description, ContributionRule.amount_cents, ContributionRule.born_from)
            .where(ContributionRule.season_id == target)
            .order_by(ContributionRule.born_from)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("Contributie lid", 6150, date(1900, 1, 1)),
            ("Contributie jeugdlid", 3075, date(2009, 1, 1)),
        ]
        assert db.session.scalar(select(func.count()).select_from(Adjustment)) == 8
        again = copy_season(gelre.organisation_id, gelre.season_id, target, 250)
        assert (again.made, again.there) == (0, 2)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"amount_cents": None}, "rule_without_amount", "amount_cents"),
        ({"season_id": None}, "rule_without_season", "season"),
        ({"amount_cents": None, "formula": "{person.amount} * "}, "formula_wrong", "formula"),
        ({"amount_cents": None, "formula": "__import__('os')"}, "formula_wrong", "formula"),
        ({"formula": "1"}, "rule_with_two_amounts", "formula"),
        ({"amount_cents": None, "tiers": [{"way": "bracket"}]}, "tiers_wrong", "tiers.rows"),
        ({"born_from": date(2008, 1, 1)}, "rule_twice", "born_from"),
    ],
)
def test_a_rule_that_cannot_be_computed_is_refused_at_its_field(gelre: Province, changed: dict, code: str, field: str) -> None:
    rule = {"contribution_id": gelre.contribution_id, "season_id": gelre.season_id, "amount_cents": 100, "born_from": date(1950, 1, 1)}
    with gelre.federation.as_("anna"):
        check_rule(rule)
        with pytest.raises(DomainError) as refusal:
            check_rule({**rule, **changed})
    at = refusal.value.parameters
    assert (refusal.value.code, at.get("field") or next(iter(at["fields"]))) == (code, field)


def test_settings_that_do_not_fit_the_kind_are_refused() -> None:
    check_adjustment("short_period", {"variant": "month"})
    for kind, settings, field in (
        ("short_period", {"variant": "eeuw"}, "settings.variant"),
        ("payment_method", {}, "settings.rows"),
        ("family", {"rows": [{"number": 2, "discount_cents": 1}, {"number": 1, "discount_cents": 1}]}, "settings.rows.1.number"),
        ("onbekend", {}, "kind"),
    ):
        with pytest.raises(DomainError) as refusal:
            check_adjustment(kind, settings)
        at = refusal.value.parameters
        assert (at.get("field") or next(iter(at["fields"]))) == field


def test_an_open_charge_is_waived_once_with_its_reason(gelre: Province) -> None:
    member = gelre.member("Arm")
    charge = gelre.add(
        Charge(
            organisation_id=gelre.organisation_id,
            key="f1",
            contribution_id=gelre.contribution_id,
            relation_id=member,
            payer_id=member,
            first_day=date(2026, 1, 1),
            last_day=date(2026, 12, 31),
            description="Contributie",
            amount_cents=6000,
        )
    )
    with gelre.federation.as_("anna"):
        with pytest.raises(DomainError) as refusal:
            waive_charge(charge, " ")
        assert refusal.value.code == "reason_missing"
        waive_charge(charge, "Bijstand")
        with pytest.raises(DomainError) as refusal:
            waive_charge(charge, "Nog eens")
        assert refusal.value.code == "wrong_state"
    with gelre.federation.as_("dirk"), pytest.raises(DomainError) as refusal:
        waive_charge(charge, "Van een ander")
    assert refusal.value.code == "not_found"


def test_what_stands_in_the_way_is_named(gelre: Province) -> None:
    with gelre.federation.as_("anna"):
        assert check_contribution(gelre.contribution_id) == []


def test_a_late_start_that_would_count_twice_is_refused_wherever_it_is_saved(gelre: Province) -> None:
    plan = {"organisation_id": gelre.organisation_id, "months": 1, "anchor": "calendar", "first_month": 1}
    pro_rata = gelre.add(BillingPlan(name="Maand, naar rato", first_period="pro_rata", **plan))
    full = gelre.add(BillingPlan(name="Maand", first_period="full", **plan))
    rule_id = gelre.rule("Maandlid", 3000, born_from=date(1955, 1, 1))
    with gelre.federation.as_("anna"):
        with transaction() as session:  # the rules as they were made have a short period
            session.execute(delete(Adjustment).where(Adjustment.kind == "short_period"))
        check_plan_of(gelre.contribution_id, pro_rata)
        with transaction() as session:
            session.get_one(Contribution, gelre.contribution_id).billing_plan_id = pro_rata
        assert check_contribution(gelre.contribution_id) == []
        check_adjustment("quantity", {}, rule_id=rule_id)
        refused = pytest.raises(DomainError, match="“Maandlid” heeft de korting “Kortere periode”")
        with refused as refusal:
            check_adjustment("short_period", {"variant": "month"}, rule_id=rule_id)
        assert (refusal.value.code, refusal.value.parameters["field"]) == ("late_start_counted_twice", "kind")
        with transaction() as session:
            session.get_one(Contribution, gelre.contribution_id).billing_plan_id = full
        check_adjustment("short_period", {"variant": "month"}, rule_id=rule_id)
    gelre.adjust("Maandlid", "short_period", {"variant": "month"})
    with gelre.federation.as_("anna"):
        assert check_contribution(gelre.contribution_id) == []
        with refused as refusal:
            check_plan_of(gelre.contribution_id, pro_rata)
        assert refusal.value.parameters["field"] == "billing_plan"
        row = db.session.get_one(BillingPlan, full)
        check_plan(row)
        with transaction():
            row.first_period = "pro_rata"
        with refused as refusal:
            check_plan(row)
        assert refusal.value.parameters["field"] == "first_period"
        assert any("twee keer minder" in text for text in check_contribution(gelre.contribution_id))


def test_a_price_is_tried_out_with_its_reason(gelre: Province) -> None:
    member = gelre.member("Aalders", payment_method="direct_debit")
    nobody = gelre.federation.relation("A1", "Berends")
    with gelre.federation.as_("anna"):
        (found,) = preview_charge(gelre.contribution_id, gelre.season_id, member)
        assert (found.cents, "incassokorting −" in found.why) == (5500, True)
        (none,) = preview_charge(gelre.contribution_id, gelre.season_id, nobody)
        assert none.cents is None
        assert "geen functie" in none.why


def test_what_was_waived_is_not_made_again(gelre: Province) -> None:
    gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        make_run(run_id)
        charge_id = db.session.scalars(select(Charge.id)).one()
        with pytest.raises(DomainError, match="Op conceptfactuur"):
            waive_charge(charge_id, "Bestuurslid")
        withdraw_run(run_id)
        waive_charge(charge_id, "Bestuurslid")
        made = make_run(gelre.run())
        assert (made.made, made.left_out) == (0, 1)
        with pytest.raises(DomainError) as refusal:
            take_back_waiver(charge_id, " ")
        assert refusal.value.code == "reason_missing"
    with gelre.federation.as_("dirk"), pytest.raises(DomainError) as refusal:
        take_back_waiver(charge_id, "Van een ander")
    assert refusal.value.code == "not_found"
    with gelre.federation.as_("anna"):
        take_back_waiver(charge_id, "Toch geen bestuurslid")
        with pytest.raises(DomainError) as refusal:
            take_back_waiver(charge_id, "Nog eens")
        assert refusal.value.code == "wrong_state"
        row = db.session.get_one(Charge, charge_id)
        assert (row.state, row.waived_reason) == ("open", None)
        line = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "take_back_waiver")).one()
        assert (line.changes["reason"], line.changes["waived_reason"]) == ("Toch geen bestuurslid", "Bestuurslid")
        assert [make_run(gelre.run()).total_cents for _ in range(2)] == [6000, 0]
        assert db.session.scalars(select(Charge.id)).all() == [charge_id]


def test_a_plan_that_cannot_be_computed_is_refused() -> None:
    plan = BillingPlan(name="Plan", anchor="fixed", months=3, first_month=1, first_period="full", issue_days=0)
    with pytest.raises(DomainError, match="vaste datum"):
        check_plan(plan)
    plan.anchor = "calendar"
    check_plan(plan)
