"""A treasurer sets up contributions: forms per kind, rules with their discounts on one page, a price tried, seasons copied, refusals."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from markupsafe import escape
from sqlalchemy import delete, func, select

from app.contributions.adjustments import KINDS, NAMES
from app.contributions.facts import StartRow
from app.contributions.models import Adjustment, BillingPlan, Charge, Contribution, ContributionRule
from app.contributions.queries import plan_terms
from app.functions.models import PriceCategory
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from tests.invoicing.season import Province, province, season_year
from tests.web import Web


@pytest.fixture
def gelre(web: Web) -> Province:
    with web.app.app_context():
        return province(web.federation)


def page(web: Web, path: str, status: int = 200, who: str = "anna") -> str:
    answer = web.client(who).get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.get_data(as_text=True)


def post(web: Web, path: str, data: dict[str, Any]) -> str:
    answer = web.client("anna").post(path, data=data, follow_redirects=True)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def text_of(html: str) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").replace("&amp;", "&")


def settings_of(web: Web, kind: str) -> Any:
    with web.as_("anna"):
        return db.session.scalar(select(Adjustment.settings).where(Adjustment.kind == kind).order_by(Adjustment.id.desc()).limit(1))


# what is filled in | what is kept | how it is told
KEPT = [
    ("team_amount", {}, {}, "het bedrag van het team of de afdeling"),
    ("gift", {}, {}, "het giftbedrag van de kaart"),
    ("quantity", {}, {}, "bedrag maal het aantal"),
    ("federation_number", {}, {}, "bondsnummer achter de omschrijving"),
    ("short_period", {"settings.variant": "month", "settings.counts_end": "y"}, {"variant": "month", "counts_end": True}, "naar rato per maand, ook bij eerder stoppen"),
    (
        "short_period",
        {"settings.variant": "month_percentages", "settings.table-0-value": "", "settings.table-3-value": "10", "settings.table-4-value": "20,5"},
        {"variant": "month_percentages", "table": [0, 1000, 2050]},
        "0 %, 10 %, 20,5 % eraf",
    ),
    ("first_period", {"settings.discount": "discount_basis_points", "settings.discount_basis_points": "50"}, {"discount_basis_points": 5000}, "eerste periode 50 % korting"),
    (
        "family",
        {"settings.rows-0-number": "2", "settings.rows-0-discount_basis_points": "25", "settings.rows-1-number": "3", "settings.rows-1-discount_cents": "10"},
        {"rows": [{"discount_basis_points": 2500, "number": 2}, {"discount_cents": 1000, "number": 3}]},
        "vanaf 2e gezinslid 25 % korting; vanaf 3e gezinslid € 10,00 korting",
    ),
    (
        "payment_method",
        {"settings.rows-0-method": "direct_debit", "settings.rows-0-discount_cents": "5,00"},
        {"rows": [{"method": "direct_debit", "discount_cents": 500}]},
        "automatische incasso: € 5,00 korting",
    ),
    (
        "several_activities",
        {"settings.rows-0-number": "2", "settings.rows-0-discount_cents": "-5", "settings.same_type_only": "y"},
        {"rows": [{"number": 2, "discount_cents": -500}], "same_type_only": True},
        "vanaf 2e functie van dezelfde soort € 5,00 toeslag",
    ),
    ("tick_box", {"settings.field": "person.in_household", "settings.discount": "discount_basis_points", "settings.discount_basis_points": "100"}, {"field": "person.in_household", "discount_basis_points": 10000}, "gratis"),
    ("factor", {"settings.way": "divided", "settings.texts-0-at_least": "1,5", "settings.texts-0-at_most": "2", "settings.texts-0-text": "2 uur"}, {"way": "divided", "texts": [{"at_least": "1.5", "at_most": "2", "text": "2 uur"}]}, "prijs / factor"),
    (
        "condition",
        {"settings.who": "function_category_id", "settings.function_category_id": "4", "settings.formula": "1", "settings.what": "replacement_cents", "settings.replacement_cents": "12,50", "settings.discount_cents": "3"},
        {"function_category_id": 4, "replacement_cents": 1250},
        "wie een functie heeft uit Bestuur: € 12,50",
    ),
    (
        "postage",
        {"settings.rows-0-country": "NL", "settings.rows-0-cents": "3,95", "settings.rows-0-valid_from": "01-01-2026"},
        {"rows": [{"country": "NL", "cents": 395, "valid_from": "2026-01-01"}]},
        "NL € 3,95 vanaf 01-01-2026",
    ),
    (
        "tiers",
        {"settings.way": "progressive", "settings.rows-0-up_to": "10", "settings.rows-0-price": "2,50", "settings.rows-1-price": "0,005", "settings.minimum_cents": "25"},
        {"way": "progressive", "rows": [{"up_to": "10", "price": "250"}, {"price": "0.5"}], "minimum_cents": 2500},
        "t/m 10: € 2,50, daarboven: 0,5 cent; ten minste € 25,00",
    ),
    (
        "union_fee",
        {"settings.fee_cents": "20", "settings.reduced_from_day": "1", "settings.reduced_from_month": "10", "settings.reduced_basis_points": "25", "settings.also": ["tick_box"]},
        {"fee_cents": 2000, "also": ["tick_box"]},
        "€ 20,00 bijdrage, één keer per jaar; nieuw vanaf 1-10: 25 %",
    ),
]  # fmt: skip


def test_every_kind_is_filled_in_on_screen(web: Web, gelre: Province) -> None:
    rule = gelre.rules["Contributie lid"]
    chooser = text_of(page(web, f"/adjustmentview/add?rule={rule}"))
    assert all(f"{NAMES[code]} {kind.HELP}" in chooser for code, kind in KINDS.items())
    assert {kind for kind, *_ in KEPT} == set(KINDS)
    for kind, filled, kept, told in KEPT:
        form = page(web, f"/adjustmentview/add?rule={rule}&kind={kind}")
        assert f"{NAMES[kind]} toevoegen" in text_of(form)
        assert "JSON" not in form
        post(web, f"/adjustmentview/add?rule={rule}&kind={kind}", filled)
        assert settings_of(web, kind) == kept, kind
        assert told in text_of(page(web, f"/contributionview/show/{gelre.contribution_id}")), kind


def test_saving_again_without_a_change_keeps_the_settings(web: Web, gelre: Province) -> None:
    rule = gelre.rules["Contributie lid"]
    for kind, filled, kept, _told in KEPT:
        post(web, f"/adjustmentview/add?rule={rule}&kind={kind}", filled)
        with web.as_("anna"):
            number = db.session.scalar(select(func.max(Adjustment.id)))
        form = page(web, f"/adjustmentview/edit/{number}")
        data: dict[str, Any] = {}
        for tag in re.findall(r"<input[^>]*>", form):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and name[1].startswith(("settings.", "version_seen")) and ('type="checkbox"' not in tag or " checked" in tag):
                data.setdefault(name[1], []).append(value[1].replace("&#39;", "'") if value else "y")
        for name, body in re.findall(r'<select[^>]*name="(settings\.[^"]+)"[^>]*>(.*?)</select>', form, re.S):
            chosen = re.search(r'<option selected value="([^"]*)"|<option value="([^"]*)" selected', body)
            data[name] = (chosen[1] or chosen[2] or "") if chosen else ""
        shown = post(web, f"/adjustmentview/edit/{number}", data)
        assert "kloppen nog niet" not in shown
        assert settings_of(web, kind) == kept, kind


REFUSED = [
    ("short_period", {"settings.variant": "month_amounts"}, "settings.table", "Vul voor elk deel van de periode een korting in."),
    ("short_period", {}, "settings.variant", "Dit moet je invullen."),
    ("family", {"settings.rows-0-number": "1", "settings.rows-0-discount_cents": "5"}, "settings.rows", "begin bij 2"),
    ("family", {"settings.rows-0-number": "twee", "settings.rows-0-discount_cents": "5"}, "settings.rows", "“twee” is geen geheel getal"),
    ("payment_method", {}, "settings.rows", "Dit moet je invullen."),
    ("payment_method", {"settings.rows-0-method": "cheque", "settings.rows-0-discount_cents": "5"}, "settings.rows", "geen van de keuzes"),
    ("first_period", {"settings.discount": "discount_basis_points", "settings.discount_basis_points": "110"}, "settings.discount_basis_points", "hoogstens 100 %"),
    ("condition", {"settings.who": "formula", "settings.formula": "{person.age} >", "settings.what": "discount_cents", "settings.discount_cents": "1"}, "settings.formula", "gaat het mis bij teken"),
    ("condition", {"settings.who": "formula", "settings.formula": "{person.ag} > 1", "settings.what": "discount_cents", "settings.discount_cents": "1"}, "settings.formula", "bestaat niet"),
    ("tick_box", {"settings.field": "person.birth_date", "settings.discount": "discount_cents", "settings.discount_cents": "1"}, "settings.field", "geen van de keuzes"),
    ("postage", {"settings.rows-0-country": "nl", "settings.rows-0-cents": "1", "settings.rows-0-valid_from": "01-01-2026"}, "settings.rows", "landcode"),
    ("tiers", {"settings.way": "bracket", "settings.rows-0-up_to": "9", "settings.rows-0-price": "1", "settings.rows-1-up_to": "8", "settings.rows-1-price": "2"}, "settings.rows", "Zet de treden op volgorde"),
    ("union_fee", {"settings.fee_cents": "1", "settings.reduced_from_day": "31", "settings.reduced_from_month": "6", "settings.reduced_basis_points": "25"}, "settings.reduced_from_day", "bestaat niet in die maand"),
    ("union_fee", {"settings.fee_cents": "duur"}, "settings.fee_cents", "“duur” is geen bedrag"),
]  # fmt: skip


def test_wrong_input_is_refused_at_its_field_and_stays(web: Web, gelre: Province) -> None:
    rule = gelre.rules["Contributie lid"]
    with web.as_("anna"):
        before = db.session.scalar(select(func.count()).select_from(Adjustment))
    for kind, filled, field, says in REFUSED:
        shown = post(web, f"/adjustmentview/add?rule={rule}&kind={kind}", {**filled, "text": "mijn tekst"})
        assert f'href="#{field}"' in shown, (kind, field)
        assert says in text_of(shown), (kind, says)
        assert 'value="mijn tekst"' in shown
        for name, value in filled.items():
            assert f'name="{name}"' in shown, (kind, name)
            assert escape(value) in shown
    with web.as_("anna"):
        assert db.session.scalar(select(func.count()).select_from(Adjustment)) == before


def rule_form(gelre: Province, **values: Any) -> dict[str, Any]:
    return {
        "contribution": gelre.contribution_id,
        "description": "Nieuw",
        "season_label": "none",
        "holds_in": "season",
        "season": gelre.season_id,
        "born_from": "01-01-2015",
        "amount_way": "amount_cents",
        "amount_cents": "1",
        **values,
    }


class TestRules:
    def test_only_the_chosen_way_of_the_amount_is_kept(self, web: Web, gelre: Province) -> None:
        amounts = {"amount_cents": "12,50", "formula": "{function.quantity} * 2", "tiers.way": "bracket", "tiers.rows-0-price": "3"}
        expected = {
            "amount_cents": (1250, None, [], False),
            "formula": (None, "{function.quantity} * 2", [], False),
            "tiers": (None, None, [{"way": "bracket", "rows": [{"price": "300"}]}], False),
            "is_free": (None, None, [], True),
        }
        for place, (way, kept) in enumerate(expected.items()):
            post(web, "/contributionruleview/add", rule_form(gelre, amount_way=way, born_from=f"01-01-{2015 + place}", **amounts))
            with web.as_("anna"):
                row = db.session.scalar(select(ContributionRule).order_by(ContributionRule.id.desc()).limit(1))
                assert (row.amount_cents, row.formula or None, row.tiers, row.is_free) == kept, way

    def test_a_rule_with_tiers_prices_a_member(self, web: Web, gelre: Province) -> None:
        from app.contributions.usecases import preview_charge

        post(web, "/contributionruleview/add", rule_form(gelre, amount_way="tiers", **{"tiers.way": "bracket", "tiers.rows-0-up_to": "10", "tiers.rows-0-price": "3", "tiers.rows-1-price": "4,50"}))  # fmt: skip
        with web.app.app_context():
            relation_id = web.federation.relation("A1", "Kind", birth_date=date(2016, 1, 1))
            web.federation.holds(relation_id, "A1", value_units=20_000)
        with web.as_("anna"):
            (found,) = preview_charge(gelre.contribution_id, gelre.season_id, relation_id)
            assert found.cents == 450

    @pytest.mark.parametrize(
        ("changed", "field", "says"),
        [
            ({"amount_cents": ""}, "amount_cents", "Vul een bedrag in"),
            ({"amount_cents": "tien"}, "amount_cents", "is geen bedrag"),
            ({"season": ""}, "season", "Kies een seizoen"),
            ({"holds_in": "valid_from"}, "holds_in", "vanaf welke dag"),
            ({"amount_way": "formula"}, "amount_way", "Vul een bedrag in"),
            ({"amount_way": "formula", "formula": "2 *"}, "formula", "gaat het mis"),
            ({"amount_way": "formula", "formula": "{person.x}"}, "formula", "bestaat niet"),
            ({"amount_way": "tiers"}, "tiers.way", "Dit moet je invullen"),
            ({"amount_way": "tiers", "tiers.way": "rate", "tiers.rows-0-price": "1", "tiers.unit_value_cents": "0"}, "tiers.unit_value_cents", "meer dan 0"),
            ({"born_from": "01-01-2008", "amount_cents": "1"}, "born_from", "geldt al"),
            ({"born_from": "31-02-2008", "amount_cents": "1"}, "born_from", "geen datum"),
        ],
    )  # fmt: skip
    def test_a_rule_that_cannot_be_computed_is_refused_at_its_field(
        self, web: Web, gelre: Province, changed: dict[str, Any], field: str, says: str
    ) -> None:
        shown = post(web, "/contributionruleview/add", rule_form(gelre, **changed))
        assert f'href="#{field}"' in shown
        assert says in text_of(shown)

    def test_adjustments_of_another_rule_are_shown_and_taken_over(self, web: Web, gelre: Province) -> None:
        other = gelre.rules["Contributie lid"]
        with web.app.app_context():
            number = gelre.rule("Contributie kind", 1500, born_from=date(2016, 1, 1), adjustments_of_id=other)
        card = text_of(page(web, f"/contributionview/show/{gelre.contribution_id}"))
        assert "Dezelfde kortingen als “Contributie lid”." in card
        assert "Ook voor: Contributie kind." in card
        assert "Overnemen om te wijzigen" in card
        shown = post(web, f"/adjustmentview/add?rule={number}&kind=gift", {})
        assert "Neem die eerst over" in shown
        shown = post(web, f"/contributionruleview/action/take_adjustments/{number}", {})
        assert "2 kortingen overgenomen" in shown
        with web.as_("anna"):
            rule = db.session.get_one(ContributionRule, number)
            assert [(step.kind, step.position) for step in rule.adjustments] == [("short_period", 1), ("payment_method", 2)]
            assert rule.adjustments_of_id is None
        assert "heeft al eigen kortingen" in post(web, f"/contributionruleview/action/take_adjustments/{number}", {})

    def test_a_rule_that_leads_back_to_itself_is_refused(self, web: Web, gelre: Province) -> None:
        lid, jeugd = gelre.rules["Contributie lid"], gelre.rules["Contributie jeugdlid"]
        form = {"season_label": "none", "holds_in": "season", "season": gelre.season_id, "contribution": gelre.contribution_id, "amount_way": "amount_cents", "amount_cents": "60", "description": "x", "version_seen": "1"}  # fmt: skip
        post(web, f"/contributionruleview/edit/{lid}", {**form, "born_from": "01-01-1900", "adjustments_of": jeugd})
        shown = post(web, f"/contributionruleview/edit/{jeugd}", {**form, "born_from": "01-01-2008", "adjustments_of": lid})
        assert "kortingen over van zichzelf" in shown
        assert 'href="#adjustments_of"' in shown

    def test_steps_move_up_and_down(self, web: Web, gelre: Province) -> None:
        with web.as_("anna"):
            first, second = db.session.scalars(
                select(Adjustment.id).where(Adjustment.rule_id == gelre.rules["Contributie lid"]).order_by(Adjustment.position)
            )

        def order() -> list[int]:
            with web.as_("anna"):
                return list(
                    db.session.scalars(
                        select(Adjustment.id).where(Adjustment.rule_id == gelre.rules["Contributie lid"]).order_by(Adjustment.position)
                    )
                )

        post(web, f"/adjustmentview/action/move_up/{second}", {})
        assert order() == [second, first]
        post(web, f"/adjustmentview/action/move_up/{second}", {})
        assert order() == [second, first]
        post(web, f"/adjustmentview/action/move_down/{second}", {})
        assert order() == [first, second]


def test_the_page_of_a_contribution_says_whom_each_rule_holds_for(web: Web, gelre: Province) -> None:
    with web.app.app_context():
        gelre.rule("Afdelingslid", 4000, born_from=date(1900, 1, 1), for_organisation_id=web.federation.organisations["A2"])
    card = text_of(page(web, f"/contributionview/show/{gelre.contribution_id}"))
    assert "Contributie lid € 60,00 Geboren tot en met 31-12-2007" in card
    assert "Contributie jeugdlid € 30,00 Geboren vanaf 01-01-2008" in card
    assert "Afdelingslid € 40,00 Bij department A2" in card
    assert "Betaalwijze" in card
    assert "incassokorting (Betaalwijze) automatische incasso: € 5,00 korting" in card
    reader = text_of(page(web, f"/contributionview/show/{gelre.contribution_id}", who="els"))
    assert "Contributie lid € 60,00" in reader
    assert "Korting of toeslag toevoegen" not in reader


class TestTryingOut:
    def test_a_member_sees_each_step_with_its_arithmetic(self, web: Web, gelre: Province) -> None:
        with web.app.app_context():
            relation_id = gelre.member("Aalders", payment_method="direct_debit", first_day=date(2026, 7, 20))
        form = {"rowid": gelre.contribution_id, "action": "try_out", "answered": "1", "season": gelre.season_id, "relation": relation_id}
        shown = post(web, "/contributionview/action_post", form)
        said = text_of(shown)
        assert "Dit lid zou € 22,50 betalen." in said
        assert "Contributie lid 2026 € 60,00" in said
        assert "naar rato 11/24 halve maanden € 60,00 × 11/24 € 27,50" in said
        assert "incassokorting € 27,50 − € 5,00 € 22,50" in said
        assert f"/relationview/show/{relation_id}" in shown
        with web.as_("anna"):
            assert db.session.scalar(select(func.count()).select_from(Charge)) == 0

    def test_who_pays_nothing_or_cannot_be_priced_reads_why(self, web: Web, gelre: Province) -> None:
        with web.app.app_context():
            nobody, unborn = web.federation.relation("A1", "Berends"), gelre.member("Coster", born=None)
        for relation_id, says in ((nobody, "geen functie"), (unborn, "geboortedatum ontbreekt")):
            form = {"rowid": gelre.rules["Contributie lid"], "action": "try_out", "answered": "1", "relation": relation_id}
            shown = post(web, "/contributionruleview/action_post", form)
            assert says in shown
            assert f"/relationview/show/{relation_id}" in shown

    def test_somebody_elses_member_cannot_be_tried(self, web: Web, gelre: Province) -> None:
        with web.app.app_context():
            theirs = web.federation.relation("B1", "Vreemd")
        form = {"rowid": gelre.contribution_id, "action": "try_out", "answered": "1", "season": gelre.season_id, "relation": theirs}
        assert "hoort niet bij jouw omgeving" in post(web, "/contributionview/action_post", form)


def test_what_is_to_be_put_right_leads_to_its_row(web: Web, gelre: Province) -> None:
    assert "Niets te verbeteren" in page(web, f"/contributionview/show/{gelre.contribution_id}")
    with web.app.app_context():
        number = gelre.rule("Contributie jeugdlid dubbel", 2900, born_from=date(2008, 1, 1))
    shown = page(web, f"/contributionview/show/{gelre.contribution_id}")
    assert "passen “Contributie jeugdlid” en “Contributie jeugdlid dubbel” even goed" in text_of(shown)
    listed = post(web, "/contributionview/action_post", {"action": "check", "rowid": gelre.contribution_id})
    assert "even goed" in listed
    assert f"/contributionruleview/edit/{gelre.rules['Contributie jeugdlid']}" in listed
    assert number


class TestCopyingASeason:
    def copy(self, web: Web, gelre: Province, target: int, **more: Any) -> str:
        return post(web, "/contributionview/do/copy_season", {"answered": "1", "source": gelre.season_id, "target": target, **more})

    def test_a_preview_first_then_only_what_stays_ticked_once(self, web: Web, gelre: Province) -> None:
        with web.app.app_context():
            target = season_year(web.federation, 2027)
            gelre.rule("Toeslag 2026", 333, born_from=date(2020, 1, 1))
        asked = {"percentage": "2,5", "rounding": "50"}
        said = text_of(self.copy(web, gelre, target, **asked))
        assert "Contributie lid Contributie € 60,00 € 61,50 01-01-1900" in said
        assert "Contributie jeugdlid Contributie € 30,00 € 31,00 01-01-2008 → 01-01-2009" in said
        assert "er staat een jaartal in" in said
        rules = gelre.rules
        with web.as_("anna"):
            assert not db.session.scalar(select(func.count()).select_from(ContributionRule).where(ContributionRule.season_id == target))
        chosen = [rules["Contributie lid"], rules["Contributie jeugdlid"]]
        assert "2 regels gekopieerd" in self.copy(web, gelre, target, previewed="1", chosen=chosen, **asked)
        with web.as_("anna"):
            amounts = db.session.scalars(
                select(ContributionRule.amount_cents).where(ContributionRule.season_id == target).order_by(ContributionRule.id)
            ).all()
            assert amounts == [6150, 3100]
        again = self.copy(web, gelre, target, previewed="1", chosen=chosen, **asked)
        assert "0 regels gekopieerd" in again
        assert "waren er al" in again
        assert "is er al" in self.copy(web, gelre, target)

    def test_working_out_again_makes_nothing(self, web: Web, gelre: Province) -> None:
        with web.app.app_context():
            target = season_year(web.federation, 2027)
        shown = self.copy(web, gelre, target, previewed=["1", "0"], chosen=[gelre.rules["Contributie lid"]], amount="5")
        assert "€ 65,00" in text_of(shown)
        with web.as_("anna"):
            assert not db.session.scalar(select(func.count()).select_from(ContributionRule).where(ContributionRule.season_id == target))

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            ({"percentage": "2", "amount": "3"}, "niet allebei"),
            ({"percentage": "200"}, "hoogstens 100 %"),
            ({"amount": "-70", "previewed": "1", "chosen": "alle"}, "onder nul"),
        ],
    )
    def test_what_cannot_be_raised_is_refused(self, web: Web, gelre: Province, asked: dict[str, str], says: str) -> None:
        with web.app.app_context():
            target = season_year(web.federation, 2027)
        chosen = list(gelre.rules.values()) if "chosen" in asked else []
        assert says in self.copy(web, gelre, target, **{**asked, "chosen": chosen})


def test_chosen_rules_are_raised_once(web: Web, gelre: Province) -> None:
    numbers = list(gelre.rules.values())
    form = {"action": "raise_amounts", "rowid": numbers, "answered": "1", "amount": "2,50"}
    said = post(web, "/contributionruleview/action_post", form)
    assert "€ 62,50" in text_of(said)
    keys = re.findall(r'name="chosen" value="([^"]+)"', said)
    assert len(keys) == 2
    shown = post(web, "/contributionruleview/action_post", {**form, "previewed": "1", "chosen": keys})
    assert "2 bedragen verhoogd" in shown
    again = post(web, "/contributionruleview/action_post", {**form, "previewed": "1", "chosen": keys})
    assert "0 bedragen verhoogd" in again
    with web.as_("anna"):
        assert sorted(db.session.scalars(select(ContributionRule.amount_cents))) == [3250, 6250]
    assert "percentage of een bedrag" in post(web, "/contributionruleview/action_post", {**form, "amount": ""})


def test_what_is_unused_is_deleted_and_what_is_used_stays_by_name(web: Web, gelre: Province) -> None:
    with web.app.app_context():
        member = gelre.member("Aalders")
        gelre.add(
            Charge(
                organisation_id=gelre.organisation_id,
                key="f1",
                contribution_id=gelre.contribution_id,
                rule_id=gelre.rules["Contributie lid"],
                relation_id=member,
                payer_id=member,
                first_day=date(2026, 1, 1),
                last_day=date(2026, 12, 31),
                description="Contributie",
                amount_cents=6000,
            )
        )
        spare = gelre.add(Contribution(organisation_id=gelre.organisation_id, name="Proef", function_type_id=web.federation.member))
        gelre.rule("Proefregel", 100, contribution_id=spare)
    said = post(web, "/contributionruleview/action_post", {"action": "delete_unused", "rowid": list(gelre.rules.values())[:2]})
    assert "1 verwijderd" in said
    assert "Contributie lid (1 te factureren regel mee gemaakt)" in said
    said = post(web, "/contributionview/action_post", {"action": "delete_unused", "rowid": [gelre.contribution_id, spare]})
    assert "1 verwijderd" in said
    assert "Contributie (1 te factureren regel mee gemaakt)" in said
    with web.as_("anna"):
        assert db.session.scalars(select(ContributionRule.description)).all() == ["Contributie lid"]
        assert db.session.scalars(select(Contribution.name)).all() == ["Contributie"]
        numbers = db.session.scalars(select(Adjustment.id)).all()
    said = post(web, "/adjustmentview/action_post", {"action": "delete_unused", "rowid": numbers})
    assert "0 verwijderd" in said
    assert "incassokorting" in said


PLANS = [
    ({"anchor": "calendar", "months": "3", "first_month": "2", "first_period": "pro_rata", "issue_days": "-5", "issue_from_end": "y"}, "Elk kwartaal vanaf februari, eerste periode naar rato, factuur 5 dagen voor het einde"),
    ({"anchor": "season", "months": "3", "issue_days": "0"}, "Eén keer per seizoen, factuur op de eerste dag"),
    ({"anchor": "calendar", "months": "12", "turning_point": "9", "issue_days": "-14", "sends_at_once": "y"}, "Elk jaar, wie begint vanaf maand 9 betaalt vanaf de volgende periode, factuur 14 dagen voor het begin, bij een latere start meteen"),
    ({"anchor": "fixed", "months": "6", "fixed_dates.fixed_dates-0-value": "01-01-2026", "fixed_dates.fixed_dates-2-value": "01-07-2026", "issue_days": "0"}, "Op 01-01-2026 en 01-07-2026, factuur op de eerste dag, wie na een datum begint betaalt vanaf de volgende"),
    ({"anchor": "calendar", "months": "12", "settings.first_length": "months", "first_period_months": "15", "issue_days": "0"}, "Elk jaar, eerste periode 15 maanden, factuur op de eerste dag"),
]  # fmt: skip


def test_a_plan_is_filled_in_and_told_in_a_sentence(web: Web, gelre: Province) -> None:
    for place, (filled, sentence) in enumerate(PLANS):
        post(
            web,
            "/billingplanview/add",
            {
                "organisation": gelre.organisation_id,
                "name": f"Plan {place}",
                "first_period": "full",
                "settings.first_length": "same",
                **filled,
            },
        )
        assert sentence in text_of(page(web, "/billingplanview/list/")), sentence
    with web.as_("anna"):
        season = db.session.scalar(select(BillingPlan).where(BillingPlan.name == "Plan 1"))
        assert season.months is None
        fixed = db.session.scalar(select(BillingPlan).where(BillingPlan.name == "Plan 3"))
        assert fixed.fixed_dates == ["2026-01-01", "2026-07-01"]


@pytest.mark.parametrize(
    ("filled", "field", "says"),
    [
        ({"anchor": "fixed"}, "fixed_dates.fixed_dates", "vaste datum"),
        ({"anchor": "calendar", "months": "3", "turning_point": "4"}, "turning_point", "buiten de periode"),
        ({"settings.first_length": "months"}, "first_period_months", "hoeveel maanden"),
        ({"settings.first_length": "months", "first_period_months": "0"}, "first_period_months", "maanden"),
        ({"issue_days": "999"}, "issue_days", "999 dagen is te ver"),
        ({"settings.start_field": "person.age"}, "settings.start_field", "geen van de keuzes"),
        ({"settings.first_length": "soms"}, "settings.first_length", "geen van de keuzes"),
    ],
)
def test_a_plan_that_cannot_be_computed_is_refused_at_its_field(shared_web: Web, filled: dict[str, Any], field: str, says: str) -> None:
    start = {
        "organisation": shared_web.federation.organisations["A"],
        "name": "Plan",
        "anchor": "calendar",
        "months": "12",
        "first_month": "1",
        "first_period": "full",
        "settings.first_length": "same",
    }
    shown = post(shared_web, "/billingplanview/add", {**start, "issue_days": "0", **filled})
    assert f'href="#{field}"' in shown
    assert says in text_of(shown)


def test_the_first_day_that_a_plan_proposes_is_a_table(web: Web, gelre: Province) -> None:
    with web.app.app_context():
        student = gelre.add(PriceCategory(organisation_id=gelre.organisation_id, code="STU", name="Student"))
    plan = {
        "organisation": gelre.organisation_id,
        "name": "Met tabel",
        "anchor": "function",
        "months": "12",
        "first_period": "full",
        "issue_days": "0",
        "settings.first_length": "same",
        "settings.start_way": "table",
    }
    shown = post(web, "/billingplanview/add", plan)
    assert 'href="#settings.start_rows"' in shown
    assert "Vul de tabel met maanden in." in text_of(shown)
    rows = {
        "settings.start_rows-0-from_month": "10",
        "settings.start_rows-0-to_month": "12",
        "settings.start_rows-0-start_month": "1",
        "settings.start_rows-1-from_month": "1",
        "settings.start_rows-1-to_month": "3",
        "settings.start_rows-1-start_month": "4",
        "settings.start_rows-1-price_category_id": str(student),
    }
    shown = post(web, "/billingplanview/add", {**plan, **rows, "settings.start_rows-0-start_month": ""})
    assert 'href="#settings.start_rows"' in shown
    post(web, "/billingplanview/add", {**plan, **rows})
    with web.as_("anna"):
        row = db.session.scalar(select(BillingPlan).where(BillingPlan.name == "Met tabel"))
        number, terms = row.id, plan_terms(row)
        assert terms.start_rows == (StartRow(10, 12, 1), StartRow(1, 3, 4, student))
        assert terms.start_way == "table"
    form = page(web, f"/billingplanview/edit/{number}")
    assert re.search(r'name="settings.start_rows-1-price_category_id".*?<option selected value="\d+">Student', form, re.S)
    assert re.search(r'name="settings.start_rows-0-from_month".*?<option selected value="10">oktober', form, re.S)
    post(web, f"/billingplanview/edit/{number}", {**plan, "version_seen": "1", "settings.start_way": "january"})
    with web.as_("anna"):
        assert db.session.get_one(BillingPlan, number).settings == {"start_way": "january"}


def test_a_late_start_that_would_count_twice_is_refused_on_every_screen(web: Web, gelre: Province) -> None:
    plan = {"organisation_id": gelre.organisation_id, "months": 1, "anchor": "calendar", "first_month": 1}
    with web.app.app_context():
        pro_rata = gelre.add(BillingPlan(name="Naar rato", first_period="pro_rata", **plan))
        full = gelre.add(BillingPlan(name="Volledig", first_period="full", **plan))
        bare = gelre.rule("Zonder korting", 1000, born_from=date(1950, 1, 1))
        adjusted = gelre.rules["Contributie lid"]
    with web.as_("anna"):
        row = db.session.get_one(Contribution, gelre.contribution_id)
        card = {"name": row.name, "function_type": row.function_type_id, "ledger_account": row.ledger_account_id, "is_active": "y"}
        card |= {"posting_type": row.posting_type, "version_seen": row.version}
    shown = post(web, f"/contributionview/edit/{gelre.contribution_id}", {**card, "billing_plan": pro_rata})
    assert 'href="#billing_plan"' in shown
    assert "twee keer minder" in text_of(shown)
    post(web, f"/contributionview/edit/{gelre.contribution_id}", {**card, "billing_plan": full})
    with web.as_("anna"):
        assert db.session.get_one(Contribution, gelre.contribution_id).billing_plan_id == full
    form = {"organisation": gelre.organisation_id, "name": "Volledig", "anchor": "calendar", "months": "1", "first_month": "1"}
    form |= {"first_period": "pro_rata", "issue_days": "0", "settings.first_length": "same", "version_seen": "1"}
    shown = post(web, f"/billingplanview/edit/{full}", form)
    assert 'href="#first_period"' in shown
    with web.as_("anna"), transaction() as session:
        assert session.get_one(BillingPlan, full).first_period == "full"
        session.execute(delete(Adjustment).where(Adjustment.rule_id.in_([adjusted, *gelre.rules.values()])))
        session.get_one(Contribution, gelre.contribution_id).billing_plan_id = pro_rata
    shown = post(web, f"/adjustmentview/add?rule={bare}&kind=short_period", {"settings.variant": "month"})
    assert "“Zonder korting” heeft de korting “Kortere periode”" in text_of(shown)
    with web.as_("anna"):
        assert db.session.scalars(select(Adjustment.id)).all() == []


def test_tiers_made_from_an_example_are_changed_on_screen(web: Web, gelre: Province) -> None:
    with web.app.app_context():
        tiers = [{"way": "progressive", "brackets": [[100, "1/2"], [None, 40]], "unit_value_cents": 100, "minimum_cents": 0}]
        number = gelre.rule("Staffel", None, tiers=tiers, born_from=date(1950, 1, 1))
    form = page(web, f"/contributionruleview/edit/{number}")
    for name, value in (("0-up_to", "100"), ("0-price", "0,005"), ("1-price", "0,4")):
        assert re.search(rf'<input[^>]*name="tiers.rows-{name}"[^>]*value="{value}"', form), name


def test_a_plan_that_can_no_longer_be_computed_is_found(web: Web, gelre: Province) -> None:
    with web.app.app_context():
        plan = gelre.add(BillingPlan(organisation_id=gelre.organisation_id, name="Oud", anchor="fixed", months=3, first_month=1))
    with web.as_("anna"), transaction() as session:
        session.get_one(Contribution, gelre.contribution_id).billing_plan_id = plan
    assert "Vul ten minste één vaste datum in" in text_of(page(web, f"/contributionview/show/{gelre.contribution_id}"))
