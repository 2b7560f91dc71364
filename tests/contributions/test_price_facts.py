"""The facts that a price may depend on come from their source: cards, functions, organisations, custom fields, target groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, insert

from app.contributions.models import BillingPlan, Contribution
from app.contributions.queries import field_list, known_fields, named_in, priced_contributions, season_terms, subjects, used_in
from app.contributions.usecases import check_adjustment, check_plan, check_rule, preview_charge
from app.custom_fields import usecases as custom_fields
from app.custom_fields.models import CustomField
from app.functions.models import FunctionTerm
from app.groups import usecases as groups
from app.groups.models import TargetGroup
from app.kernel.actor import system_actor
from app.kernel.bulk import insert_rows
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction, working_as
from app.organisations.models import Organisation
from app.relations.models import Household, Relation
from security import scope
from tests.federation import Federation
from tests.invoicing.season import Province, province

FIELDS = (
    ("relation", "per_maand", "Bedrag per maand", "amount", 1250),
    ("relation", "uren", "Uren", "number", 2500),
    ("relation", "erelid", "Erelid", "yes_no", True),
    ("relation", "maat", "Maat", "choice", "XL"),
    ("relation", "leeg", "Nooit ingevuld", "number", None),
    ("relation", "vinkje", "Nooit aangevinkt", "yes_no", None),
    ("relation", "vanaf", "Betaalt vanaf", "date", "2026-04-01"),
    ("relation", "termijn", "Termijn", "number", 6000),
    ("function", "dieren", "Dieren", "number", 7000),
    ("organisation", "toeslag", "Toeslag van de afdeling", "amount", 300),
)


@dataclass
class Facts:
    """Province A with one member of department A1 of whom everything is known."""

    gelre: Province
    member: int
    fields: dict[str, int]
    group: int

    def rule(self, formula: str | None = None, *, cents: int | None = None, plan: int | None = None, **values: Any) -> int:
        """Make a contribution with one rule and return its id."""
        number = self.gelre.add(
            Contribution(
                organisation_id=self.gelre.organisation_id,
                name=f"Proef {len(self.gelre.rules)}",
                function_type_id=self.gelre.federation.member,
                ledger_account_id=self.gelre.accounts["8000"],
                billing_plan_id=plan,
            )
        )
        self.gelre.rule(f"Regel {number}", cents, formula=formula, contribution_id=number, season_label="none", **values)
        return number

    def step(self, contribution: int, kind: str, settings: dict[str, Any]) -> None:
        """Put an adjustment on the rule of a contribution."""
        self.gelre.adjust(f"Regel {contribution}", kind, settings)

    def tried(self, contribution: int, relation: int | None = None) -> tuple[int | None, str]:
        """Return what the member owes for a contribution, and why."""
        with self.gelre.federation.as_("anna"):
            (found,) = preview_charge(contribution, self.gelre.season_id, relation or self.member)
            return found.cents, found.why


def custom_field(gelre: Province, holder: str, code: str, label: str, kind: str, at: str = "A", **values: Any) -> int:
    """Make a custom field and return its id."""
    values.setdefault("choices", ["S", "XL"] if kind in ("choice", "choices") else [])
    place = gelre.federation.organisations[at]
    return gelre.add(CustomField(organisation_id=place, holder=holder, code=code, label=label, kind=kind, **values))


@pytest.fixture
def facts(federation: Federation) -> Facts:
    gelre = province(federation)
    made = {code: custom_field(gelre, holder, code, label, kind) for holder, code, label, kind, _ in FIELDS}

    def values(wanted: str) -> dict[str, Any]:
        return {str(made[code]): value for holder, code, _, _, value in FIELDS if holder == wanted and value is not None}

    household = gelre.add(Household(organisation_id=federation.organisations["A1"], name="Huishouden"))
    member = federation.relation(
        "A1",
        "Aalders",
        birth_date=date(2010, 6, 15),
        member_since=date(2018, 3, 1),
        payment_method="direct_debit",
        gift_cents=750,
        household_id=household,
        custom_values=values("relation"),
    )
    federation.holds(member, "A1", quantity=3, factor=2500, value_units=4000, custom_values=values("function"))
    with working_as(system_actor("test")), transaction() as session:
        at = session.get_one(Organisation, federation.organisations["A1"])
        at.team_amount_cents, at.inhabitants, at.custom_values = 4500, 25, values("organisation")
    group = gelre.add(TargetGroup(organisation_id=gelre.organisation_id, code="jeugd", name="Jeugd"))
    with federation.as_("anna"):
        assert groups.add_members(group, [member]) == 1
    return Facts(gelre, member, made, group)


# What a formula gives for the member above, in cents.
FORMULAS = {
    "{person.age}": 1500,  # fifteen on the first day of 2026
    "{person.birth_year} / 100": 2010,
    "{person.years_member}": 700,
    "{person.gift}": 750,
    "{person.pays_by_direct_debit} * 5": 500,
    "1 + {person.pays_by_invoice} * 5": 100,
    "1 + {person.pays_cash} * 5": 100,
    "{person.in_household} * 3": 300,
    "1 + {person.is_company}": 100,
    "{function.quantity}": 300,
    "{function.factor}": 250,
    "{function.value_units}": 400,
    "{organisation.team_amount}": 4500,
    "{organisation.inhabitants}": 2500,
    "{person.per_maand} * 12": 15000,
    "{person.uren} * 10": 2500,
    "if({person.erelid}; 1; 2)": 100,
    "1 + {person.vinkje}": 100,
    "{function.dieren} * 2": 1400,
    "{organisation.toeslag} + 1": 400,
    "{member_of.jeugd} * 10": 1000,
}


def test_a_formula_counts_with_every_field(facts: Facts) -> None:
    assert {formula: facts.tried(facts.rule(formula))[0] for formula in FORMULAS} == FORMULAS


def test_what_a_card_lacks_is_an_error_on_that_card_and_never_an_amount(facts: Facts) -> None:
    other = facts.gelre.federation.relation("A1", "Berends")
    facts.gelre.federation.holds(other, "A1")
    expected = {
        "{person.leeg} * 2": "“person.leeg” is leeg",
        "{person.per_maand} * 12": "“person.per_maand” is leeg",
        "{person.age}": "“person.age” is leeg",
        "{person.years_member}": "“person.years_member” is leeg",
        "{function.value_units}": "“function.value_units” is leeg",
        "{person.verdwenen} + 1": "“person.verdwenen” bestaat niet",
    }
    for formula, why in expected.items():
        cents, said = facts.tried(facts.rule(formula), other)
        assert cents is None
        assert why in said, (formula, said)


def test_the_explanation_says_what_each_field_is_called(facts: Facts) -> None:
    why = facts.tried(facts.rule("{person.per_maand} * {person.uren} + {member_of.jeugd} + {person.age}"))[1]
    assert "Bedrag per maand = €\u00a012,50" in why
    assert "Uren = 2,5" in why
    assert "In doelgroep Jeugd = ja" in why
    assert "Leeftijd = 15" in why


def test_steps_take_their_facts_from_card_function_and_organisation(facts: Facts) -> None:
    table = [
        ("team_amount", {}, 4500, "teambedrag"),
        ("gift", {}, 10_750, "gift"),
        ("tick_box", {"field": "person.erelid", "discount_basis_points": 10_000}, 0, "vinkje “Erelid”: 100 % korting"),
        ("tick_box", {"field": "person.vinkje", "discount_cents": 500}, 10_000, ""),
        ("condition", {"selection_id": facts.group, "discount_cents": 1000}, 9000, "in doelgroep Jeugd"),
        ("condition", {"formula": "{person.age} < 18", "discount_basis_points": 5000}, 5000, "voldoet aan {person.age} < 18"),
        ("condition", {"function_type_id": facts.gelre.federation.member, "discount_cents": 1}, 9999, "heeft functie Lid"),
        ("tiers", {"way": "bracket", "rows": [{"up_to": "5", "price": "1200"}, {"price": "3000"}]}, 1200, "4 eenheden"),
    ]
    for kind, settings, cents, why in table:
        contribution = facts.rule(cents=10_000)
        facts.step(contribution, kind, settings)
        found, said = facts.tried(contribution)
        assert (found, why in said) == (cents, True), (kind, found, said)


def test_a_rule_for_a_target_group_goes_before_the_one_for_all(facts: Facts) -> None:
    contribution = facts.rule(cents=10_000)
    facts.gelre.rule("Jeugd", 2500, contribution_id=contribution, target_group_id=facts.group, season_label="none")
    outside = facts.gelre.federation.relation("A1", "Berends", birth_date=date(1980, 1, 1))
    facts.gelre.federation.holds(outside, "A1")
    assert facts.tried(contribution)[0] == 2500
    assert facts.tried(contribution, outside)[0] == 10_000
    with facts.gelre.federation.as_("anna"):
        assert groups.remove_members(facts.group, [facts.member]) == 1
    assert facts.tried(contribution)[0] == 10_000


@pytest.mark.parametrize(("own", "department", "cents"), [(1200, 4500, 1200), (None, 4500, 4500), (None, None, 9900), (0, 4500, 0)])
def test_a_team_without_an_amount_has_that_of_its_department(facts: Facts, own: int | None, department: int | None, cents: int) -> None:
    federation = facts.gelre.federation
    with working_as(system_actor("test")), transaction() as session:
        at = session.get_one(Organisation, federation.organisations["A1"])
        at.team_amount_cents = department
        session.get_one(Organisation, at.parent_id).team_amount_cents = 77  # a province gives its amount to itself only
        team = Organisation(code="T1", name="Team 1", kind="team", parent_id=at.id, team_amount_cents=own)
        session.add(team)
        session.flush()
        team.path = f"{at.path}{team.id}/"
        federation.organisations["T1"] = team.id
    player = federation.relation("T1", "Speler")
    federation.holds(player, "T1")
    contribution = facts.rule(cents=9900)
    facts.step(contribution, "team_amount", {})
    assert facts.tried(contribution, player)[0] == cents


def test_age_is_taken_on_the_first_day_of_each_period(facts: Facts) -> None:
    plan = facts.gelre.add(
        BillingPlan(organisation_id=facts.gelre.organisation_id, name="Per half jaar", months=6, anchor="calendar", first_period="full")
    )
    contribution = facts.rule("{person.age}", plan=plan)
    with facts.gelre.federation.as_("anna"):
        found = preview_charge(contribution, facts.gelre.season_id, facts.member)
    assert [(one.first_day, one.cents) for one in found] == [(date(2026, 1, 1), 1500), (date(2026, 7, 1), 1600)]


def test_a_plan_takes_its_dates_and_interval_from_the_card(facts: Facts) -> None:
    plan = facts.gelre.add(
        BillingPlan(
            organisation_id=facts.gelre.organisation_id,
            name="Van de kaart",
            months=12,
            anchor="calendar",
            first_period="full",
            settings={"interval_field": "person.termijn", "start_field": "person.vanaf"},
        )
    )
    contribution = facts.rule(cents=1000, plan=plan)
    other = facts.gelre.federation.relation("A1", "Berends")
    facts.gelre.federation.holds(other, "A1")
    with facts.gelre.federation.as_("anna"):
        found = preview_charge(contribution, facts.gelre.season_id, facts.member)
        (lacking,) = preview_charge(contribution, facts.gelre.season_id, other)
    assert [(one.first_day, one.last_day) for one in found][-1] == (date(2026, 7, 1), date(2026, 12, 31))
    assert lacking.cents is None
    assert "leeg" in lacking.why


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements of the block."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def many(facts: Facts, count: int) -> None:
    """Add members of A1 as bulk rows, each with its own amount, half of them in the group."""
    place, first = facts.gelre.federation.organisations["A1"], 1_000_000
    card = {"kind": "person", "language": "nl", "correspondence": "mail", "payment_method": "transfer", "follows_household_address": True}
    with working_as(system_actor("test")), transaction() as session:
        numbers = range(first, first + count)
        key = str(facts.fields["per_maand"])
        shared = [
            {"id": n, "organisation_id": place, "number": n, "surname": f"L{n}", "display_name": f"L{n}", "sort_key": f"l{n}", "search_name": f"l{n}",
             "sound_key": "", "birth_date": date(1990, 1, 1), "made_at": system_moment(), "custom_values": {key: 1000 + n % 7}, **card}
            for n in numbers
        ]  # fmt: skip
        session.execute(insert(Relation.__table__), shared)  # type: ignore[arg-type]
        columns = ("organisation_id", "relation_id", "function_type_id", "first_day", "quantity", "origin", "made_at")
        member = facts.gelre.federation.member
        rows = ((place, n, member, date(2020, 1, 1), 1, "import", system_moment()) for n in numbers)
        insert_rows(FunctionTerm.__table__, columns, rows)  # type: ignore[arg-type]
    with facts.gelre.federation.as_("anna"):
        assert groups.add_members(facts.group, range(first, first + count, 2)) == count // 2


def system_moment() -> Any:
    from app.kernel import clock

    return clock.now()


def test_the_number_of_statements_does_not_grow_with_twenty_thousand_members(facts: Facts) -> None:
    contribution = facts.rule("{person.per_maand} * 12 + {member_of.jeugd} + {organisation.toeslag} + {function.quantity} + {person.age}")
    plain = facts.rule(cents=1000)

    def read(number: int) -> tuple[int, int]:
        with facts.gelre.federation.as_("anna"), counted() as seen:
            season = season_terms(facts.gelre.season_id)
            priced = priced_contributions([number], season)
            before = len(seen)
            found = sum(1 for one in subjects(priced, season) if one.facts_on(next(iter(one.priced.timetable.due(one.facts)))))  # type: ignore[arg-type]
            return found, len(seen) - before

    small = read(contribution)
    many(facts, 20_000)
    large = read(contribution)
    assert (small[0], large[0]) == (1, 20_001)
    assert small[1] == large[1] <= 6, "members, payers, whose groups, groups, places and no more"
    assert read(plain) == (20_001, 2), "a rule that names nothing asks nothing more"


# ---------------------------------------------------------------- checked when saved


@pytest.mark.parametrize(
    ("formula", "code", "said"),
    [
        (
            "{person.per_mand} * 12",
            "formula_wrong",
            "bij teken 1: het veld “person.per_mand” bestaat niet. Bedoelde je {person.per_maand}?",
        ),
        ("12 * {member_of.jeugt}", "formula_wrong", "bij teken 6: het veld “member_of.jeugt” bestaat niet. Bedoelde je {member_of.jeugd}?"),
        ("{organisation.per_maand}", "formula_wrong", "Bedoelde je {person.per_maand}?"),
        ("{person.maat} + 1", "field_unfit", "het veld “Maat” (person.maat) is een keuze"),
        ("{person.vanaf} + 1", "field_unfit", "is een datum"),
        ("{person.per_maand} * ", "formula_wrong", "niet af"),
    ],
)
def test_a_formula_is_checked_against_the_fields_that_exist(facts: Facts, formula: str, code: str, said: str) -> None:
    rule = {"contribution_id": facts.gelre.contribution_id, "season_id": facts.gelre.season_id, "formula": formula}
    with facts.gelre.federation.as_("anna"):
        with pytest.raises(DomainError, match=re.escape(said)) as refusal:
            check_rule(rule)
        assert (refusal.value.code, refusal.value.parameters["field"]) == (code, "formula")
        with pytest.raises(DomainError, match=re.escape(said)) as refusal:
            check_adjustment("condition", {"formula": formula, "discount_cents": 1}, facts.gelre.organisation_id)
        # what cannot be read is refused with the other settings, each at its place; names are looked up after that
        place = refusal.value.parameters.get("fields") or [refusal.value.parameters["field"]]
        assert list(place) == ["settings.formula"]


def test_fields_and_groups_of_others_do_not_exist_here(facts: Facts) -> None:
    custom_field(facts.gelre, "relation", "geheim", "Van B", "number", at="B")
    theirs = facts.gelre.add(TargetGroup(organisation_id=facts.gelre.federation.organisations["B"], code="b", name="Van B"))
    rule = {"contribution_id": facts.gelre.contribution_id, "season_id": facts.gelre.season_id, "born_from": date(1950, 1, 1)}
    with facts.gelre.federation.as_("system"):
        names = known_fields(facts.gelre.organisation_id)
        assert {"person.geheim", "member_of.b"} & set(names) == set()
        with pytest.raises(DomainError, match=r"person\.geheim” bestaat niet"):
            check_rule({**rule, "formula": "{person.geheim}"})
        with pytest.raises(DomainError, match="Kies een doelgroep") as refusal:
            check_rule({**rule, "amount_cents": 1, "target_group_id": theirs})
        assert refusal.value.parameters["field"] == "target_group"
        with pytest.raises(DomainError, match="Kies een doelgroep"):
            check_adjustment("condition", {"selection_id": theirs, "discount_cents": 1}, facts.gelre.organisation_id)


@pytest.mark.parametrize("wall", ["both", "database only"])
def test_a_group_that_is_lent_out_from_above_prices_below(facts: Facts, wall: str) -> None:
    gelre = facts.gelre
    national = gelre.add(TargetGroup(organisation_id=gelre.federation.organisations["NL"], code="ere", name="Ereleden", is_for_below=True))
    rule = {"contribution_id": gelre.contribution_id, "season_id": gelre.season_id, "born_from": date(1950, 1, 1)}
    with gelre.federation.as_("carla"):
        groups.add_members(national, [facts.member, gelre.federation.relation("B1")])
    if wall == "database only":
        scope.remove()
    try:
        with gelre.federation.as_("anna"):
            check_rule({**rule, "amount_cents": 1, "target_group_id": national})
            check_adjustment("condition", {"selection_id": national, "discount_cents": 1}, gelre.organisation_id)
        assert facts.tried(facts.rule("{member_of.ere} * 12 + 1"))[0] == 1300
        contribution = facts.rule("{person.age}")
        gelre.rule("Ereleden", 2500, contribution_id=contribution, target_group_id=national, season_label="none")
        assert facts.tried(contribution)[0] == 2500
    finally:
        if wall == "database only":
            scope.install()
    with gelre.federation.as_("carla"), pytest.raises(DomainError, match="regel “Ereleden” van"):
        groups.change_group(national, used_in, is_for_below=False)


def test_a_field_from_above_holds_below(facts: Facts) -> None:
    number = custom_field(facts.gelre, "relation", "landelijk", "Landelijk veld", "amount", at="NL")
    with working_as(system_actor("test")), transaction() as session:
        card = session.get_one(Relation, facts.member)
        card.custom_values = {**card.custom_values, str(number): 199}
    assert facts.tried(facts.rule("{person.landelijk}"))[0] == 199


def test_tick_boxes_and_plans_take_fields_of_their_kind_only(facts: Facts) -> None:
    at = facts.gelre.organisation_id
    with facts.gelre.federation.as_("anna"):
        check_adjustment("tick_box", {"field": "person.erelid", "discount_cents": 1}, at)
        with pytest.raises(DomainError, match=r"Bedoelde je \{person\.erelid\}"):
            check_adjustment("tick_box", {"field": "person.erelit", "discount_cents": 1}, at)
        with pytest.raises(DomainError, match="kies een ja of nee"):
            check_adjustment("tick_box", {"field": "person.uren", "discount_cents": 1}, at)
        plan = BillingPlan(organisation_id=at, name="Plan", anchor="calendar", months=12, first_month=1, first_period="full", issue_days=0)
        for setting, good, bad in (("interval_field", "person.termijn", "person.vanaf"), ("start_field", "person.vanaf", "person.termijn")):
            plan.settings = {setting: good}
            check_plan(plan)
            plan.settings = {setting: bad}
            with pytest.raises(DomainError) as refusal:
                check_plan(plan)
            assert (refusal.value.code, refusal.value.parameters["field"]) == ("field_unfit", f"settings.{setting}")


def test_the_list_of_fields_is_what_a_formula_may_name(facts: Facts) -> None:
    with facts.gelre.federation.as_("anna"):
        listed = {row[0]: row[1:3] for row in field_list(facts.gelre.organisation_id)}
        assert listed["{person.per_maand}"] == ("Bedrag per maand", "bedrag in euro's")
        assert listed["{member_of.jeugd}"] == ("In doelgroep Jeugd", "ja of nee")
        assert "{person.maat}" not in listed
        for name in listed:
            check_rule({"contribution_id": facts.gelre.contribution_id, "season_id": facts.gelre.season_id, "formula": f"{name} + 1"})


# ---------------------------------------------------------------- what is used stays


def test_a_field_that_a_formula_names_is_not_renamed_put_away_or_deleted(facts: Facts) -> None:
    facts.rule("{person.uren} * 2")
    contribution = facts.rule(cents=100)
    facts.step(contribution, "tick_box", {"field": "person.erelid", "discount_cents": 1})
    facts.gelre.add(
        BillingPlan(organisation_id=facts.gelre.organisation_id, name="Termijnen", months=12, settings={"interval_field": "person.termijn"})
    )
    uren, erelid, termijn = (facts.fields[code] for code in ("uren", "erelid", "termijn"))
    for attempt, field, place in (
        (lambda: custom_fields.change_field(uren, named_in, code="tijd"), "code", "regel “Regel"),
        (lambda: custom_fields.change_field(uren, named_in, kind="text"), "kind", "regel “Regel"),
        (lambda: custom_fields.change_field(uren, named_in, is_active=False), "is_active", "van Proef"),
        (lambda: custom_fields.remove_field(uren, named_in), "code", "Haal het daar eerst weg"),
        (lambda: custom_fields.clear_values(uren, named_in), "code", "“Uren” wordt gebruikt"),
        (lambda: custom_fields.remove_field(erelid, named_in), "code", "een korting van regel"),
        (lambda: custom_fields.remove_field(termijn, named_in), "code", "facturatie-instelling “Termijnen”"),
    ):
        with facts.gelre.federation.as_("A"), pytest.raises(DomainError) as refusal:
            attempt()
        assert (refusal.value.code, refusal.value.parameters["field"]) == ("field_in_use", field)
        assert place in refusal.value.message
    with facts.gelre.federation.as_("A"):
        custom_fields.change_field(uren, named_in, label="Uren per week")
        assert db.session.get_one(CustomField, uren).label == "Uren per week"


def test_a_group_that_a_price_depends_on_is_not_deleted(facts: Facts) -> None:
    contribution = facts.rule("{member_of.jeugd} + 1")
    with facts.gelre.federation.as_("A"):
        with pytest.raises(DomainError, match="Doelgroep “Jeugd” wordt gebruikt in regel") as refusal:
            groups.remove_group(facts.group, used_in)
        assert refusal.value.code == "group_in_use"
        with pytest.raises(DomainError, match="wordt gebruikt"):
            groups.change_group(facts.group, used_in, code="junioren")
        groups.change_group(facts.group, used_in, name="Junioren")
    other = facts.gelre.add(TargetGroup(organisation_id=facts.gelre.organisation_id, code="los", name="Los"))
    facts.step(contribution, "condition", {"selection_id": other, "discount_cents": 1})
    with facts.gelre.federation.as_("A"):
        with pytest.raises(DomainError, match="een korting van regel"):
            groups.remove_group(other, used_in)
        groups.change_group(other, used_in, code="vrij")  # the adjustment names its number, not its code
