"""Each preset makes a contribution whole, and what it makes asks what its source asks: on both databases."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select

from app.contributions.facts import StartRow, TierTerms
from app.contributions.models import Adjustment, BillingPlan, Contribution, ContributionRule
from app.contributions.preset_parts import Answers, Band, PriceCode, rows_of, tiers_of
from app.contributions.presets import DISCOUNTS, PRESETS, checked
from app.contributions.queries import plan_terms, priced_contributions, season_terms, subjects
from app.contributions.usecases import add_from_preset, preview_charge
from app.functions.models import FunctionType, PriceCategory
from app.kernel.db import db
from app.kernel.errors import DomainError
from tests.federation import Federation
from tests.invoicing.season import Province, province, season_year

Y = date(2026, 1, 1)


@pytest.fixture
def gelre(federation: Federation) -> Province:
    return province(federation)


def owed(gelre: Province, made: list[int], who: int, season_id: int = 0) -> list[tuple[str, int | None]]:
    """Return per period (first day, cents) of all contributions made."""
    return [
        (str(one.first_day), one.cents)
        for number in made
        for one in preview_charge(number, season_id or gelre.season_id, who)
        if one.first_day
    ]


SEASON = Answers("Tennis", 20000, bands=(Band(date(1900, 1, 1), 20000), Band(date(2008, 1, 1), 10000, "Tennis jeugd")))


def test_seed_001_season_keys_with_bands_and_the_same_discounts(gelre: Province) -> None:
    tennis = {"variant": "month_percentages", "table": [0, 0, 0, *range(1000, 9001, 1000)]}
    answers = Answers(
        "Tennis",
        season_id=gelre.season_id,
        bands=SEASON.bands,
        discounts=("short_period", "payment_method", "family"),
        discount_settings={"short_period": tennis},
    )
    old = gelre.member("Oud", born=date(2007, 12, 31), first_day=date(2020, 1, 1))
    young = gelre.member("Jong", born=date(2008, 1, 1), payment_method="direct_debit")
    april = gelre.member("April", first_day=date(2026, 4, 30))
    december = gelre.member("December", first_day=date(2026, 12, 1))
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "season", gelre.federation.member, answers, ledger_account_id=gelre.accounts["8000"])
        assert [owed(gelre, made, who) for who in (old, young, april, december)] == [
            [("2026-01-01", 20000)], [("2026-01-01", 9500)], [("2026-01-01", 18000)], [("2026-01-01", 2000)],
        ]  # fmt: skip
        first, second = db.session.scalars(
            select(ContributionRule).where(ContributionRule.contribution_id == made[0]).order_by(ContributionRule.id)
        )
        assert (second.adjustments_of_id, first.adjustments_of_id) == (first.id, None)  # seed 001: reference rule
        assert db.session.scalars(select(Adjustment.kind).where(Adjustment.rule_id == first.id).order_by(Adjustment.position)).all() == [
            "family", "payment_method", "short_period",
        ]  # fmt: skip


def test_seed_001_all_ten_discounts_begin_with_settings_that_compute() -> None:
    given = {"union_fee": {"fee_cents": 2000}, "condition": {"function_type_id": 4}, "tick_box": {"field": "person.honorary"}}
    answers = Answers("Alles", 100, season_id=1, discounts=tuple(DISCOUNTS), discount_settings=given)
    (design,) = checked("season", answers)
    assert len(DISCOUNTS) == 10
    assert {kind for kind, _, _ in design.rules[0].steps} == set(DISCOUNTS)


def test_seed_004_turning_point_in_september(gelre: Province) -> None:
    answers = Answers("Donatie", 2500, start=date(2010, 1, 1), turning_point=9)
    august, september = gelre.member("Aug", first_day=date(2026, 8, 31)), gelre.member("Sep", first_day=date(2026, 9, 1))
    later = season_year(gelre.federation, 2027)
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "subscription", gelre.federation.member, answers)
        assert owed(gelre, made, august) == [("2026-01-01", 2500)]
        assert owed(gelre, made, september) == []
        assert "omslagpunt" in preview_charge(made[0], gelre.season_id, september)[0].why
        assert owed(gelre, made, september, later) == [("2027-01-01", 2500)]


def test_seed_004_monthly_pro_rata_and_issued_in_arrears(gelre: Province) -> None:
    answers = Answers("Sport", 3000, start=date(2010, 1, 1), months=1, pro_rata=True, issue_days=-5, issue_from_end=True)
    who = gelre.member("Sep", first_day=date(2026, 9, 5))
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "subscription", gelre.federation.member, answers)
        assert owed(gelre, made, who) == [("2026-09-01", 2600), ("2026-10-01", 3000), ("2026-11-01", 3000), ("2026-12-01", 3000)]
        season = season_terms(gelre.season_id)
        (subject,) = subjects(priced_contributions(made, season), season, [who])
        assert [str(one.issue_on) for one in subject.priced.timetable.due(subject.facts)][:2] == ["2026-09-25", "2026-10-26"]
        assert subject.priced.waits_for_issue


def test_seed_004_the_first_invoice_goes_at_once(gelre: Province) -> None:
    answers = Answers("Jaar", 3000, start=date(2010, 1, 1), anchor="function", issue_days=-14, sends_at_once=True)
    who = gelre.member("Straks", first_day=date(2026, 12, 31))
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "subscription", gelre.federation.member, answers)
        season = season_terms(gelre.season_id)
        (subject,) = subjects(priced_contributions(made, season), season, [who])
        (period,) = subject.priced.timetable.due(subject.facts)
        assert period.issue_on == min(subject.facts.entered_on, date(2026, 12, 17))


def test_seed_002_a_collection_of_two_lines_leaves_out_what_comes_to_zero(gelre: Province) -> None:
    answers = Answers(
        "Contributie 2",
        start=date(2026, 3, 1),
        lines=(("Factuurkosten", "{person.pays_by_invoice} * 5"), ("Basis", "10 + {function.quantity} * 2,50")),
        charges_late_joiners=False,
    )
    by_invoice, by_debit = (
        gelre.member("Factuur", payment_method="transfer"),
        gelre.member("Incasso", payment_method="direct_debit", quantity=2),
    )
    late = gelre.member("Laat", first_day=date(2026, 3, 2))
    later = season_year(gelre.federation, 2027)
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "formula", gelre.federation.member, answers)
        assert len(made) == 2
        assert len(set(db.session.scalars(select(Contribution.billing_plan_id).where(Contribution.id.in_(made))))) == 1
        assert owed(gelre, made, by_invoice) == [("2026-03-01", 500), ("2026-03-01", 1250)]
        assert owed(gelre, made, by_debit) == [("2026-03-01", None), ("2026-03-01", 1500)]
        assert "komt op € 0,00 uit" in preview_charge(made[0], gelre.season_id, by_debit)[0].why
        assert owed(gelre, made, late) == []
        assert owed(gelre, made, late, later) == [("2027-03-01", 500), ("2027-03-01", 1250)]  # the same date, a year later


def test_seed_003_price_codes_with_a_first_period_of_fifteen_months(gelre: Province) -> None:
    students = gelre.add(PriceCategory(organisation_id=gelre.federation.organisations["NL"], code="STU", name="Student"))
    free = gelre.add(PriceCategory(organisation_id=gelre.federation.organisations["NL"], code="ERE", name="Erelid"))
    answers = Answers(
        "Lidmaatschap",
        start=date(2010, 1, 1),
        price_codes=(PriceCode(None, 60000), PriceCode(students, 30000), PriceCode(free)),
        first_length="months",
        first_period_months=15,
        first_discount_basis_points=5000,
        postage=({"country": "NL", "valid_from": "2026-01-01", "cents": 250},),
    )
    whole, student = (
        gelre.member("Heel", first_day=date(2026, 5, 1)),
        gelre.member("Stu", price_category_id=students, first_day=date(2020, 5, 1)),
    )
    honoured = gelre.member("Ere", price_category_id=free)
    later = season_year(gelre.federation, 2027)
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "service", gelre.federation.member, answers)
        assert owed(gelre, made, whole) == [("2026-05-01", 30250)]
        assert owed(gelre, made, whole, later) == [("2027-08-01", 60250)]
        assert owed(gelre, made, student) == [("2026-08-01", 30250)]  # 15 months from May 2020, then years from August
        assert "gratis" in preview_charge(made[0], gelre.season_id, honoured)[0].why


def test_seed_003_tiers_are_kept_exactly(gelre: Province) -> None:
    terms = TierTerms("progressive", ((1000, Fraction(301, 2)), (None, 100)), minimum_cents=500)
    answers = Answers("Loonsom", start=Y, price_codes=(PriceCode(None, tiers=terms),), first_length="rest_of_year")
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "service", gelre.federation.member, answers)
        (priced,) = priced_contributions(made, season_terms(gelre.season_id))
        rule = db.session.scalars(select(ContributionRule).where(ContributionRule.contribution_id == made[0])).one()
        assert rule.tiers[0]["brackets"] == [[1000, "301/2"], [None, 100]]
        assert priced.rule_ids == (rule.id,)


def test_a_plan_comes_back_from_the_database_as_it_was_designed(gelre: Province) -> None:
    answers = Answers(
        "Dienst",
        100,
        start=Y,
        months=3,
        first_length="year_minus_day",
        pro_rata=True,
        issue_days=-14,
        until=date(2030, 12, 31),
        start_way="table",
        start_rows=(StartRow(10, 12, 1),),
        end_field="person.end",
    )
    (design,) = checked("service", answers)
    with gelre.federation.as_("anna"):
        add_from_preset(gelre.organisation_id, "service", gelre.federation.member, answers)
        assert plan_terms(db.session.scalars(select(BillingPlan)).one()) == design.plan


REFUSED: list[tuple[str, Answers, str, str]] = [
    ("nothing", Answers("X"), "preset_unknown", "preset"),
    ("season", Answers(" ", 1, season_id=1), "preset_incomplete", "name"),
    ("season", Answers("X", 1), "preset_incomplete", "season"),
    ("season", Answers("X", season_id=1), "preset_incomplete", "amount_cents"),
    ("season", Answers("X", -1, season_id=1), "preset_incomplete", "amount_cents"),
    ("season", Answers("X", season_id=1, bands=(Band(Y, 1), Band(Y, 2))), "preset_incomplete", "bands"),
    ("season", Answers("X", season_id=1, bands=(Band(Y, 1),)), "preset_incomplete", "bands"),
    ("season", Answers("X", 1, season_id=1, discounts=("gone",)), "preset_incomplete", "discounts"),
    ("subscription", Answers("X", 1), "preset_incomplete", "start"),
    ("subscription", Answers("X", 1, start=Y, months=5), "plan_wrong", "months"),
    ("subscription", Answers("X", 1, start=Y, turning_point=13), "plan_wrong", "turning_point"),
    ("subscription", Answers("X", 1, start=Y, anchor="function", turning_point=2), "plan_wrong", "turning_point"),
    ("subscription", Answers("X", 1, start=Y, first_month=13), "plan_wrong", "first_month"),
    ("formula", Answers("X", start=Y), "preset_incomplete", "lines"),
    ("formula", Answers("X", start=Y, lines=(("a", "1 +"),)), "formula_wrong", "lines"),
    ("service", Answers("X", start=Y), "preset_incomplete", "amount_cents"),
    ("service", Answers("X", 1, start=Y, first_length="months"), "plan_wrong", "first_period_months"),
    ("service", Answers("X", start=Y, price_codes=(PriceCode(1, 1), PriceCode(1, 2))), "preset_incomplete", "price_codes"),
    ("service", Answers("X", start=Y, price_codes=(PriceCode(1, tiers=TierTerms("bracket", ())),)), "preset_incomplete", "tiers"),
]


@pytest.mark.parametrize(("preset", "answers", "code", "field"), REFUSED)
def test_what_cannot_be_computed_is_refused_at_its_field(preset: str, answers: Answers, code: str, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        checked(preset, answers)
    assert (refusal.value.code, refusal.value.parameters["field"]) == (code, field)


def test_nothing_half_is_kept_and_a_name_is_taken_once(gelre: Province) -> None:
    taken: dict[str, Any] = {"start": Y, "lines": (("a", "1"), ("b", "2"))}
    with gelre.federation.as_("anna"):
        add_from_preset(gelre.organisation_id, "formula", gelre.federation.member, Answers("Feest", **{**taken, "lines": (("b", "2"),)}))
        before = [db.session.scalar(select(func.count()).select_from(table)) for table in (BillingPlan, Contribution, ContributionRule)]
        with pytest.raises(DomainError) as refusal:
            add_from_preset(
                gelre.organisation_id, "formula", gelre.federation.member, Answers("Feest", **{**taken, "lines": (("b", "3"),)})
            )
        assert refusal.value.code == "contribution_exists"
        with pytest.raises(DomainError):
            add_from_preset(gelre.organisation_id, "formula", 999_999, Answers("Anders", **taken))
        assert [
            db.session.scalar(select(func.count()).select_from(table)) for table in (BillingPlan, Contribution, ContributionRule)
        ] == before
    with gelre.federation.as_("dirk"), pytest.raises(DomainError):
        add_from_preset(gelre.organisation_id, "formula", gelre.federation.member, Answers("Van een ander", **taken))


def test_each_preset_says_what_it_is_for() -> None:
    assert [one.name for one in PRESETS.values()] == [
        "Contributie per seizoen", "Abonnement", "Verzamelinkomst met formule", "Dienst met prijscode",
    ]  # fmt: skip
    assert all(one.help.endswith(".") for one in PRESETS.values())


def test_rows_are_read_with_their_line_in_the_refusal() -> None:
    assert rows_of("Junior: {a} * 10\n\nSenior : 20", "lines") == [("Junior", "{a} * 10"), ("Senior", "20")]
    terms = tiers_of("1.000: 2,00\nmeer: 1,50", 500, "tiers")
    assert terms == TierTerms("progressive", ((1000, 200), (None, 150)), minimum_cents=500)
    assert tiers_of("", 0, "tiers") is None
    for text in ("Junior", "tot: 2,00", "10: twee"):
        with pytest.raises(DomainError) as refusal:
            tiers_of(text, 0, "tiers")
        assert refusal.value.parameters["field"] == "tiers"


def test_a_second_function_type_may_halve_the_price(gelre: Province) -> None:
    trainer = gelre.add(
        FunctionType(
            organisation_id=gelre.federation.organisations["NL"], code="TRA", name="Trainer", category="board", levels=["department"]
        )
    )
    answers = Answers(
        "Zwemmen", 6000, season_id=gelre.season_id, discounts=("condition",), discount_settings={"condition": {"function_type_id": trainer}}
    )
    who, other = gelre.member("Trainer"), gelre.member("Ander")
    gelre.federation.holds(who, "A1", function_type_id=trainer)
    with gelre.federation.as_("anna"):
        made = add_from_preset(gelre.organisation_id, "season", gelre.federation.member, answers)
        assert [owed(gelre, made, one) for one in (who, other)] == [[("2026-01-01", 3000)], [("2026-01-01", 6000)]]
