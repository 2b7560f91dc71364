"""A season in several runs: each charge once, and afterwards exactly the difference."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.contributions import explanation
from app.contributions.models import BillingPlan, Charge, Contribution, ContributionRule, Season
from app.contributions.queries import charged_until
from app.contributions.usecases import waive_charge
from app.functions.models import EndReason, FunctionTerm, FunctionType
from app.functions.usecases import change_payer, change_price_category, end_function, resume_function
from app.invoicing.models import Invoice, InvoiceLine, InvoiceSource
from app.invoicing.usecases import credit_invoice, delete_draft, make_run, post_run, preview_run, settle_ends
from app.invoicing.usecases.making import issues_of
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.unit_of_work import transaction
from app.relations.models import Household, Relation
from jobs.commands.ledger import CHECKS
from tests.invoicing.season import DAY, Province

END = date(2026, 12, 15)  # a day on which functions may still be ended
JUNE = date(2026, 6, 30)


def charges(*relation_ids: int) -> list[tuple[str, int, str]]:
    """Return (number of the key, cents, state) of every charge of these relations, in order."""
    rows = db.session.scalars(select(Charge).where(Charge.relation_id.in_(relation_ids)).order_by(Charge.relation_id, Charge.id))
    return [(f"#{row.key.partition('#')[2] or 1}", row.amount_cents, row.state) for row in rows]


def why(relation_id: int) -> str:
    """Return the explanation of the last charge of a relation."""
    row = db.session.scalars(select(Charge).where(Charge.relation_id == relation_id).order_by(Charge.id.desc())).first()
    return explanation.charge_sentence(row.explanation).replace("\u00a0", " ")


def season_run(gelre: Province, *, posts: bool = True, **values: Any) -> int:
    """Make a run (and post it) and return what it came to."""
    run_id = gelre.run(**values)
    made = make_run(run_id)
    assert preview_run(run_id).invoices == 0, "what a preview says next is what was made"
    if posts and made.made:
        post_run(run_id)
    assert [found for check in CHECKS for found in check(gelre.organisation_id)] == []
    return made.total_cents


def term_of(relation_id: int) -> int:
    return db.session.scalars(select(FunctionTerm.id).where(FunctionTerm.relation_id == relation_id)).one()


def change(model: type, row_id: int, **values: Any) -> None:
    with transaction() as session:
        row = session.get(model, row_id)
        for name, value in values.items():
            setattr(row, name, value)


def reason(gelre: Province, *, credits_rest: bool) -> int:
    at = gelre.federation.organisations["NL"]
    return gelre.add(EndReason(organisation_id=at, code="OPZ", name="Opgezegd", credits_rest=credits_rest))


# (who says it, contribution gives back, reason gives back, what an end on 30 June gives back of EUR 60)
ENDS = [
    ("nobody", False, False, 0),
    ("the contribution", True, False, -3000),
    ("the reason", False, True, -3000),
    ("both", True, True, -3000),
]


@pytest.mark.parametrize(("by_contribution", "by_reason", "back"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_an_earlier_end_gives_the_rest_back_once(gelre: Province, by_contribution: bool, by_reason: bool, back: int) -> None:
    bas = gelre.member("Aalders")
    reason_id = reason(gelre, credits_rest=by_reason)
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, credits_on_end=by_contribution)
        assert season_run(gelre) == 6000
        end_function(term_of(bas), JUNE, reason_id, may_end_in_past=True)
        settle_ends([term_of(bas)], DAY)
        settle_ends([term_of(bas)], DAY)
        expected = [("#1", 6000, "posted"), *([("#2", back, "open")] if back else [])]
        assert charges(bas) == expected
        assert season_run(gelre) == back
        assert season_run(gelre) == 0
        settle_ends([term_of(bas)], DAY)
        assert charges(bas) == [(*row[:2], "posted") for row in expected]
        if back:
            assert "was € 60,00, wordt € 30,00 −€ 30,00" in why(bas)
            rest = db.session.scalars(select(Charge).where(Charge.amount_cents < 0)).one()
            assert (rest.first_day, rest.last_day) == (date(2026, 7, 1), date(2026, 12, 31))
            assert db.session.scalars(select(Invoice.kind).where(Invoice.total_cents < 0)).all() == ["credit_note"]


def test_an_end_that_is_undone_takes_back_the_credit_while_it_is_open_and_charges_it_again_afterwards(gelre: Province) -> None:
    bas = gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, credits_on_end=True)
        season_run(gelre)
        for is_posted, then in ((False, [("#1", 6000, "posted")]), (True, None)):
            end_function(term_of(bas), END, None)
            assert settle_ends([term_of(bas)], DAY) == 1
            assert charges(bas)[-1] == ("#2", -250, "open")
            if is_posted:
                season_run(gelre)
            resume_function(term_of(bas))
            assert settle_ends([term_of(bas)], DAY) == 1
            assert charges(bas) == (then or [("#1", 6000, "posted"), ("#2", -250, "posted"), ("#3", 250, "open")])
        assert season_run(gelre) == 250
        assert sum(cents for _, cents, _ in charges(bas)) == 6000


def test_what_is_open_is_lowered_or_dropped_instead_of_credited(gelre: Province) -> None:
    stays, goes = gelre.member("Aalders"), gelre.member("Berends", first_day=date(2026, 3, 1))
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, credits_on_end=True)
        season_run(gelre, posts=False)
        for invoice_id in db.session.scalars(select(Invoice.id)).all():
            delete_draft(invoice_id)
        end_function(term_of(stays), JUNE, None, may_end_in_past=True)
        change(FunctionTerm, term_of(goes), first_day=date(2025, 3, 1), last_day=date(2025, 12, 31))
        settle_ends([term_of(stays), term_of(goes)], DAY)
        assert charges(stays, goes) == [("#1", 3000, "open")]
        assert season_run(gelre) == 3000
        assert charges(stays, goes) == [("#1", 3000, "posted")]


def test_who_ends_a_function_without_seeing_the_books_settles_them_all_the_same(gelre: Province) -> None:
    bas = gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, credits_on_end=True)
        season_run(gelre)
    with gelre.federation.as_("bram"):
        end_function(term_of(bas), END, None)
        assert settle_ends([term_of(bas)], DAY) == 1
        assert db.session.scalars(select(Charge)).all() == []
    with gelre.federation.as_("anna"):
        assert charges(bas)[-1] == ("#2", -250, "open")


# (case, what the treasurer credits by hand, what the run credits after an end on 30 June)
BY_HAND = [
    ("nothing", None, -3000),
    ("the rest, as the end asks", {"from_day": date(2026, 7, 1)}, 0),
    ("less than the end asks", {"from_day": date(2026, 10, 1)}, -1488),
    ("all of it", {}, 0),
]


@pytest.mark.parametrize(("by_hand", "back"), [row[1:] for row in BY_HAND], ids=[row[0] for row in BY_HAND])
def test_what_was_credited_by_hand_is_not_given_back_twice_nor_asked_again(
    gelre: Province, by_hand: dict[str, Any] | None, back: int
) -> None:
    bas = gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, credits_on_end=True)
        season_run(gelre)
        if by_hand is not None:
            invoice = db.session.scalars(select(Invoice)).one()
            credit_invoice(invoice.id, DAY, **by_hand)
        assert season_run(gelre) == 0
        end_function(term_of(bas), JUNE, None, may_end_in_past=True)
        assert season_run(gelre) == back
        assert season_run(gelre) == 0


def test_an_error_on_a_card_never_credits_what_was_charged(gelre: Province) -> None:
    bas, dead = gelre.member("Aalders"), gelre.member("Berends")
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, credits_on_end=True)
        season_run(gelre)
        change(Relation, bas, birth_date=None)
        change(Relation, dead, deceased_on=date(2026, 1, 10))
        run_id = gelre.run()
        made = make_run(run_id)
        assert (made.made, made.errors) == (0, 1)
        assert {text for _, _, text in issues_of(run_id)} >= {"Is overleden op 10-01-2026."}
        end_function(term_of(dead), date(2026, 1, 10), None, may_end_in_past=True)  # now it is settled, by the day
        assert season_run(gelre) == 6000 // 24 - 6000


def test_a_changed_price_and_a_later_start_give_the_difference_and_say_so(gelre: Province) -> None:
    one, two, free = (gelre.member(name) for name in ("Aalders", "Berends", "Corsten"))
    with gelre.federation.as_("anna"):
        season_run(gelre)
        change(ContributionRule, gelre.rules["Contributie lid"], amount_cents=6600)
        change(FunctionTerm, term_of(two), first_day=date(2026, 7, 1))
        change(FunctionTerm, term_of(free), first_day=date(2027, 1, 1))
        assert season_run(gelre) == 600 - 2700 - 6000
        assert charges(one) == [("#1", 6000, "posted"), ("#2", 600, "posted")]
        assert charges(two)[-1] == ("#2", -2700, "posted")
        assert charges(free)[-1] == ("#2", -6000, "posted")
        assert "was € 60,00, wordt € 66,00 € 6,00; nu: Contributie lid" in why(one)


def test_what_was_waived_stays_let_go(gelre: Province) -> None:
    bas = gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        season_run(gelre, posts=False)
        delete_draft(db.session.scalars(select(Invoice.id)).one())
        charge_id = db.session.scalars(select(Charge.id)).one()
        with pytest.raises(DomainError, match="Vul in waarom"):
            waive_charge(charge_id, " ")
        waive_charge(charge_id, "Lang ziek")
        with pytest.raises(DomainError, match="Kwijtgescholden"):
            waive_charge(charge_id, "Nog eens")
        change(ContributionRule, gelre.rules["Contributie lid"], amount_cents=6600)
        run_id = gelre.run()
        assert make_run(run_id).made == 0
        assert [text for _, _, text in issues_of(run_id)] == ["Is kwijtgescholden."]
        change(Contribution, gelre.contribution_id, credits_on_end=True)
        end_function(term_of(bas), JUNE, None, may_end_in_past=True)
        assert season_run(gelre) == 0
        assert charges(bas) == [("#1", 6000, "waived")]
        assert db.session.get(Charge, charge_id).waived_reason == "Lang ziek"


def test_payer_and_price_category_change_from_the_first_day_that_was_not_charged(gelre: Province) -> None:
    bas, payer = gelre.member("Aalders"), gelre.member("Betaler")
    with gelre.federation.as_("anna"):
        season_run(gelre)
        for verb in (change_payer, change_price_category):
            with pytest.raises(DomainError, match=r"Tot en met 31-12-2026 is al berekend\. Kies 01-01-2027 of later"):
                verb(term_of(bas), payer if verb is change_payer else None, date(2026, 12, 31), charged_until)
        change_payer(term_of(bas), payer, date(2027, 1, 1), charged_until)


# ---------------------------------------------------------------- families


def family(gelre: Province, percentage: int = 5000) -> int:
    for name in ("Contributie lid", "Contributie jeugdlid"):
        gelre.adjust(name, "family", {"rows": [{"number": 2, "discount_basis_points": percentage}]}, position=3)
    return gelre.add(Household(organisation_id=gelre.federation.organisations["A1"], name="Jansen"))


def test_a_sibling_who_joins_later_has_the_discount_and_nobody_else_changes(gelre: Province) -> None:
    home = family(gelre)
    child = gelre.member("Jansen", born=date(2012, 1, 1), household_id=home, first_name="Kind")
    with gelre.federation.as_("anna"):
        assert season_run(gelre) == 3000
    parent = gelre.member("Jansen", household_id=home, first_name="Ouder")
    with gelre.federation.as_("anna"):
        assert season_run(gelre) == 3000
        assert charges(child, parent) == [("#1", 3000, "posted"), ("#1", 3000, "posted")]
        assert "2e gezinslid na Jansen, Kind: 50 % korting −€ 30,00" in why(parent)
        change(Relation, child, household_id=None)  # who leaves changes nothing for who stays
        assert season_run(gelre) == 0


def test_a_family_is_looked_at_whole_in_a_run_for_some(gelre: Province) -> None:
    home = family(gelre)
    parent = gelre.member("Jansen", household_id=home, first_name="Ouder")
    child = gelre.member("Jansen", born=date(2012, 1, 1), household_id=home, first_name="Kind", first_day=date(2026, 1, 1))
    with gelre.federation.as_("anna"):
        assert season_run(gelre, start_filter="on_or_after", start_date=date(2026, 1, 1)) == 1500
        assert season_run(gelre) == 6000
        assert charges(parent, child) == [("#1", 6000, "posted"), ("#1", 1500, "posted")]


def test_a_family_over_two_contributions_counts_together_in_one_run_and_in_two(gelre: Province) -> None:
    home = family(gelre)
    donor = gelre.add(
        FunctionType(
            organisation_id=gelre.federation.organisations["NL"], code="DON", name="Donateur", category="donor", levels=["department"]
        )
    )
    other = gelre.add(
        Contribution(
            organisation_id=gelre.organisation_id, name="Donatie", function_type_id=donor, ledger_account_id=gelre.accounts["8100"]
        )
    )
    gelre.rule("Donatie", 2000, contribution_id=other)
    gelre.adjust("Donatie", "family", {"rows": [{"number": 2, "discount_basis_points": 5000}]})
    member = gelre.member("Jansen", household_id=home, first_name="Lid")
    giver = gelre.federation.relation("A1", "Jansen", household_id=home, first_name="Gever", birth_date=date(1980, 1, 1))
    gelre.federation.holds(giver, "A1", function_type_id=donor)
    with gelre.federation.as_("anna"):
        together = preview_run(gelre.run(contribution_ids=[gelre.contribution_id, other])).total_cents
        assert season_run(gelre) + season_run(gelre, contribution_ids=[other]) == together == 6000 + 1000
        assert "na Jansen, Lid" in why(giver)
        assert charges(member) == [("#1", 6000, "posted")]


def test_a_run_that_is_taken_up_again_gives_a_family_what_it_would_have_given_at_once(
    gelre: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = family(gelre)
    monkeypatch.setattr("app.invoicing.usecases.making.BATCH", 1)
    young = gelre.member("Jansen", born=date(2012, 1, 1), household_id=home, first_name="Kind")
    old = gelre.member("Jansen", household_id=home, first_name="Ouder")
    with gelre.federation.as_("anna"):
        run_id = gelre.run()
        assert not make_run(run_id, progress=lambda done, total: False).is_whole
        make_run(run_id)
        assert charges(young, old) == [("#1", 1500, "invoiced"), ("#1", 6000, "invoiced")]


# ---------------------------------------------------------------- several activities, union fee, maximum


def test_a_second_activity_has_the_discount_and_the_first_stays_as_it_was(gelre: Province) -> None:
    at = gelre.federation.organisations["NL"]
    first = gelre.add(
        FunctionType(
            organisation_id=at, code="AAA", name="Jeugd", category="membership", parent_id=gelre.federation.member, importance=1,
            levels=["department"],
        )
    )  # fmt: skip
    gelre.adjust("Contributie lid", "several_activities", {"rows": [{"number": 2, "discount_cents": 1000}]}, position=3)
    bas = gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        season_run(gelre)
    gelre.federation.holds(bas, "A1", function_type_id=first)  # by the group's own order it would come first
    with gelre.federation.as_("anna"):
        assert season_run(gelre) == 5000
        assert season_run(gelre) == 0
        assert charges(bas) == [("#1", 6000, "posted"), ("#1", 5000, "posted")]
        assert "2e activiteit" in why(bas)


def test_a_union_fee_comes_once_a_year_over_quarters_and_runs(gelre: Province) -> None:
    plan = gelre.add(BillingPlan(organisation_id=gelre.organisation_id, name="Kwartaal", months=3, anchor="calendar"))
    gelre.adjust("Contributie lid", "union_fee", {"fee_cents": 1200}, position=9, ledger_account_id=gelre.accounts["4600"])
    early, late = gelre.member("Aalders"), gelre.member("Berends", first_day=date(2026, 4, 1))
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, billing_plan_id=plan)
        totals = [season_run(gelre, invoice_date=date(2026, month, 1)) for month in (1, 4, 7, 10)]
        assert totals == [6000 + 1200, 12000 + 1200, 12000, 12000]
        assert [cents for _, cents, _ in charges(early)] == [7200, 6000, 6000, 6000]
        assert [cents for _, cents, _ in charges(late)] == [7200, 6000, 6000]


def test_a_union_fee_comes_once_a_year_with_all_quarters_in_one_run_and_over_functions(gelre: Province) -> None:
    plan = gelre.add(BillingPlan(organisation_id=gelre.organisation_id, name="Kwartaal", months=3, anchor="calendar"))
    gelre.adjust("Contributie lid", "union_fee", {"fee_cents": 1200}, position=9, ledger_account_id=gelre.accounts["4600"])
    both, late = gelre.member("Aalders"), gelre.member("Berends", first_day=date(2026, 4, 1))
    gelre.federation.holds(both, "A2", first_day=date(2020, 1, 1))
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, billing_plan_id=plan)
        run_id = gelre.run(invoice_date=date(2026, 10, 1))
        total = 8 * 6000 + 1200 + 3 * 6000 + 1200
        assert preview_run(run_id).total_cents == total
        assert make_run(run_id).total_cents == total
        assert sorted(cents for _, cents, _ in charges(both)) == [6000] * 7 + [7200]
        assert [cents for _, cents, _ in charges(late)] == [7200, 6000, 6000]
        assert season_run(gelre, invoice_date=date(2026, 12, 31)) == 0


def test_a_union_fee_comes_once_a_calendar_year_over_seasons_that_are_broken(gelre: Province) -> None:
    at = gelre.federation.organisations["NL"]
    plan = gelre.add(BillingPlan(organisation_id=gelre.organisation_id, name="Half jaar", months=6, anchor="calendar"))
    gelre.adjust("Contributie lid", "union_fee", {"fee_cents": 1200}, position=9, ledger_account_id=gelre.accounts["4600"])
    change_to = {"season_id": None, "valid_from": date(2020, 1, 1)}
    first, second = (
        gelre.add(Season(organisation_id=at, name=f"{year}-{year + 1}", first_day=date(year, 7, 1), last_day=date(year + 1, 6, 30)))
        for year in (2025, 2026)
    )
    bas = gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        for rule_id in gelre.rules.values():
            change(ContributionRule, rule_id, **change_to)
        change(Contribution, gelre.contribution_id, billing_plan_id=plan)
        totals = [season_run(gelre, season_id=season_id, invoice_date=date(2026, 12, 1)) for season_id in (first, second, first, second)]
        assert totals == [2 * 7200, 6000, 0, 0]  # 2025 and 2026 have their fee in the first season, and keep it there
        assert season_run(gelre, season_id=second, invoice_date=date(2026, 12, 31), posts=False) == 0
        assert [cents for _, cents, _ in charges(bas)] == [7200, 7200, 6000]


def test_a_gift_goes_on_its_own_account_in_a_whole_season(gelre: Province) -> None:
    gelre.adjust("Contributie lid", "gift", {}, position=9, ledger_account_id=gelre.accounts["8100"])
    giver, other = gelre.member("Aalders", gift_cents=1250), gelre.member("Berends")
    with gelre.federation.as_("anna"):
        assert season_run(gelre) == 6000 + 1250 + 6000
        assert (charges(giver), charges(other)) == ([("#1", 7250, "posted")], [("#1", 6000, "posted")])
        rows = db.session.execute(
            select(InvoiceLine.member_id, InvoiceLine.amount_cents, InvoiceLine.ledger_account_id).order_by(InvoiceLine.id)
        ).all()
        own, gifts = gelre.accounts["8000"], gelre.accounts["8100"]
        assert [tuple(row) for row in rows] == [(giver, 6000, own), (giver, 1250, gifts), (other, 6000, own)]
        change(Relation, giver, gift_cents=2000)
        assert season_run(gelre) == 750


def test_the_family_maximum_holds_over_the_runs_of_a_season_and_on_credit(gelre: Province) -> None:
    source = gelre.add(InvoiceSource(organisation_id=gelre.organisation_id, name="Contributie", family_maximum_cents=10000))
    parent = gelre.member("Ouder")
    child = gelre.member("Kind", born=date(2012, 1, 1), payer_id=parent)
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, credits_on_end=True)
        assert season_run(gelre, source_id=source) == 9000
    gelre.member("Ander", born=date(2012, 1, 1), payer_id=parent)
    with gelre.federation.as_("anna"):
        run_id = gelre.run(source_id=source)
        assert preview_run(run_id).total_cents == 1000
        assert season_run(gelre, source_id=source) == 1000
        invoice = db.session.scalars(select(Invoice).order_by(Invoice.id.desc())).first()
        assert [(line.description, line.amount_cents) for line in invoice.lines] == [
            ("Contributie jeugdlid 2026", 3000),
            ("Gezinsmaximum", -2000),
        ]
        assert "Samen € 120,00, het gezinsmaximum is € 100,00." in str(invoice.lines[1].explanation)
        end_function(term_of(child), date(2025, 12, 31), None, may_end_in_past=True)
        assert season_run(gelre, source_id=source) == -1000  # 90 is left of 120; 100 was paid
        first = db.session.scalars(select(Invoice).order_by(Invoice.id)).first()
        note = db.session.get(Invoice, credit_invoice(first.id, DAY, line_ids=[first.lines[0].id]))
        assert note.total_cents == -6000


# ---------------------------------------------------------------- a whole season in two runs, by plan

# (case, plan, (first day of the function, cents) per member, in a run of 1 January and one of 1 July together)
PLANS = [
    (
        "fixed dates, who joins later pays from the next one",
        {"months": 6, "anchor": "fixed", "fixed_dates": ["2026-01-01", "2026-07-01"], "settings": {"charges_late_joiners": False}},
        [(date(2020, 1, 1), 12000), (date(2026, 2, 1), 6000), (date(2026, 8, 1), 0)],
    ),
    (
        "fixed dates, who joins later pays that period too",
        {"months": 6, "anchor": "fixed", "fixed_dates": ["2026-01-01", "2026-07-01"]},
        [(date(2020, 1, 1), 12000), (date(2026, 4, 1), 9000)],
    ),
    ("until a day", {"months": 6, "anchor": "calendar", "until": date(2026, 6, 30)}, [(date(2020, 1, 1), 6000), (date(2026, 8, 1), 0)]),
    ("turning point", {"months": 6, "anchor": "calendar", "turning_point": 3}, [(date(2026, 2, 28), 10500), (date(2026, 3, 1), 6000)]),
]


@pytest.mark.parametrize(("plan", "members"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_a_season_in_two_runs_gives_each_period_once(gelre: Province, plan: dict[str, Any], members: list[tuple[date, int]]) -> None:
    plan_id = gelre.add(BillingPlan(organisation_id=gelre.organisation_id, name="Plan", **plan))
    people = [gelre.member(f"Lid {place}", first_day=first_day) for place, (first_day, _) in enumerate(members)]
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, billing_plan_id=plan_id)
        for on in (date(2026, 1, 1), date(2026, 7, 1), date(2026, 7, 1)):
            season_run(gelre, invoice_date=on)
        assert [sum(cents for _, cents, _ in charges(one)) for one in people] == [cents for _, cents in members]


def test_who_lacks_the_function_that_must_be_held_first_is_charged_once_he_has_it(gelre: Province) -> None:
    at = gelre.federation.organisations["NL"]
    licence = gelre.add(FunctionType(organisation_id=at, code="LIC", name="Licentie", category="interest", levels=["department"]))
    bas = gelre.member("Aalders")
    with gelre.federation.as_("anna"):
        change(Contribution, gelre.contribution_id, must_hold_first_id=licence)
        run_id = gelre.run()
        assert make_run(run_id).made == 0
        assert [text for _, _, text in issues_of(run_id)] == ["De relatie heeft de functie niet die voor deze contributie nodig is."]
    gelre.federation.holds(bas, "A1", function_type_id=licence)
    with gelre.federation.as_("anna"):
        assert season_run(gelre) == 6000


# ---------------------------------------------------------------- bad cards

# (case, the faulty card, what its rule asks, words of the error)
BAD = [
    ("no date of birth", {"born": None}, None, "geboortedatum ontbreekt"),
    ("an empty factor", {}, ("factor", {"way": "times"}), "De factor op de functie is leeg"),
    ("a factor of zero to divide by", {"factor": 0}, ("factor", {"way": "divided"}), "delen door 0 kan niet"),
    ("an empty field in a formula", {}, "{function.factor} * 10", "is leeg, en het bedrag hangt ervan af"),
    ("an unknown field in a formula", {}, "{person.onbekend} * 10", "bestaat niet op deze kaart"),
    ("division by zero", {}, "10 / {person.pays_by_direct_debit}", "deelt door 0"),
    ("no units for the brackets", {}, [[None, 500]], "waarde-eenheden is leeg"),
    ("units outside the brackets", {"value_units": 20_000}, [[10, 500]], "De waarde 20 valt buiten de treden van de staffel"),
]


@pytest.mark.parametrize(("card", "rule", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_faulty_card_is_named_and_the_others_go_on(gelre: Province, card: dict[str, Any], rule: Any, words: str) -> None:
    on_function = {name: card.get(name) for name in ("factor", "value_units")}
    on_card = {name: value for name, value in card.items() if name not in on_function}
    bad = gelre.member("Fout", **({"born": date(2008, 6, 1)} | on_card))
    gelre.member("Goed")
    if isinstance(rule, tuple):
        gelre.adjust("Contributie jeugdlid", *rule, position=4)
    with gelre.federation.as_("anna"):
        if isinstance(rule, str):
            change(ContributionRule, gelre.rules["Contributie jeugdlid"], amount_cents=None, formula=rule)
        if isinstance(rule, list):
            change(ContributionRule, gelre.rules["Contributie jeugdlid"], amount_cents=None, tiers=rule)
        change(FunctionTerm, term_of(bad), **on_function)
        run_id = gelre.run()
        assert len(preview_run(run_id).errors) == 1
        made = make_run(run_id)
        assert (made.made, made.total_cents, made.errors) == (1, 6000, 1)
        ((number, kind, text),) = issues_of(run_id)
        assert (number, kind) == (db.session.get(Relation, bad).number, "error")
        assert words in text
        assert charges(bad) == []
