"""Presets: four ways of charging, each a filled-in contribution with its plan, rules and adjustments.

    made = PRESETS["subscription"].design(Answers(name="Blad", amount_cents=3000, months=1, pro_rata=True, start=date(2026, 1, 1)))

A `Design` is what a person would fill in by hand, and can be changed by hand afterwards: below all four are the same tables and one
pricing function. `checked` computes every part of it, so that what cannot be computed is never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.contributions import adjustments, plan_settings, plans, tiers
from app.contributions.facts import PlanTerms, TierTerms
from app.contributions.formulas import Formula
from app.contributions.preset_parts import Answers, Band, Design, Preset, PriceCode, RuleDesign
from app.kernel.errors import DomainError

FIRST_BORN: Final = date(1900, 1, 1)
DISCOUNTS: Final[Mapping[str, str]] = {
    code: adjustments.NAMES[code]
    for code in (
        "team_amount", "union_fee", "factor", "federation_number", "condition", "tick_box", "several_activities", "family", "payment_method",
        "short_period",
    )
}  # fmt: skip
# What a chosen discount begins with; the treasurer changes it afterwards.
BEGIN_WITH: Final[Mapping[str, Mapping[str, Any]]] = {
    "union_fee": {"reduced_from_month": 10, "reduced_from_day": 1, "reduced_basis_points": 2500},
    "factor": {"way": "times"},
    "condition": {"discount_basis_points": 5000},
    "tick_box": {"discount_basis_points": 10_000},
    "several_activities": {"rows": [{"number": 2, "discount_basis_points": 1000}]},
    "family": {"rows": [{"number": 3, "discount_basis_points": 2500}]},
    "payment_method": {"rows": [{"method": "direct_debit", "discount_cents": 500}]},
    "short_period": {"variant": "month"},
}
TEXTS: Final = {"payment_method": "incassokorting", "short_period": "naar rato", "family": "gezinskorting"}


def _needed(value: Any, field_name: str, words: str) -> Any:
    if value in (None, "", ()):
        raise DomainError("preset_incomplete", f"Vul {words} in.", field=field_name)
    return value


def _discounts(answers: Answers) -> tuple[tuple[str, Mapping[str, Any], str], ...]:
    """Return the chosen discounts in the order of the registry, each with what it begins with and what was filled in."""
    unknown = set(answers.discounts) - set(adjustments.KINDS)
    if unknown:
        raise DomainError("preset_incomplete", f"De korting “{min(unknown)}” bestaat niet.", field="discounts")
    return tuple(
        (code, {**BEGIN_WITH.get(code, {}), **answers.discount_settings.get(code, {})}, TEXTS.get(code, ""))
        for code in adjustments.KINDS
        if code in answers.discounts
    )


def _season(answers: Answers) -> tuple[Design, ...]:
    """Season keys: age bands with the same discounts, once a season."""
    _needed(answers.season_id, "season", "het seizoen")
    bands = answers.bands or (Band(FIRST_BORN, _needed(answers.amount_cents, "amount_cents", "het bedrag")),)
    ordered = sorted(bands, key=lambda band: band.born_from)
    if len({band.born_from for band in ordered}) != len(ordered):
        raise DomainError("preset_incomplete", "Twee leeftijdsgroepen beginnen op dezelfde geboortedatum.", field="bands")
    if ordered[0].born_from > FIRST_BORN:
        raise DomainError("preset_incomplete", "Begin de oudste leeftijdsgroep op 01-01-1900.", field="bands")
    steps = _discounts(answers)
    rules = [
        RuleDesign(
            {
                "season_id": answers.season_id,
                "season_label": "name_after",
                "born_from": band.born_from,
                "amount_cents": band.cents,
                "description": band.description or answers.name,
            },
            steps if number == 0 else (),
            like_first=number > 0 and bool(steps),
        )
        for number, band in enumerate(ordered)
    ]
    return (Design(answers.name, tuple(rules)),)


def _plan(answers: Answers, anchor: str, **more: Any) -> PlanTerms:
    return PlanTerms(
        months=answers.months,
        anchor=anchor,
        first_month=answers.first_month if anchor == "calendar" else 1,
        first_period="pro_rata" if answers.pro_rata else "full",
        turning_point=answers.turning_point,
        issue_days=answers.issue_days,
        issue_from_end=answers.issue_from_end,
        sends_at_once=answers.sends_at_once,
        until=answers.until,
        interval_field=answers.interval_field,
        start_field=answers.start_field,
        end_field=answers.end_field,
        start_way=answers.start_way,
        start_rows=answers.start_rows,
        **more,
    )


def _dated(answers: Answers, **columns: Any) -> dict[str, Any]:
    start = _needed(answers.start, "start", "in vanaf welke dag de prijs geldt")
    return {"valid_from": start, "season_label": "period_after", "description": answers.name, **columns}


def _subscription(answers: Answers) -> tuple[Design, ...]:
    """Terms: one price per term, with a turning point and a moment of issue."""
    cents = _needed(answers.amount_cents, "amount_cents", "het bedrag per termijn")
    rule = RuleDesign(_dated(answers, amount_cents=cents), _discounts(answers))
    return (Design(answers.name, (rule,), _plan(answers, answers.anchor), "subscription"),)


def _formula(answers: Answers) -> tuple[Design, ...]:
    """Collections: on fixed dates, each line with its own formula."""
    start = _needed(answers.start, "start", "de eerste datum")
    lines = _needed(answers.lines, "lines", "ten minste één regel met een formule")
    by_relation = bool(answers.start_field)
    plan = (
        _plan(answers, "function")
        if by_relation
        else _plan(answers, "fixed", fixed_dates=(start,), charges_late_joiners=answers.charges_late_joiners)
    )
    designs = []
    for description, formula in lines:
        name = answers.name if len(lines) == 1 else f"{answers.name}: {description}"
        rule = RuleDesign(_dated(answers, formula=formula, description=description or answers.name, season_label="none"))
        designs.append(Design(name, (rule,), plan, "contribution"))
    return tuple(designs)


def _service(answers: Answers) -> tuple[Design, ...]:
    """Services: a price per price category, a first period of its own, then the following ones from the own start."""
    codes = answers.price_codes or (PriceCode(None, _needed(answers.amount_cents, "amount_cents", "het bedrag")),)
    if len({code.price_category_id for code in codes}) != len(codes):
        raise DomainError("preset_incomplete", "Elke prijscategorie mag er één keer in staan.", field="price_codes")
    steps: list[tuple[str, Mapping[str, Any], str]] = []
    if answers.counts_quantity:
        steps.append(("quantity", {}, ""))
    if answers.first_discount_basis_points:
        steps.append(("first_period", {"discount_basis_points": answers.first_discount_basis_points}, "eerste periode"))
    if answers.postage:
        steps.append(("postage", {"rows": [dict(row) for row in answers.postage]}, "Porto"))
    if answers.charges_gift:
        steps.append(("gift", {}, "Gift"))
    rules = [
        RuleDesign(
            _dated(
                answers,
                price_category_id=code.price_category_id,
                amount_cents=code.cents,
                is_free=code.cents is None and code.tiers is None,
                description=code.description or answers.name,
            ),
            tuple(steps) if number == 0 else (),
            like_first=number > 0 and bool(steps),
            tiers=code.tiers,
        )
        for number, code in enumerate(codes)
    ]
    plan = _plan(
        answers,
        "function",
        first_length=answers.first_length,
        first_period_months=answers.first_period_months if answers.first_length == "months" else None,
    )
    return (Design(answers.name, tuple(rules), plan),)


PRESETS: Final[Mapping[str, Preset]] = {
    "season": Preset("Contributie per seizoen", "Eén bedrag per seizoen en leeftijdsgroep, met kortingen.", _season),
    "subscription": Preset("Abonnement", "Een vast bedrag per maand, kwartaal, halfjaar of jaar, met een omslagpunt.", _subscription),
    "formula": Preset("Verzamelinkomst met formule", "Op vaste datums een bedrag dat uit velden van de kaart wordt berekend.", _formula),
    "service": Preset(
        "Dienst met prijscode", "Een prijs per prijscategorie, vanaf de eigen begindatum, met een andere eerste periode.", _service
    ),
}


def checked(preset: str, answers: Answers) -> tuple[Design, ...]:
    """Return what a preset makes of the answers, every part of it computed once.

    Raises DomainError of any part: `preset_unknown`, `preset_incomplete`, `plan_wrong`, `formula_wrong`, `adjustment_settings_wrong` ….
    """
    if preset not in PRESETS:
        raise DomainError("preset_unknown", f"Het voorbeeld “{preset}” bestaat niet. Kies er een uit de lijst.", field="preset")
    _needed(answers.name.strip(), "name", "een naam")
    designs = PRESETS[preset].design(answers)
    for design in designs:
        if design.plan is not None:
            plans.check(design.plan)
        for rule in design.rules:
            _check_rule(rule)
    return designs


def _check_rule(rule: RuleDesign) -> None:
    if (rule.columns.get("amount_cents") or 0) < 0:
        raise DomainError("preset_incomplete", "Een bedrag is niet negatief.", field="amount_cents")
    if rule.columns.get("formula"):
        try:
            Formula.read(rule.columns["formula"])
        except DomainError as refusal:
            refusal.parameters["field"] = "lines"
            raise
    if rule.tiers is not None and (found := tiers.problems(rule.tiers)):
        raise DomainError("preset_incomplete", " ".join(found), field="tiers")
    for kind, settings, _ in rule.steps:
        adjustments.load(kind, settings)


def plan_columns(plan: PlanTerms) -> dict[str, Any]:
    """Return a plan as the columns of its table; what has no column goes into `settings`."""
    return {
        "months": plan.months,
        "anchor": plan.anchor,
        "first_month": plan.first_month,
        "fixed_dates": [day.isoformat() for day in plan.fixed_dates],
        "first_period": plan.first_period,
        "first_period_months": plan.first_period_months,
        "turning_point": plan.turning_point,
        "issue_days": plan.issue_days,
        "issue_from_end": plan.issue_from_end,
        "sends_at_once": plan.sends_at_once,
        "until": plan.until,
        "settings": plan_settings.kept(plan),
    }


def kept_tiers(terms: TierTerms | None) -> list[Any]:
    """Return tiers as a rule keeps them; numbers that are not whole as text."""
    if terms is None:
        return []
    brackets = [[_plain(bound), _plain(price)] for bound, price in terms.brackets]
    return [{"way": terms.way, "brackets": brackets, "unit_value_cents": terms.unit_value_cents, "minimum_cents": terms.minimum_cents}]


def _plain(number: Any) -> Any:
    return number if number is None or isinstance(number, int) else str(number)
