"""What changes, before a run is made: each difference with its reason, the unusual on top, and the same from the background as at once."""

from __future__ import annotations

import io
import threading
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.background.models import JobResult, JobRun
from app.contributions.comparing import Paid
from app.contributions.usecases import copy_season
from app.invoicing.models import Invoice
from app.invoicing.preview import GROUPS, Change, Named, Preview, Sides, compare
from app.invoicing.usecases import make_run, preview_run
from app.kernel.db import db
from jobs import runner
from tests.invoicing.season import DAY, Province, province, season_year
from tests.web import Web

LATER = date(2027, 1, 15)
HOME = "/massaal-factureren"


def charged_2026(gelre: Province) -> int:
    """Charge 2026, copy its rules 3 % dearer to 2027, and return that season."""
    gelre.member("Aalders")
    gelre.member("Berends", payment_method="direct_debit")
    gelre.member("Grens", date(2008, 6, 1))
    gelre.member("Laat", first_day=date(2026, 7, 1))
    gelre.member("Weg", last_day=date(2026, 12, 31))
    gelre.member("Zonderdag", born=None)
    later = season_year(gelre.federation, 2027)
    with gelre.federation.as_("anna"):
        make_run(gelre.run(invoice_date=DAY))
        copy_season(gelre.organisation_id, gelre.season_id, later, 300)
    gelre.member("Nieuw", first_day=date(2027, 1, 1))
    return later


def test_every_difference_has_its_reason(gelre: Province) -> None:
    later = charged_2026(gelre)
    with gelre.federation.as_("anna"):
        found = preview_run(gelre.run(season_id=later, invoice_date=LATER), lambda _payers: ())
        assert db.session.scalar(select(func.count()).select_from(Invoice).where(Invoice.invoice_date == LATER)) == 0
    told = [(one.before_cents, one.now_cents, one.why.replace("\u00a0", " ")) for one in found.changes]
    assert told == [
        (3000, 6180, "Andere regel: “Contributie jeugdlid” wordt “Contributie lid” (€ 30,00 wordt € 61,80)"),
        (3000, 6180, "Hoger bedrag: € 60,00 wordt € 61,80; Kortere periode vervalt (was −€ 30,00)"),
        (6000, 6180, "Hoger bedrag: € 60,00 wordt € 61,80"),
        (5500, 5680, "Hoger bedrag: € 60,00 wordt € 61,80"),
        (None, 6180, told[4][2]),
        (6000, None, "Heeft in dit seizoen geen functie meer waarvoor deze contributie geldt."),
    ]
    assert told[4][2].startswith("Contributie lid 2027 € 61,80")
    assert {name: group.count for name, group in found.groups.items()} == {"same": 0, "other": 4, "new": 1, "gone": 1}
    assert [one.kind for one in found.outliers] == ["no_mandate", "more", "more"]
    assert "€ 31,80 meer dan in seizoen 2026." in found.outliers[1].reason
    assert found.total_cents == sum(one.now_cents or 0 for one in found.changes) == sum(one.cents for one in found.per_rule.values())
    again = Preview.of(found.as_json())
    assert (again.changes, again.outliers, again.errors, again.left_out, again.groups, again.per_rule, again.total_cents) == (
        found.changes, found.outliers, found.errors, found.left_out, found.groups, found.per_rule, found.total_cents,
    )  # fmt: skip


KEYS = st.tuples(st.integers(1, 6), st.integers(1, 2))
AMOUNTS = st.dictionaries(KEYS, st.integers(0, 9000), max_size=8)
modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault


@modest
@given(AMOUNTS, AMOUNTS, st.sets(KEYS, max_size=4))
def test_everybody_is_in_one_group_and_the_sums_are_whole(before: dict, now: dict, unsure: set) -> None:
    found = Preview(errors=[Named(*key, "x") for key in unsure - set(now)], previous_season="2026")
    compare(found, Sides(before, {key: Paid(cents, 1, cents) for key, cents in now.items()}))
    assert sum(found.groups[name].cents for name in ("same", "other", "new")) == sum(now.values())
    kept = sum(cents for key, cents in before.items() if key in now or key in unsure)
    assert found.groups["gone"].cents == sum(before.values()) - kept
    assert sum(group.count for group in found.groups.values()) == len(set(now) | (set(before) - unsure))
    changed = [key for key in set(now) | (set(before) - unsure) if now.get(key) != before.get(key)]
    assert sorted((one.relation_id, one.contribution_id) for one in found.changes) == sorted(changed)
    assert all(one.why for one in found.changes if one.before_cents is not None)
    assert set(found.groups) == set(GROUPS)


def test_the_largest_difference_stands_first() -> None:
    found = Preview(previous_season="2026")
    compare(
        found,
        Sides({(1, 1): 100, (2, 1): 100, (3, 1): 900}, {(1, 1): Paid(150, 1, 150), (2, 1): Paid(500, 1, 500), (4, 1): Paid(70, 1, 70)}),
    )
    assert [one.relation_id for one in found.changes] == [2, 1, 3, 4]
    assert found.changes[0] == Change(2, 1, 100, 500, "Hoger bedrag: €\u00a01,00 wordt €\u00a05,00")


@pytest.fixture
def screens(web: Web) -> Province:
    with web.app.app_context():
        return province(web.federation)


def test_a_large_run_is_worked_out_in_the_background_and_kept_with_it(web: Web, screens: Province) -> None:
    web.app.config["PRICED_AT_ONCE"] = 3
    with web.app.app_context():
        later = charged_2026(screens)
        with web.federation.as_("anna"):
            run_id = screens.run(season_id=later, invoice_date=LATER)
        db.session.remove()
    anna, els = web.client("anna"), web.client("els")
    page = anna.get(f"{HOME}/{run_id}/controleren")
    assert "grote facturatie" in page.text
    for _ in range(2):
        assert anna.post(f"{HOME}/{run_id}/rekenen").status_code == 302
    assert "wordt doorgerekend" in els.get(f"{HOME}/{run_id}/controleren").text
    assert anna.get(f"{HOME}/{run_id}/rekenen-voortgang").json["ended"] is False
    assert anna.get(f"{HOME}/{run_id}/controleren/xlsx").status_code == 302
    assert runner.work_off(web.app, "short", threading.Event()) == 1
    for client in (anna, els):  # it is kept with the run, for who may see the run
        page = client.get(f"{HOME}/{run_id}/controleren").text.replace("\xa0", " ")
        assert "Kortere periode vervalt (was −€ 30,00)" in page
        assert "Doorgerekend op" in page
    file = anna.get(f"{HOME}/{run_id}/controleren/xlsx")
    book = load_workbook(io.BytesIO(file.data))
    file.close()
    assert book.sheetnames == [
        "Wat verandert er", "Per contributie", "Per regel", "Wat opvalt", "Anders, nieuw of weg", "Kan niet", "Overgeslagen",
    ]  # fmt: skip
    rows = list(book["Anders, nieuw of weg"].values)
    assert rows[0][1:] == ("Relatie", "Contributiesoort", "2026", "2027", "Verschil", "Waarom")
    assert rows[1][1:6] == ("Grens, Jo", "Contributie", 30, 61.8, 31.8)
    assert len(rows) == 7
    book.close()
    assert web.client("dirk").get(f"{HOME}/{run_id}/controleren").status_code == 404
    assert web.client("dirk").get(f"{HOME}/{run_id}/controleren/xlsx").status_code == 404
    with web.as_("dirk"):
        assert db.session.scalar(select(func.count()).select_from(JobResult)) == 0
    with web.as_("anna"):
        assert db.session.scalar(select(func.count()).select_from(JobRun)) == 1
