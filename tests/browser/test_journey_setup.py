"""The fourth journey: a treasurer sets up a contribution without code, tries it on a member and reads why; at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from app.contributions.models import Charge, Contribution, ContributionRule
from app.functions.models import FunctionTerm, FunctionType
from app.kernel.db import db
from app.kernel.periods import dutch_date
from app.relations.models import Relation
from tests.browser.site import NARROW, WIDE, Person, Site

pytestmark = pytest.mark.browser


def choose(somebody: Person, field: str, typed: str) -> None:
    """Choose a row of another table by typing, as people do."""
    page = somebody.page
    page.locator(f"#{field} + .select2-container .select2-selection").click()
    page.locator(".select2-container--open .select2-search__field").fill(typed)
    found = page.locator(".select2-results__option", has_text=typed)
    found.first.wait_for()
    exact = page.get_by_role("option", name=typed, exact=True)
    (exact if exact.count() else found).first.click()


def member_of(site: Site) -> tuple[int, str]:
    """Return number and name of the card of a grown-up in Gelderland who is a member all year and pays by direct debit himself."""
    with site.as_("GE"):
        asked = (
            select(FunctionTerm, Relation)
            .join(Relation, Relation.id == FunctionTerm.relation_id)
            .join(FunctionType, FunctionType.id == FunctionTerm.function_type_id)
            .where(
                FunctionType.code == "LID",
                FunctionTerm.last_day.is_(None),
                Relation.payment_method == "direct_debit",
                Relation.birth_date < date(1995, 1, 1),
                Relation.payer_id.is_(None),
                FunctionTerm.payer_id.is_(None),
                FunctionTerm.first_day < date(site.today.year, 1, 1),
            )
            .order_by(FunctionTerm.id)
        )
        _term, card = db.session.execute(asked).first()
        return card.id, card.display_name


def fits(somebody: Person) -> None:
    """Check that nothing is wider than the screen."""
    over = somebody.page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    assert over <= 0, f"{somebody.page.url} is {over} px too wide"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_contribution_is_set_up_and_tried(site: Site, someone: Callable[..., Person], width: int) -> None:
    anna = someone("anna", width)
    page = anna.page
    name = f"Jaarbijdrage {width}"
    number, member = member_of(site)

    # What is charged, to whom.
    anna.open("/contributionview/add")
    page.locator("#name").fill(name)
    choose(anna, "function_type", "Lid")
    choose(anna, "ledger_account", "Contributies")
    anna.press("Bewaren en terug")
    page.wait_for_url("**/contributionview/**")
    with site.as_("GE"):
        contribution = db.session.scalars(select(Contribution.id).where(Contribution.name == name)).one()

    # Two bands; what does not apply is not asked.
    for text, amount, born in (("Jaarbijdrage", "60", "01-01-1900"), ("Jaarbijdrage jeugd", "30", f"01-01-{site.today.year - 18}")):
        page.goto(f"{site.url}/contributionview/show/{contribution}#paneel1")
        page.locator("[role=tabpanel]:visible").get_by_role("link", name="Regel toevoegen").first.click()
        page.wait_for_url("**/contributionruleview/add**")
        assert not page.locator("#formula").is_visible()
        page.get_by_label("Hoe het bedrag tot stand komt").select_option("tiers")
        assert page.locator("[id='tiers.way']").is_visible()
        assert not page.locator("#amount_cents").is_visible()
        page.get_by_label("Hoe het bedrag tot stand komt").select_option("amount_cents")
        page.locator("#description").fill(text)
        choose(anna, "season", str(site.today.year))
        page.locator("#born_from").fill(born)
        page.keyboard.press("Escape")
        page.locator("#amount_cents").fill(amount)
        fits(anna)
        anna.press("Bewaren en terug")
        page.wait_for_url("**/contributionview/show/**")

    # A shorter period and a direct debit discount: the kind first, then only its own fields.
    page.goto(f"{site.url}/contributionview/show/{contribution}#paneel1")
    card = page.locator(".bn-pcard", has=page.get_by_role("link", name="Jaarbijdrage", exact=True))
    assert f"Geboren tot en met {dutch_date(date(site.today.year - 19, 12, 31))}" in card.inner_text()
    card.get_by_role("link", name="Korting of toeslag toevoegen").click()
    page.get_by_role("link", name="Kortere periode").click()
    assert "Kortere periode toevoegen" in page.locator("h1").inner_text()
    assert not page.locator("[id='settings.table']").is_visible()
    page.get_by_label("Hoe", exact=True).select_option("half_month")
    fits(anna)
    anna.press("Bewaren en terug")
    page.wait_for_url("**/contributionview/show/**")
    card.get_by_role("link", name="Korting of toeslag toevoegen").click()
    page.get_by_role("link", name="Betaalwijze").click()
    rows = page.locator("[data-rows='settings.rows'] tbody tr")
    before = rows.count()
    page.get_by_role("button", name="Nog een regel").click()
    assert rows.count() == before + 1
    rows.nth(0).get_by_label("Betaalwijze").select_option("direct_debit")
    rows.nth(before).get_by_label("Bedrag eraf").fill("vijf")
    rows.nth(before).get_by_label("Betaalwijze").select_option("cash")
    anna.press("Bewaren en terug")
    assert "“vijf” is geen bedrag" in page.locator("#bn-errors").inner_text()
    rows.nth(0).get_by_label("Bedrag eraf").fill("5")
    rows.nth(before).get_by_label("Bedrag eraf").fill("-2,50")
    fits(anna)
    anna.press("Bewaren en terug")
    page.wait_for_url("**/contributionview/show/**")
    told = card.inner_text()
    assert "naar rato per halve maand" in told
    assert "automatische incasso: € 5,00 korting; contant: € 2,50 toeslag" in told
    fits(anna)

    # The order of the steps.
    card.get_by_role("button", name="Omhoog").click()
    page.wait_for_load_state()
    assert card.inner_text().index("Betaalwijze") < card.inner_text().index("Kortere periode")

    # Nothing to put right, and what one member would pay, explained.
    page.goto("about:blank")
    page.goto(f"{site.url}/contributionview/show/{contribution}#paneel2")
    assert "Niets te verbeteren" in page.locator("[role=tabpanel]:visible").inner_text()
    anna.press("Probeer op een lid")
    choose(anna, "season", str(site.today.year))
    choose(anna, "relation", member)
    anna.press("Uitrekenen")
    answer = page.locator("#antwoord").inner_text().replace("\xa0", " ")
    assert "Dit lid zou € 55,00 betalen." in answer
    assert "incassokorting" in answer
    assert "€ 60,00 − € 5,00" in answer
    assert page.locator(f"#antwoord a[href='/relationview/show/{number}']").count() == 1
    fits(anna)
    with site.as_("GE"):
        assert db.session.scalars(select(Charge.id).where(Charge.contribution_id == contribution)).all() == []
        rules = select(ContributionRule.description).where(ContributionRule.contribution_id == contribution)
        assert sorted(db.session.scalars(rules)) == ["Jaarbijdrage", "Jaarbijdrage jeugd"]


def test_without_script_a_table_is_filled_in_all_the_same(site: Site, someone: Callable[..., Person]) -> None:
    anna = someone("anna", javascript=False)
    page = anna.page
    with site.as_("GE"):
        rule = db.session.scalars(select(ContributionRule.id).order_by(ContributionRule.id)).first()
    anna.open(f"/adjustmentview/add?rule={rule}&terug=/contributionruleview/show/{rule}")
    page.get_by_role("link", name="Gezinskorting").click()
    rows = page.locator("[data-rows='settings.rows'] tbody tr")
    assert rows.count() == 3
    rows.nth(1).get_by_label("Vanaf nummer").fill("2")
    rows.nth(1).get_by_label("Percentage eraf").fill("25")
    page.locator("main button[value=back]").click()
    assert "vanaf 2e gezinslid 25 % korting" in page.locator("main").inner_text()
