"""What if, as stories: the figures of a scenario are what a run would make, and changing nothing is what it does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import func, select

from app.contributions.comparing import paid_as_kept
from app.contributions.models import Charge, Contribution, ContributionRule
from app.contributions.usecases import copy_season
from app.functions.models import FunctionType, PriceCategory
from app.invoicing.models import Invoice, InvoiceLine, InvoiceRun, InvoiceSource
from app.invoicing.preview import Preview
from app.invoicing.usecases import Made, make_run, preview_run
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction, working_as
from app.ledger.models import VatCode
from app.relations.models import Household
from app.reporting.figures import Pair, total_of
from app.reporting.queries import what_if
from app.reporting.what_if import SIDES, Asked, Findings
from tests.federation import Federation
from tests.invoicing.season import Province, province, season_year

TODAY = date(2026, 11, 24)
INVOICED = date(2027, 1, 15)


@pytest.fixture
def gelre(federation: Federation) -> Province:
    """A province with family and several-activities discounts, two departments, a category and members of every sort."""
    made = province(federation)
    student = made.add(PriceCategory(organisation_id=federation.organisations["NL"], code="STU", name="Student"))
    made.rule("Contributie student", 4000, price_category_id=student, born_from=date(1900, 1, 1))
    for rule in ("Contributie lid", "Contributie jeugdlid"):
        made.adjust(rule, "family", {"rows": [{"number": 2, "discount_basis_points": 2500}]}, position=3, text="gezinskorting")
    choir = made.add(
        FunctionType(organisation_id=federation.organisations["NL"], code="KOOR", name="Koor", category="membership", levels=["department"])
    )
    band = made.add(
        FunctionType(
            organisation_id=federation.organisations["NL"],
            code="ORKEST",
            name="Orkest",
            category="membership",
            levels=["department"],
            parent_id=choir,
        )
    )
    extra = made.add(
        Contribution(
            organisation_id=made.organisation_id, name="Activiteiten", function_type_id=choir, ledger_account_id=made.accounts["8000"]
        )
    )
    made.rule("Activiteit", 5000, contribution_id=extra)
    made.adjust("Activiteit", "several_activities", {"rows": [{"number": 2, "discount_basis_points": 5000}]}, text="meerdere activiteiten")
    house = made.add(Household(organisation_id=made.organisation_id, name="Familie Bos"))
    for place in range(3):
        made.member("Bos", date(1980 + 10 * place, 3, 1), household_id=house, first_name=f"Kind {place}")
    made.member("Debet", payment_method="direct_debit", at="A2")
    made.member("Grens", date(2008, 6, 1))  # 18 in 2026, 19 in 2027: the band of the young ends at 1 January 2008
    made.member("Junior", date(2007, 12, 31))
    made.member("Laat", first_day=date(2026, 7, 1))  # half a season in 2026, a whole one in 2027
    made.member("Toekomst", first_day=date(2027, 3, 16), at="A2")
    made.member("Vertrokken", last_day=date(2026, 12, 31))
    made.member("Student", date(2000, 2, 2), price_category_id=student)
    made.member("Onbekend", None)
    made.member("Overleden", deceased_on=date(2026, 10, 1))
    both = made.member("Zanger", at="A2")
    for kind in (choir, band):
        federation.holds(both, "A2", function_type_id=kind)
    made.accounts["extra"] = extra
    return made


def next_season(made: Province) -> int:
    return season_year(made.federation, 2027)


def ids(made: Province) -> list[int]:
    return [made.contribution_id, made.accounts["extra"]]


def asked(made: Province, season_id: int, **values: object) -> Asked:
    return Asked(made.organisation_id, season_id, **values)  # type: ignore[arg-type]


def charged(made: Province, season_id: int) -> dict[tuple[int, int], int]:
    with made.federation.as_("anna"):
        rows = db.session.execute(
            select(Charge.contribution_id, Charge.rule_id, func.count(), func.sum(Charge.amount_cents))
            .where(Charge.season_id == season_id)
            .group_by(Charge.contribution_id, Charge.rule_id)
        )
        return {(row[0], row[1]): (row[2], int(row[3])) for row in rows}


def sums(found: Findings) -> Iterator[tuple[str, int, int, int, int]]:
    for name, rows in found.tables().items():
        pairs = [row.pair for row in rows]
        yield (
            name,
            sum(pair.count for pair in pairs),
            sum(pair.cents for pair in pairs),
            sum(pair.before_count for pair in pairs),
            sum(pair.before_cents for pair in pairs),
        )


def run_of(made: Province, season_id: int, day: date, **values: object) -> tuple[Preview, Made]:
    with made.federation.as_("anna"):
        run_id = made.run(season_id=season_id, invoice_date=day, contribution_ids=ids(made), **values)
        return preview_run(run_id), make_run(run_id)


@pytest.mark.parametrize("grouping", ["payer", "function"])
def test_with_vat_and_a_family_maximum_it_is_what_the_run_then_invoices(gelre: Province, grouping: str) -> None:
    high = gelre.add(VatCode(organisation_id=gelre.organisation_id, code="HOOG", name="Btw 21%", rate_basis_points=2100, ubl_category="S"))
    source = gelre.add(InvoiceSource(organisation_id=gelre.organisation_id, name="Contributie", family_maximum_cents=10001))
    parent = gelre.member("Ouder")
    for first_name in ("Een", "Twee", "Drie"):
        gelre.member("Kind", date(2012, 1, 1), first_name=first_name, payer_id=parent)
    with gelre.federation.as_("anna"), transaction() as session:
        session.get_one(Contribution, gelre.accounts["extra"]).vat_code_id = high
    with gelre.federation.as_("system"), transaction() as session:
        kind = session.get_one(Contribution, gelre.accounts["extra"]).function_type_id
    gelre.federation.holds(parent, "A1", function_type_id=kind)
    later = next_season(gelre)
    run_of(gelre, gelre.season_id, date(2026, 1, 15), source_id=source, grouping_kind=grouping)
    with gelre.federation.as_("anna"):
        copy_season(gelre.organisation_id, gelre.season_id, later, 777)
        found = what_if(asked(gelre, later, source_id=source, grouping=grouping), TODAY)
        without = what_if(asked(gelre, later), TODAY)
    preview, made = run_of(gelre, later, INVOICED, source_id=source, grouping_kind=grouping)
    with gelre.federation.as_("anna"):
        sides = []
        for season_id in (later, gelre.season_id):
            of_season = select(InvoiceRun.id).where(InvoiceRun.season_id == season_id)
            total, vat = db.session.execute(
                select(func.sum(Invoice.total_cents), func.sum(Invoice.vat_cents)).where(Invoice.run_id.in_(of_season))
            ).one()
            maximum = db.session.scalar(
                select(func.sum(InvoiceLine.amount_cents))
                .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
                .where(Invoice.run_id.in_(of_season), InvoiceLine.description == "Gezinsmaximum")
            )
            sides.append((int(total), int(vat), int(maximum)))
    assert all(cents for side in sides for cents in side)
    pair = total_of(row.pair for row in found.to_pay())
    assert (pair.cents, found.vat.cents, found.maximum.cents) == sides[0]
    assert (pair.before_cents, found.vat.before_cents, found.maximum.before_cents) == sides[1]
    assert (preview.total_cents, preview.vat_cents, preview.maximum_cents) == sides[0]
    assert (made.total_cents, found.source) == (preview.total_cents, "Contributie")
    assert preview.previous_cents + preview.previous_vat_cents + preview.previous_maximum_cents == sides[1][0]
    assert preview.difference_cents == sides[0][0] - sides[1][0]
    assert without.maximum == Pair(0, 0, 0, found.maximum.before_cents)
    assert without.vat.cents > found.vat.cents  # what the maximum takes off carries its share of the VAT
    again = Findings.of(json.loads(json.dumps(found.as_json())))
    assert (again.maximum, again.vat, again.source) == (found.maximum, found.vat, "Contributie")


def test_what_if_is_what_a_run_then_makes(gelre: Province) -> None:
    gelre.adjust("Contributie lid", "union_fee", {"fee_cents": 1200}, position=9, ledger_account_id=gelre.accounts["4600"])
    twice = gelre.member("Twee afdelingen")
    gelre.federation.holds(twice, "A2", first_day=date(2020, 1, 1))  # one union fee for two functions
    later = next_season(gelre)
    with gelre.federation.as_("anna"):
        scenario = what_if(asked(gelre, later, raise_basis_points=300), TODAY)
        copy_season(gelre.organisation_id, gelre.season_id, later, 300)
        copied = what_if(asked(gelre, later), TODAY)
        assert db.session.scalar(select(func.count()).select_from(Charge)) == 0
    run_of(gelre, later, INVOICED)
    made = charged(gelre, later)
    assert {
        key: (pair.count, pair.cents)
        for key, pair in copied.cube.by(lambda cell: (cell.contribution_id, cell.rule_id)).items()
        if pair.count
    } == made
    total = scenario.cube.total
    assert (total.count, total.cents) == (sum(row[0] for row in made.values()), sum(row[1] for row in made.values()))
    assert (copied.cube.total.count, copied.cube.total.cents) == (total.count, total.cents)
    assert total.count == 14
    with gelre.federation.as_("anna"):
        assert db.session.scalar(select(func.count()).select_from(Invoice)) > 0
        texts = " ".join(str(row) for row in db.session.scalars(select(Charge.explanation)))
    assert "several_activities" in texts
    assert "family" in texts
    assert "union_fee" in texts


@pytest.mark.parametrize("is_charged", [True, False])
def test_every_table_adds_up_to_the_same_total(gelre: Province, is_charged: bool) -> None:
    later = next_season(gelre)
    if is_charged:
        run_of(gelre, gelre.season_id, TODAY)
    with gelre.federation.as_("anna"):
        found = what_if(asked(gelre, later, raise_basis_points=1500), TODAY)
    assert found.was_charged == is_charged
    total = found.cube.total
    expected = (total.count, total.cents, total.before_count, total.before_cents)
    assert {row[0]: row[1:] for row in sums(found)} == dict.fromkeys(SIDES, expected)
    assert total.before_count > 0
    now = sum(group.cents for group in found.groups.values())
    assert now == total.cents
    assert sum(group.before_cents for group in found.groups.values()) == total.before_cents
    if is_charged:
        assert (total.before_count, total.before_cents) == tuple(map(sum, zip(*charged(gelre, gelre.season_id).values(), strict=True)))


def test_who_pays_more_and_why(gelre: Province) -> None:
    run_of(gelre, gelre.season_id, TODAY)
    later = next_season(gelre)
    with gelre.federation.as_("anna"):
        found = what_if(asked(gelre, later, raise_basis_points=500), TODAY)
        names = dict(db.session.execute(select(ContributionRule.id, ContributionRule.description)).all())
    assert names
    why = {row.relation_id: (row.before_cents, row.now_cents, found.reasons[row.reason]) for row in found.over}
    told = sorted(why.values())
    assert (3000, 6300, "Andere regel: “Contributie jeugdlid” wordt “Contributie lid” (€\u00a030,00 wordt €\u00a063,00)") in told
    assert (3000, 6300, "Hoger bedrag: €\u00a060,00 wordt €\u00a063,00; Kortere periode vervalt (was −€\u00a030,00)") in told
    assert len(told) == found.over_relations == 2
    assert found.over_by_reason == {"other_rule": 1, "discount": 1}
    gone = {found.reasons[row.reason] for row in found.moved if row.now_cents is None}
    assert gone == {"Heeft in dit seizoen geen functie meer waarvoor deze contributie geldt."}
    assert [row.before_cents for row in found.moved if row.before_cents is None] == [None]
    assert ["geboortedatum" in found.reasons[row.reason] for row in found.errors] == [True]
    assert any("overleden" in found.reasons[row.reason] for row in found.left_out)


def test_rules_that_are_called_alike_are_told_apart(gelre: Province) -> None:
    with working_as(system_actor("test")), transaction() as session:
        for name in ("Contributie lid", "Contributie jeugdlid", "Contributie student"):
            session.get_one(ContributionRule, gelre.rules[name]).description = "Contributie"
    later = next_season(gelre)
    with gelre.federation.as_("anna"):
        found = what_if(asked(gelre, later), TODAY)
    reasons = [found.reasons[row.reason].partition(" (")[0] for row in found.over]
    assert "Andere regel: “Contributie, geboren vanaf 01-01-2008” wordt “Contributie”" in reasons
    assert "Contributie (student)" in [row.label for row in found.table("rule")]


def test_the_same_season_as_if_dearer_next_to_itself(gelre: Province) -> None:
    with gelre.federation.as_("anna"):
        found = what_if(asked(gelre, gelre.season_id, against_id=gelre.season_id, raise_basis_points=1000), TODAY)
        nothing = what_if(asked(gelre, gelre.season_id, against_id=gelre.season_id), TODAY)
    assert found.cube.total.difference_cents > 0
    assert found.groups["new"].count == found.groups["gone"].before_count == 0
    assert nothing.cube.total.difference_cents == 0
    assert {name for name, group in nothing.groups.items() if group.count} == {"same"}


def test_ages_may_stay_where_they_are(gelre: Province) -> None:
    later = next_season(gelre)
    with gelre.federation.as_("anna"):
        moving = what_if(asked(gelre, later), TODAY)
        staying = what_if(asked(gelre, later, moves_ages=False), TODAY)
    young = gelre.rules["Contributie jeugdlid"]
    assert moving.cube.by(lambda cell: cell.rule_id)[young].before_count == 1
    assert moving.cube.by(lambda cell: cell.rule_id)[young].count == 0
    assert staying.cube.by(lambda cell: cell.rule_id)[young].count == 1
    assert "schuiven mee" in moving.notes[0]
    assert "blijven staan" in staying.notes[0]


def test_a_contribution_without_rules_is_told_and_others_go_on(gelre: Province) -> None:
    empty = gelre.add(
        Contribution(organisation_id=gelre.organisation_id, name="Leeg", function_type_id=gelre.federation.member, ledger_account_id=None)
    )
    with gelre.federation.as_("anna"):
        found = what_if(asked(gelre, gelre.season_id), TODAY)
        with pytest.raises(DomainError) as refused:
            what_if(asked(gelre, gelre.season_id, contribution_ids=(empty,)), TODAY)
    assert "“Leeg” heeft geen regels" in found.notes[0]
    assert refused.value.code == "what_if_without_rules"
    assert found.cube.total.count > 0


def test_a_formula_stays_when_all_is_raised_and_that_is_told(gelre: Province) -> None:
    with working_as(system_actor("test")), transaction() as session:
        rule = session.get_one(ContributionRule, gelre.rules["Activiteit"])
        rule.amount_cents, rule.formula = None, "10 * {function.quantity}"
    with gelre.federation.as_("anna"):
        found = what_if(asked(gelre, gelre.season_id, against_id=gelre.season_id, raise_basis_points=1000), TODAY)
    assert found.notes == ["Regels met een formule of staffel stijgen niet mee: Activiteit."]
    pair = found.cube.by(lambda cell: cell.contribution_id)[gelre.accounts["extra"]]
    assert pair.difference_cents == 0


def test_what_is_kept_reads_back_the_same(gelre: Province) -> None:
    with gelre.federation.as_("anna"):
        found = what_if(asked(gelre, next_season(gelre), raise_basis_points=2000), TODAY)
    again = Findings.of(found.as_json())
    assert again.tables() == found.tables()
    assert (again.over, again.moved, again.errors, again.reasons, again.groups) == (
        found.over,
        found.moved,
        found.errors,
        found.reasons,
        found.groups,
    )


def test_another_environment_sees_nothing_of_it(gelre: Province) -> None:
    with gelre.federation.as_("dirk"), pytest.raises(DomainError):
        what_if(asked(gelre, gelre.season_id, contribution_ids=(gelre.contribution_id,)), TODAY)


def test_a_price_taken_apart_adds_up(gelre: Province) -> None:
    run_of(gelre, gelre.season_id, TODAY)
    with gelre.federation.as_("anna"):
        for charge in db.session.scalars(select(Charge)):
            one = paid_as_kept(charge.amount_cents, charge.rule_id, charge.explanation)
            assert one.base_cents + sum(cents for _, cents in one.changes) == charge.amount_cents
            assert "difference" not in dict(one.changes)
