"""What if, as the treasurer and others meet it: at once, in the background, as a file, and never beyond one's own environment."""

from __future__ import annotations

import io
import re
import threading
from datetime import date

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.background.models import JobResult, JobRun
from app.background.usecases import tidy_results
from app.contributions.models import Charge
from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditRecord
from jobs import runner
from tests.invoicing.season import Province, province, season_year
from tests.web import Web

HOME = "/wat-als"


@pytest.fixture
def gelre(web: Web) -> Province:
    with web.app.app_context():
        made = province(web.federation)
        made.member("=Aalders")
        made.member("Grens", date(2008, 6, 1), at="A2")
        made.member("Zonderdag", born=None)
        made.accounts["later"] = season_year(web.federation, 2027)
    return made


def question(gelre: Province, **changed: str) -> str:
    asked = {
        "season": str(gelre.accounts["later"]), "against": "0", "contribution": "0", "rules_of": "0", "ages": "move", "raise_percent": "3",
        "raise_cents": "", "limit": "10", **changed,
    }  # fmt: skip
    return "&".join(f"{name}={value}" for name, value in asked.items())


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_figures_at_once_with_a_chart_and_its_numbers(web: Web, gelre: Province) -> None:
    page = web.client("anna").get(f"{HOME}/list/?{question(gelre)}")
    assert page.status_code == 200
    told = text_of(page.text)
    assert "€ 123,60 opbrengst in seizoen 2027, van 2 leden" in told.replace("\xa0", " ")
    assert "Gerekend met de regels van seizoen 2026" in told
    assert "Andere regel: “Contributie jeugdlid” wordt “Contributie lid”" in told
    assert "niet uit te rekenen" in told
    assert re.search(r'<svg class="bn-chart".*?<div class="sr-only"><table>', page.text, re.DOTALL)
    assert " style=" not in page.text.partition("<main")[2]
    assert "<script>" not in page.text
    with web.as_("anna"):
        assert db.session.scalar(select(func.count()).select_from(Charge)) == 0
        assert db.session.scalar(select(func.count()).select_from(JobRun)) == 0


def test_opened_without_choices_it_takes_the_coming_season(web: Web, gelre: Province) -> None:
    told = text_of(web.client("els").get(f"{HOME}/list/").text)
    assert "opbrengst in seizoen 2027" in told
    assert gelre.season_id


def test_refusals_are_said_at_the_top(web: Web, gelre: Province) -> None:
    for changed, said in (
        ({"raise_percent": "-200"}, "tussen −100 en 1.000"),
        ({"limit": "2000"}, "grens tussen 0 en 1.000"),
        ({"limit": "x"}, "geen getal"),
    ):
        page = web.client("anna").get(f"{HOME}/list/?{question(gelre, **changed)}")
        assert page.status_code == 200
        assert said in page.text
        assert "bn-sum-v" not in page.text


def test_the_spreadsheet_holds_the_same_figures(web: Web, gelre: Province) -> None:
    answer = web.client("anna").get(f"{HOME}/xlsx?{question(gelre)}")
    assert answer.data
    answer.close()
    assert answer.content_type.endswith("spreadsheetml.sheet")
    book = load_workbook(io.BytesIO(answer.data))
    page = book["Per contributie"]
    assert [cell.value for cell in page[2]][:3] == ["Contributie", 2, 123.6]
    assert page["A3"].value == "Totaal"
    people = book["Betaalt veel meer"]
    assert [cell.value for cell in people[2]][1:6] == ["Grens, Jo", "Contributie", 30, 61.8, 31.8]
    assert book["Niet uit te rekenen"].max_row == 3
    book.close()
    with web.as_("anna"):
        assert db.session.scalar(select(func.count()).select_from(AuditRecord).where(AuditRecord.action == "export")) == 1


def test_a_large_one_goes_to_the_background_and_is_kept_for_the_asker(web: Web, gelre: Province) -> None:
    web.app.config["PRICED_AT_ONCE"] = 1
    anna, els, dirk = (web.client(who) for who in ("anna", "els", "dirk"))
    address = f"{HOME}/list/?{question(gelre)}"
    assert "Dit is groot: er worden 6 functies doorgerekend" in text_of(anna.get(address).text)
    for _ in range(2):
        assert anna.post(f"{HOME}/doorrekenen?{question(gelre)}").location.startswith(f"{HOME}/list/")
    assert anna.get(f"{HOME}/voortgang?{question(gelre)}").json["ended"] is False
    assert "wordt doorgerekend" in anna.get(address).text
    assert anna.get(f"{HOME}/xlsx?{question(gelre)}").status_code == 302
    assert runner.work_off(web.app, "short", threading.Event()) == 1
    told = text_of(anna.get(address).text).replace("\xa0", " ")
    assert "€ 123,60" in told
    assert "Doorgerekend op" in told
    file = anna.get(f"{HOME}/xlsx?{question(gelre)}")
    assert file.data.startswith(b"PK")
    file.close()
    assert anna.get(f"{HOME}/voortgang?{question(gelre)}").json["ended"] is True
    assert "Dit is groot" in anna.get(f"{HOME}/list/?{question(gelre, raise_percent='4')}").text  # another question
    assert "Dit is groot" in els.get(address).text  # somebody else
    elsewhere = dirk.get(f"{address}&organisation={gelre.organisation_id}").text
    assert "123,60" not in elsewhere
    assert "Grens" not in elsewhere
    with web.as_("dirk"):
        assert db.session.scalar(select(func.count()).select_from(JobResult)) == 0
    with web.as_("anna"):
        assert db.session.scalar(select(func.count()).select_from(JobResult)) == 1


def test_working_out_again_replaces_what_was_kept_and_old_ones_go(web: Web, gelre: Province) -> None:
    web.app.config["PRICED_AT_ONCE"] = 1
    for _ in range(2):
        web.client("anna").post(f"{HOME}/doorrekenen?{question(gelre)}")
        assert runner.work_off(web.app, "short", threading.Event()) == 1
    with web.as_("system"):
        assert db.session.scalar(select(func.count()).select_from(JobRun)) == 2
        assert db.session.scalar(select(func.count()).select_from(JobResult)) == 1
        assert tidy_results(clock.days(-1)) == 1


@pytest.mark.parametrize(("who", "status"), [("bram", 403), ("peter", 403), ("anna", 200), ("els", 200), ("carla", 200)])
def test_who_may_open_it(web: Web, gelre: Province, who: str, status: int) -> None:
    for path in ("list/", "xlsx", "export"):
        answer = web.client(who).get(f"{HOME}/{path}?{question(gelre)}")
        assert answer.status_code == status, path
        answer.close()


def test_nobody_opens_it_unsigned(web: Web, gelre: Province) -> None:
    assert web.anonymous().get(f"{HOME}/list/?{question(gelre)}").status_code in (302, 401)
