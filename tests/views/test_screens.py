"""The base of the screens, clicked: what it shows, keeps and refuses."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import event, select

from app.background.models import Job
from app.background.usecases import sync_timetable
from app.functions.models import EndReason, FunctionTerm, PriceCategory
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.relations.models import ContactPoint, Relation
from tests.web import Web


@contextmanager
def statements(web: Web) -> Iterator[list[str]]:
    """Collect the statements that the block sends."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "SET LOCAL", "PRAGMA")):
            seen.append(statement)

    with web.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def setting(web: Web, at: str, code: str) -> int:
    with web.as_("system"), transaction() as session:
        row = PriceCategory(organisation_id=web.federation.organisations[at], code=code, name=f"Categorie {code}")
        session.add(row)
        session.flush()
        return row.id


def members(web: Web, at: str, count: int, surname: str = "Jansen") -> list[int]:
    with web.app.app_context():
        made = [web.federation.relation(at, f"{surname}{i:03d}") for i in range(count)]
        for number in made:
            web.federation.holds(number, at)
        return made


def page(web: Web, who: str, path: str, status: int = 200) -> str:
    answer = web.client(who).get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.get_data(as_text=True)


class TestLists:
    def test_a_page_takes_at_most_nine_statements_whatever_its_length(self, web: Web) -> None:
        members(web, "A1", 60)
        for path in ("/relationview/list/", "/functiontermview/list/"):
            page(web, "bram", path)
            counted = []
            for size in (25, 50):
                with statements(web) as seen:
                    page(web, "bram", f"{path}?psize_{path.split('/')[1]}=25&psize_RelationView={size}&psize_FunctionTermView={size}")
                counted.append(len(seen))
            assert counted[0] == counted[1], f"{path}: more rows, more statements {counted}"
            assert counted[0] <= 9, f"{path}: {counted[0]}\n" + "\n".join(statement[:200] for statement in seen)

    def test_a_name_is_found_without_accents_and_wildcards_are_letters(self, web: Web) -> None:
        with web.app.app_context():
            web.federation.relation("A1", "Özdemir")
            web.federation.relation("A1", "Bakker")
        assert "Özdemir" in page(web, "bram", "/relationview/list/?_flt_0_display_name=ozdem")
        assert "Bakker" not in page(web, "bram", "/relationview/list/?_flt_0_display_name=%25")

    @pytest.mark.parametrize(
        "query", ["_flt_0_member_since=31-02-2026", "_flt_0_number=twaalf", "_flt_0_organisation=x", "_flt_0_kind=olifant"]
    )
    def test_a_filter_that_cannot_be_read_shows_nothing_and_says_why(self, web: Web, query: str) -> None:
        members(web, "A1", 2)
        shown = page(web, "bram", f"/relationview/list/?{query}")
        assert "Jansen0" not in shown

    def test_dates_are_read_day_first(self, web: Web) -> None:
        with web.app.app_context():
            web.federation.relation("A1", "Februari", member_since=date(2026, 2, 1))
            web.federation.relation("A1", "Januari", member_since=date(2026, 1, 2))
        shown = page(web, "bram", "/relationview/list/?_flt_2_member_since=01-02-2026")
        assert "Februari" in shown
        assert "Januari" not in shown

    def test_hidden_columns_neither_filter_nor_order(self, web: Web) -> None:
        members(web, "A1", 3)
        for query in (
            "_flt_0_remarks=x",
            "_flt_0_search_name=x",
            "_oc_RelationView=remarks&_od_RelationView=asc",
            "_oc_RelationView=organisation.code",
        ):
            assert "Jansen001" in page(web, "bram", f"/relationview/list/?{query}")

    def test_page_sizes_are_known_ones(self, web: Web) -> None:
        members(web, "A1", 30)
        assert page(web, "bram", "/relationview/list/?psize_RelationView=10000").count('name="rowid"') == 25
        assert page(web, "bram", "/relationview/list/?psize_RelationView=50").count('name="rowid"') == 30

    def test_export_holds_all_rows_and_no_formula(self, web: Web) -> None:
        members(web, "A1", 30)
        with web.app.app_context():
            web.federation.relation("A1", "=1+1")
        answer = web.client("bram").get("/relationview/export")
        rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")), delimiter=";"))
        assert rows[0][0] == "Naam"
        assert len(rows) == 32
        assert [row[0] for row in rows if "1+1" in row[0]] == ["'=1+1, Jo"]


class TestForms:
    def test_a_row_is_kept_in_the_environment(self, web: Web) -> None:
        answer = web.client("carla").post("/pricecategoryview/add", data={"name": "Student", "code": "STU"})
        assert answer.status_code == 302
        with web.as_("carla"):
            row = db.session.scalar(select(PriceCategory).where(PriceCategory.code == "STU"))
            assert row is not None
            assert row.organisation_id == web.federation.organisations["NL"]

    def test_a_refusal_keeps_what_was_typed_and_stands_at_its_field(self, web: Web) -> None:
        setting(web, "NL", "JEU")
        data = {"name": "Nog een jeugd", "code": "JEU"}
        shown = web.client("carla").post("/pricecategoryview/add", data=data).get_data(as_text=True)
        assert 'value="Nog een jeugd"' in shown
        assert "Er is er al een met dezelfde waarde" in shown
        assert "UNIQUE" not in shown
        assert "INSERT" not in shown

    def test_required_and_long_fields_say_so_in_dutch(self, web: Web) -> None:
        shown = web.client("carla").post("/pricecategoryview/add", data={"name": "", "code": "X" * 21}).get_data(as_text=True)
        assert "Vul “Naam” in." in shown
        assert "heeft 21 tekens" in shown

    def test_the_second_editor_sees_what_changed_and_keeps_his_own(self, web: Web) -> None:
        number = setting(web, "NL", "JEU")
        client = web.client("carla")
        form = page(web, "carla", f"/pricecategoryview/edit/{number}")
        seen = re.search(r'name="version_seen"[^>]*value="(\d+)"', form)
        assert seen
        first = client.post(f"/pricecategoryview/edit/{number}", data={"name": "Eerste", "code": "JEU", "version_seen": seen[1]})
        assert first.status_code == 302
        second = client.post(f"/pricecategoryview/edit/{number}", data={"name": "Tweede", "code": "JEU", "version_seen": seen[1]})
        shown = second.get_data(as_text=True)
        assert "terwijl jij bezig was" in shown
        assert "Eerste" in shown
        assert 'value="Tweede"' in shown
        again = re.search(r'name="version_seen"[^>]*value="(\d+)"', shown)
        assert again
        assert (
            client.post(f"/pricecategoryview/edit/{number}", data={"name": "Tweede", "code": "JEU", "version_seen": again[1]}).status_code
            == 302
        )
        with web.as_("carla"):
            assert db.session.get_one(PriceCategory, number).name == "Tweede"

    def test_a_foreign_choice_is_refused(self, web: Web) -> None:
        [theirs] = members(web, "B1", 1)
        [ours] = members(web, "A1", 1, "Onze")
        data = {"relation": str(theirs), "kind": "email", "value": "x@voorbeeld.nl", "is_primary": "y"}
        shown = web.client("bram").post("/contactpointview/add", data=data).get_data(as_text=True)
        assert "hoort niet bij jouw omgeving" in shown
        assert web.client("bram").post("/contactpointview/add", data={**data, "relation": str(ours)}).status_code == 302
        with web.as_("system"):
            assert db.session.scalars(select(ContactPoint.relation_id)).all() == [ours]

    def test_settings_from_above_are_read_and_not_written(self, web: Web) -> None:
        number = setting(web, "NL", "JEU")
        page(web, "els", f"/pricecategoryview/show/{number}")
        page(web, "els", f"/pricecategoryview/edit/{number}", 403)

    def test_an_unknown_choice_or_number_is_a_sentence(self, web: Web) -> None:
        data = {"code": "X", "name": "X", "category": "olifant", "minimum_age": "twaalf"}
        shown = web.client("carla").post("/functiontypeview/add", data=data).get_data(as_text=True)
        assert "“olifant” is geen van de keuzes" in shown
        assert "“twaalf” is geen geheel getal" in shown

    def test_a_tab_leads_to_a_form_for_its_record(self, web: Web) -> None:
        [ours] = members(web, "A1", 1)
        card = page(web, "bram", f"/relationview/show/{ours}")
        assert f"/addressview/add?relation={ours}" in card
        form = page(web, "bram", f"/addressview/add?relation={ours}")
        assert f'<option value="{ours}" selected>' in form

    def test_deleting_what_is_used_is_refused_with_a_reason(self, web: Web) -> None:
        members(web, "A1", 1)
        answer = web.client("carla").post(f"/functiontypeview/delete/{web.federation.member}", follow_redirects=True)
        assert "wordt nog ergens gebruikt" in answer.get_data(as_text=True)


class TestAdding:
    def test_a_new_card_opens_so_that_its_address_and_function_can_be_added(self, web: Web) -> None:
        sent = {"surname": "Velthoven", "kind": "person", "language": "nl", "correspondence": "mail", "payment_method": "transfer"}
        answer = web.client("bram").post("/relationview/add", data={**sent, "after": "stay"})
        assert answer.status_code == 302
        assert "/relationview/show/" in answer.location

    def test_who_ends_a_function_reads_whose_it_is(self, web: Web) -> None:
        [ours] = members(web, "A1", 1)
        with web.as_("system"):
            term = db.session.scalars(select(FunctionTerm.id).where(FunctionTerm.relation_id == ours)).one()
        assert "Jansen" in page(web, "bram", f"/functiontermview/action/end/{term}")


class TestLookups:
    def test_only_own_rows_and_only_after_two_letters(self, web: Web) -> None:
        members(web, "A1", 30)
        members(web, "B1", 1, "Jansenvreemd")
        client = web.client("bram")
        assert client.get("/addressview/lookup/relation?term=j").json["results"] == []
        found = client.get("/addressview/lookup/relation?term=jansen").json
        assert len(found["results"]) == 20
        assert found["pagination"]["more"]
        assert client.get("/addressview/lookup/relation?term=jansenvreemd").json["results"] == []

    def test_what_is_called_so_comes_before_what_has_it_in_its_name(self, web: Web) -> None:
        with web.as_("system"), transaction() as session:
            for name in ("Bestuurslid", "Lid", "Lid met korting"):
                session.add(PriceCategory(organisation_id=web.federation.organisations["NL"], code=name, name=name))
        found = web.client("anna").get("/functiontermview/lookup/price_category?term=lid").json["results"]
        assert [one["text"] for one in found] == ["Lid", "Lid met korting", "Bestuurslid"]

    def test_a_key_that_is_not_offered_is_not_there(self, web: Web) -> None:
        page(web, "bram", "/addressview/lookup/organisation", 404)


class TestActions:
    def test_one_foreign_row_makes_the_whole_not_found(self, web: Web) -> None:
        [ours] = members(web, "A1", 1)
        [theirs] = members(web, "B1", 1)
        data = {"action": "end_membership", "rowid": [str(ours), str(theirs)]}
        assert web.client("bram").post("/relationview/action_post", data=data).status_code == 404
        assert web.client("bram").get(f"/relationview/action/end_membership/{theirs}").status_code == 404

    def test_an_action_asks_then_does(self, web: Web) -> None:
        [ours] = members(web, "A1", 1)
        with web.as_("system"), transaction() as session:
            reason = EndReason(organisation_id=web.federation.organisations["NL"], code="OPZ", name="Opgezegd")
            session.add(reason)
            session.flush()
            reason_id = reason.id
        client = web.client("bram")
        assert "Laatste dag" in page(web, "bram", f"/relationview/action/end_membership/{ours}")
        data = {"action": "end_membership", "rowid": str(ours), "answered": "1", "last_day": "31-02-2027", "reason": str(reason_id)}
        assert "is geen datum" in client.post("/relationview/action_post", data=data).get_data(as_text=True)
        answer = client.post("/relationview/action_post", data={**data, "last_day": "31-12-2099"}, follow_redirects=True)
        assert "beëindigd" in answer.get_data(as_text=True)
        with web.as_("bram"):
            assert db.session.scalar(select(FunctionTerm.last_day)) == date(2099, 12, 31)

    def test_without_the_permission_there_is_no_action(self, web: Web) -> None:
        [ours] = members(web, "A1", 1)
        assert web.client("els").post("/relationview/action_post", data={"action": "end_membership", "rowid": str(ours)}).status_code == 403
        assert web.client("bram").post("/relationview/action_post", data={"action": "nonsense", "rowid": str(ours)}).status_code == 404

    def test_all_rows_are_those_that_pass_the_filters(self, web: Web) -> None:
        members(web, "A1", 30)
        members(web, "A1", 2, "Pietersen")
        data = {"action": "end_membership", "all_rows": "1", "query": "_flt_0_display_name=pietersen"}
        shown = web.client("bram").post("/relationview/action_post", data=data).get_data(as_text=True)
        assert shown.count('name="rowid"') == 2


class TestPages:
    def test_every_list_and_form_opens_and_says_no_english(self, shared_web: Web) -> None:
        for view in shared_web.app.appbuilder.baseviews:
            if not hasattr(view, "view_name"):
                continue
            for who in ("carla", "anna"):
                for path in ("list/", "add"):
                    answer = shared_web.client(who).get(f"{view.route_base}/{path}")
                    assert answer.status_code in (200, 403, 404), f"{view.view_name} {path} {who}: {answer.status_code}"
                    if answer.status_code == 200:
                        shown = answer.get_data(as_text=True)
                        assert shown.count("<h1") == 1
                        assert '<html lang="nl">' in shown
                        assert "<style" not in shown
                        assert not re.search(r"<\w[^<>]*\s(style|on\w+)=", shown), f"{view.view_name} {path}: inline style or script"

    def test_the_card_shows_tabs_only_of_screens_that_one_may_open(self, web: Web) -> None:
        [ours] = members(web, "A1", 1)
        assert "Adressen en contact" in page(web, "els", f"/relationview/show/{ours}")
        page(web, "dirk", f"/relationview/show/{ours}", 404)
        page(web, "peter", f"/relationview/show/{ours}", 403)

    def test_a_card_of_a_relation(self, web: Web) -> None:
        [ours] = members(web, "A1", 1)
        shown = page(web, "bram", f"/relationview/show/{ours}")
        assert "Jansen000, Jo" in shown
        with web.as_("bram"):
            assert db.session.get_one(Relation, ours).number > 0


def test_a_phone_number_is_listed_as_people_read_it_and_edited_as_it_is(web: Web) -> None:
    with web.as_("anna"):
        relation = web.federation.relation("A1")
    home = web.federation.organisations["A1"]
    with web.as_("carla"), transaction() as session:
        for kind, value in (("mobile", "+31609385124"), ("phone", "+31261234567"), ("email", "jo@post.example")):
            session.add(ContactPoint(organisation_id=home, relation_id=relation, kind=kind, value=value))
    listed = web.client("bram").get("/contactpointview/list/").text
    assert [text in listed for text in ("06 09385124", "026 123 4567", "jo@post.example", "+316")] == [True, True, True, False]


def test_work_of_the_whole_installation_is_started_and_seen_from_the_top(web: Web) -> None:
    with web.as_("system"):
        sync_timetable()
        number = db.session.scalar(select(Job.id).where(Job.name == "tidy_runs"))
    answer = web.client("carla").post("/jobview/action_post", data={"action": "start_now", "rowid": str(number)}, follow_redirects=True)
    assert "In de rij gezet: 1" in answer.get_data(as_text=True)
    assert "Oude taakuitvoeringen opruimen" in page(web, "carla", "/jobrunview/list/")
    assert "Oude taakuitvoeringen opruimen" not in page(web, "anna", "/jobrunview/list/?_flt_0_state=queued").split("<tbody>")[-1]
