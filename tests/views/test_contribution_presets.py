"""A treasurer makes a contribution from an example: choose the way, answer what it needs, see what stands in the way at its field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.contributions.models import Adjustment, Contribution, ContributionRule, Season
from app.functions.models import PriceCategory
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from tests.web import Web

HOME = "/contributionview"


@pytest.fixture
def season(web: Web) -> int:
    with web.as_("carla"), transaction() as session:
        at = web.federation.organisations["NL"]
        row = Season(organisation_id=at, name="2026", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
        session.add_all([row, PriceCategory(organisation_id=at, code="STU", name="Student")])
        session.flush()
        return row.id


def test_one_button_leads_to_the_questions_of_a_way(web: Web, season: int) -> None:
    anna = web.client("anna")
    page = anna.get(f"{HOME}/list/").text
    assert page.count("Nieuw vanuit voorbeeld") == 1
    assert "/do/preset_" not in page
    onward = anna.post(f"{HOME}/do/from_preset", data={"answered": "1", "preset": "season"})
    assert onward.location.startswith(f"{HOME}/do/preset_season")
    assert "Jeugd: geboren vanaf" in anna.get(onward.location).text
    assert web.client("els").get(f"{HOME}/do/preset_season").status_code == 403


def test_each_way_makes_its_contribution_and_says_at_the_field_what_is_not_right(web: Web, season: int) -> None:
    anna, common = web.client("anna"), {"answered": "1", "function_type": web.federation.member, "start": "01-01-2026", "months": "12"}

    def ask(preset: str, **answers: Any) -> Any:
        return anna.post(f"{HOME}/do/preset_{preset}", data={**common, "name": preset, **answers})

    youth = {"season": season, "amount_cents": "60,00", "youth_from": "01-01-2008", "variant": "half_month"}
    assert "geen van beide" in ask("season", **youth).text
    made = ask("season", **youth, youth_cents="30,00", discounts=["payment_method", "short_period"], tick_field="person.honorary")
    assert (made.status_code, made.location.startswith(f"{HOME}/show/")) == (302, True)
    timing = {"anchor": "calendar", "first_month": "1", "issue_days": "0", "amount_cents": "25"}
    assert "buiten de periode" in ask("subscription", **timing, turning_point="13").text
    assert ask("subscription", **timing, turning_point="9").status_code == 302
    assert "bij teken" in ask("formula", lines="Basis: 10 +").text
    assert ask("formula", lines="Basis: 10\nKosten: {person.pays_by_invoice} * 5").location.startswith(f"{HOME}/list/")
    service = {"first_length": "months", "first_period_months": "15"}
    assert "Er zijn: STU" in ask("service", **service, price_codes="XYZ: 3,00").text
    assert ask("service", **service, price_codes="STU: 30,00", tiers="100: 0,50\nmeer: 0,40", postage_cents="1,50").status_code == 302
    with web.as_("anna"):
        names = db.session.scalars(select(Contribution.name).order_by(Contribution.id)).all()
        assert names == ["season", "subscription", "formula: Basis", "formula: Kosten", "service"]
        assert len(db.session.scalars(select(ContributionRule.id)).all()) == 2 + 1 + 2 + 2
        kinds = db.session.scalars(select(Adjustment.kind).order_by(Adjustment.id)).all()
        assert kinds == ["tick_box", "payment_method", "short_period", "postage"]
