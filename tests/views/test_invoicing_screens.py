"""Mass invoicing step by step, and the screens of invoices, as the personas meet them."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import func, select

from app.background.models import JobRun
from app.documents.models import PrintForm
from app.invoicing import usecases
from app.invoicing.models import Invoice, InvoiceLine, InvoiceRun, InvoiceRunIssue
from app.kernel.db import db
from app.relations.models import ContactPoint
from jobs import runner
from tests.invoicing.season import Province, province
from tests.web import Web

HOME = "/massaal-factureren"


@pytest.fixture
def gelre(web: Web) -> Province:
    with web.app.app_context():
        made = province(web.federation)
        reachable = made.member("Aalders")
        made.member("Berends", payment_method="direct_debit")
        made.member("Zonderdag", born=None)
        home = web.federation.organisations["A1"]
        made.add(ContactPoint(organisation_id=home, relation_id=reachable, kind="email", value="aalders@leden.example"))
    return made


def parameters(gelre: Province, **changed: str) -> dict[str, str]:
    return {
        "season": str(gelre.season_id),
        "contributions": str(gelre.contribution_id),
        "invoice_date": "15-01-2026",
        "start_filter": "all",
        "grouping_kind": "payer",
        "makes_charges": "y",
        **changed,
    }


def begun(web: Web, gelre: Province, **changed: str) -> str:
    """Set a run up through the form and return the address of the run."""
    answer = web.client("anna").post(f"{HOME}/nieuw", data=parameters(gelre, **changed))
    assert answer.status_code == 302, answer.text
    return re.fullmatch(rf"({HOME}/\d+)/controleren", answer.location)[1]


def worked(web: Web) -> int:
    return runner.work_off(web.app, "long", threading.Event())


def test_from_parameters_to_sent_invoices(web: Web, gelre: Province) -> None:
    anna = web.client("anna")
    assert "Nog geen facturaties" in anna.get(f"{HOME}/").text
    assert "3 functies" in anna.get(f"{HOME}/nieuw?season=1").text
    run = begun(web, gelre)
    check = anna.get(f"{run}/controleren").text
    assert "2 conceptfacturen maken" in check
    assert "Zonderdag" in check
    assert "heeft geen geldige machtiging" in check
    with web.as_("anna"):
        assert db.session.scalar(select(func.count(Invoice.id))) == 0
    assert anna.post(f"{run}/maken").location.endswith("/maken")
    assert anna.post(f"{run}/maken").status_code == 302  # a second click asks for nothing more
    with web.as_("anna"):
        assert db.session.scalar(select(func.count(JobRun.id))) == 1
    busy = anna.get(f"{run}/maken").text
    assert "data-progress-url" in busy
    assert "Stoppen" in busy
    assert anna.get(f"{run}/voortgang").json["ended"] is False
    assert worked(web) == 1
    assert anna.get(f"{run}/voortgang").json["ended"] is True
    assert anna.get(run).location.endswith("/nakijken")
    review = anna.get(f"{run}/nakijken").text
    assert "2 facturen boeken" in review
    assert "€ 115,00" in review.replace("\xa0", " ")
    anna.post(f"{run}/boeken")
    worked(web)
    twice = anna.post(f"{run}/boeken", follow_redirects=True)
    assert twice.status_code == 200
    assert worked(web) == 0
    with web.as_("anna"):
        assert db.session.scalars(select(Invoice.state)).all() == ["posted", "posted"]
    simulated = anna.get(f"{run}/versturen").text
    assert "Er is nog niets verstuurd" in simulated
    assert "aalders@leden.example" in simulated
    assert "2 facturen versturen" not in simulated
    assert "2 facturen versturen" in anna.get(f"{run}/versturen?echt=1").text
    anna.post(f"{run}/versturen")
    worked(web)
    with web.as_("anna"):
        assert sorted(db.session.scalars(select(Invoice.send_state))) == ["queued", "to_print"]
    assert anna.get(f"{run}/printen").data.startswith(b"%PDF")
    anna.post(f"{run}/printen")
    done = anna.get(f"{run}/versturen").text
    assert "Alles staat bij de uitgaande post" in done
    anna.post(f"{run}/versturen")
    worked(web)
    with web.as_("anna"):
        assert sorted(db.session.scalars(select(Invoice.send_state))) == ["queued", "sent"]
        assert db.session.scalar(select(InvoiceRun.state)) == "sent"


def test_the_form_counts_refuses_and_keeps_what_was_typed(web: Web, gelre: Province) -> None:
    anna = web.client("anna")
    asked = {"season": str(gelre.season_id), "start_filter": "on_or_after", "start_date": "01-06-2024"}
    assert anna.get(f"{HOME}/aantallen", query_string=asked).json == {str(gelre.contribution_id): "0 functies"}
    counted = anna.post(f"{HOME}/nieuw", data=parameters(gelre, tellen="1", heading="Mooie kop"))
    assert counted.status_code == 200
    assert "Mooie kop" in counted.text
    nothing = anna.post(f"{HOME}/nieuw", data={**parameters(gelre), "contributions": ""})
    assert "Contributie" in nothing.text
    assert nothing.status_code == 200
    no_day = anna.post(f"{HOME}/nieuw", data=parameters(gelre, start_filter="on_or_after"))
    assert "ook de begindatum in" in no_day.text
    with web.as_("anna"):
        assert db.session.scalar(select(func.count(InvoiceRun.id))) == 0


def test_going_back_replaces_a_run_of_which_nothing_is_made(web: Web, gelre: Province) -> None:
    anna = web.client("anna")
    run = begun(web, gelre, heading="Eerste kop")
    number = run.rsplit("/", 1)[1]
    assert "Eerste kop" in anna.get(f"{HOME}/nieuw?van={number}").text
    begun(web, gelre, heading="Tweede kop", van=number)
    with web.as_("anna"):
        assert sorted(db.session.scalars(select(InvoiceRun.state))) == ["set_up", "withdrawn"]


def test_stop_go_on_and_throw_away(web: Web, gelre: Province) -> None:
    anna = web.client("anna")
    run = begun(web, gelre)
    anna.post(f"{run}/maken")
    assert "Gevraagd om te stoppen" in anna.post(f"{run}/stoppen", follow_redirects=True).text
    assert worked(web) == 0
    assert "Gestopt" in anna.get(f"{run}/maken").text
    assert "kan niet" in anna.post(f"{run}/stoppen", follow_redirects=True).text
    anna.post(f"{run}/maken")
    assert worked(web) == 1
    assert "2 concepten zijn weg" in anna.post(f"{run}/intrekken", follow_redirects=True).text
    assert anna.post(f"{run}/maken").status_code == 302
    assert worked(web) == 0


def test_strangers_and_readers(web: Web, gelre: Province) -> None:
    run = begun(web, gelre)
    for path in ("", "/controleren", "/maken", "/nakijken", "/versturen", "/voortgang", "/printen"):
        assert web.client("dirk").get(run + path).status_code == 404, path
        assert web.client("bram").get(run + path).status_code in (302, 403), path
    for path in ("/maken", "/boeken", "/versturen", "/printen", "/stoppen", "/intrekken"):
        assert web.client("dirk").post(run + path).status_code == 404, path
        for who in ("bram", "els"):
            refused = web.client(who).post(run + path)
            assert refused.status_code == 403 or "massaal" not in refused.location, (who, path)
    assert web.client("els").get(f"{run}/controleren").status_code == 200
    assert web.client("anna").get(f"{HOME}/99999999999").status_code == 404
    with web.as_("anna"):
        assert db.session.scalar(select(func.count(JobRun.id))) == 0
        assert db.session.scalar(select(InvoiceRun.state)) == "set_up"


@pytest.fixture
def drafts(web: Web, gelre: Province) -> list[int]:
    with web.as_("anna"):
        usecases.make_run(gelre.run())
        return list(db.session.scalars(select(Invoice.id).order_by(Invoice.id)))


def test_a_draft_is_changed_posted_credited_and_handed_over(web: Web, drafts: list[int]) -> None:
    anna, first = web.client("anna"), drafts[0]
    listed = anna.get("/invoiceview/list/").text
    assert f"Concept {first}" in listed
    card = anna.get(f"/invoiceview/show/{first}").text
    assert "Crediteren" not in card
    with web.as_("anna"):
        line, version = (
            db.session.scalar(select(InvoiceLine.id).where(InvoiceLine.invoice_id == first)),
            db.session.get(Invoice, first).version,
        )
    assert "Contributie lid" in anna.get(f"/invoicelineview/show/{line}").text
    anna.post(f"/invoicelineview/edit/{line}", data={"description": "Contributie, met dank"})
    changed = anna.post(f"/invoiceview/edit/{first}", data={"heading": "Hartelijk dank", "version_seen": str(version)})
    assert changed.status_code == 302
    assert anna.get(f"/invoiceview/file/pdf/{first}").data.startswith(b"%PDF")
    assert "1 factuur geboekt" in anna.post(f"/invoiceview/action/post/{first}", follow_redirects=True).text
    assert "geen concept" in anna.post(f"/invoiceview/action/post/{first}", follow_redirects=True).text
    posted = anna.get(f"/invoiceview/show/{first}").text
    assert "Hartelijk dank" in posted
    assert "Crediteren" in posted
    assert "met dank" in posted
    assert anna.post(f"/invoiceview/edit/{first}", data={"heading": "Anders"}).status_code == 403
    assert anna.post(f"/invoicelineview/edit/{line}", data={"description": "Anders"}).status_code == 403
    assert anna.post(f"/invoiceview/delete/{first}").status_code == 403
    answers = {"action": "credit", "rowid": str(first), "answered": "1", "on_date": "20-01-2026", "reason": "Verhuisd"}
    assert "is gemaakt en geboekt" in anna.post("/invoiceview/action_post", data=answers, follow_redirects=True).text
    assert "niets meer te crediteren" in anna.post("/invoiceview/action_post", data=answers, follow_redirects=True).text
    sent = anna.post(f"/invoiceview/action/send/{first}", follow_redirects=True).text
    assert "1 naar uitgaande post" in sent
    assert "al verstuurd" in anna.post(f"/invoiceview/action/send/{first}", follow_redirects=True).text


def test_drafts_are_deleted_and_the_lists_of_a_run_are_filtered(web: Web, drafts: list[int]) -> None:
    anna = web.client("anna")
    with web.as_("anna"):
        run_id = db.session.scalar(select(InvoiceRun.id))
        issue = db.session.scalar(select(InvoiceRunIssue.id))
    assert f"Concept {drafts[0]}" in anna.get(f"/invoiceview/list/?_flt_0_run={run_id}").text
    assert f"Concept {drafts[0]}" not in anna.get(f"/invoiceview/list/?_flt_0_run={run_id + 1}").text
    assert "Zonderdag" in anna.get(f"/invoicerunissueview/list/?_flt_0_run={run_id}&_flt_0_kind=error").text
    assert "Zonderdag" not in anna.get(f"/invoicerunissueview/list/?_flt_0_run={run_id}&_flt_0_kind=left_out").text
    assert web.client("dirk").get(f"/invoicerunissueview/show/{issue}").status_code == 404
    assert "Zonderdag" in anna.get(f"/invoicerunview/show/{run_id}").text
    assert anna.post(f"/invoicerunview/action/go_on/{run_id}").location.endswith(f"{HOME}/{run_id}")
    assert anna.post(f"/invoiceview/delete/{drafts[0]}").status_code == 302
    data = {"action": "delete_drafts", "rowid": str(drafts[1])}
    assert "1 concept verwijderd" in anna.post("/invoiceview/action_post", data=data, follow_redirects=True).text
    with web.as_("anna"):
        assert db.session.scalar(select(func.count(Invoice.id))) == 0
    assert "Ingetrokken" in anna.post(f"/invoicerunview/action/withdraw/{run_id}", follow_redirects=True).text
    assert "kan niet" in anna.post(f"/invoicerunview/action/withdraw/{run_id}", follow_redirects=True).text


def test_a_print_form_with_an_unknown_name_is_refused_and_a_good_one_previewed(web: Web, drafts: list[int]) -> None:
    anna = web.client("anna")
    data = {"organisation": str(web.federation.organisations["A"]), "name": "Proef", "kind": "invoice", "language": "nl", "is_active": "y"}
    bad = anna.post("/printformview/add", data={**data, "subject": "Factuur", "html": "<p>{{ factuur.geheim }}</p>"})
    assert "Sjabloon “Proef”, regel 1" in bad.text
    assert anna.post("/printformview/add", data={**data, "subject": "Factuur", "html": "<p>{{ factuur.nummer }}</p>"}).status_code == 302
    with web.as_("anna"):
        form_id = db.session.scalar(select(PrintForm.id))
    answers = {"action": "preview", "rowid": str(form_id), "answered": "1", "invoice": str(drafts[0])}
    assert anna.post("/printformview/action_post", data=answers).data.startswith(b"%PDF")
    assert web.client("dirk").post("/printformview/action_post", data=answers).status_code == 404
