"""Custom fields and target groups, clicked: on forms, cards, in filters, files and history."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.custom_fields.models import CustomField
from app.functions.models import FunctionTerm
from app.groups.models import TargetGroup, TargetGroupMember
from app.kernel.db import db
from app.kernel.unit_of_work import transaction
from app.organisations.models import Organisation
from app.relations.models import Relation
from tests.web import Web


def keep(web: Web, row: Any) -> int:
    with web.as_("system"), transaction() as session:
        session.add(row)
        session.flush()
        return int(row.id)


def custom_field(web: Web, at: str, label: str, kind: str, holder: str = "relation", **values: Any) -> int:
    place = web.federation.organisations[at]
    code = re.sub("[^a-z]", "", label.lower())
    return keep(web, CustomField(organisation_id=place, holder=holder, code=code, label=label, kind=kind, **values))


def card(web: Web, at: str, surname: str, **values: Any) -> int:
    with web.app.app_context():
        return web.federation.relation(at, surname, **values)


def page(web: Web, who: str, path: str, status: int = 200) -> str:
    answer = web.client(who).get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.get_data(as_text=True)


def seen_version(form: str) -> str:
    found = re.search(r'name="version_seen"[^>]*value="(\d+)"', form)
    assert found
    return found[1]


def values_of(web: Web, model: Any, number: int) -> dict[str, Any]:
    with web.as_("system"):
        return dict(db.session.get_one(model, number).custom_values)


class TestOnTheCard:
    def test_every_kind_is_filled_in_shown_and_in_the_history(self, web: Web) -> None:
        kinds = {
            "Tekst": "text",
            "Getal": "number",
            "Bedrag": "amount",
            "Dag": "date",
            "Vinkje": "yes_no",
            "Keuze": "choice",
            "Lijst": "choices",
        }
        made = {
            label: custom_field(web, "NL", label, kind, choices=["S", "XL"] if "choice" in kind else []) for label, kind in kinds.items()
        }
        ours = card(web, "A1", "Jansen")
        form = page(web, "bram", f"/relationview/edit/{ours}")
        assert "Vrije velden" in form
        typed = {
            "Tekst": "Hallo",
            "Getal": "2,5",
            "Bedrag": "1.012,50",
            "Dag": "31-12-2026",
            "Vinkje": "y",
            "Keuze": "XL",
            "Lijst": ["S", "XL"],
        }
        data = {f"custom_{made[label]}": value for label, value in typed.items()}
        data |= {"surname": "Jansen", "kind": "person", "correspondence": "mail", "language": "nl", "payment_method": "transfer"}
        data |= {"gift_cents": "7,50", "version_seen": seen_version(form)}
        answer = web.client("bram").post(f"/relationview/edit/{ours}", data=data)
        assert answer.status_code == 302, re.findall(r'bn-err"[^>]*>(.*?)</p>', answer.get_data(as_text=True))
        kept = values_of(web, Relation, ours)
        assert [kept[str(made[label])] for label in kinds] == ["Hallo", 2500, 101_250, "2026-12-31", True, "XL", ["S", "XL"]]
        with web.as_("bram"):
            assert db.session.get_one(Relation, ours).gift_cents == 750
        shown = page(web, "bram", f"/relationview/show/{ours}")
        for text in ("Hallo", "2,5", "€\u00a01.012,50", "31-12-2026", "S, XL", "€\u00a07,50"):
            assert text in shown, text
        again = page(web, "bram", f"/relationview/edit/{ours}")
        for text in ('value="Hallo"', 'value="2,5"', 'value="1.012,50"', 'value="31-12-2026"'):
            assert text in again, text

    @pytest.mark.parametrize(
        ("kind", "typed", "said"),
        [
            ("number", "twee", "is geen getal"),
            ("amount", "veel", "Schrijf"),
            ("date", "31-02-2026", "is geen datum"),
            ("choice", "M", "is geen van de keuzes"),
            ("choices", "M", "is geen van de keuzes"),
            ("text", "x" * 501, "heeft 501 tekens"),
            ("text", "", "Vul “Veld” in."),
        ],
    )
    def test_a_wrong_value_is_refused_at_its_field(self, web: Web, kind: str, typed: str, said: str) -> None:
        number = custom_field(web, "A", "Veld", kind, choices=["S"] if "choice" in kind else [], is_required=True)
        data = {"surname": "Nieuw", "kind": "person", "correspondence": "mail", "language": "nl", "payment_method": "transfer"}
        shown = web.client("bram").post("/relationview/add", data={**data, f"custom_{number}": typed}).get_data(as_text=True)
        assert re.search(rf'id="custom_{number}-e".*?{re.escape(said)}', shown, re.S), said
        with web.as_("system"):
            assert db.session.scalar(select(Relation.id).where(Relation.surname == "Nieuw")) is None

    def test_a_field_may_be_a_column_of_the_list(self, web: Web) -> None:
        on, off = custom_field(web, "A", "Maat", "amount", is_on_list=True), custom_field(web, "A", "Stil", "text")
        theirs = custom_field(web, "B", "Van B", "text", is_on_list=True)
        card(web, "A1", "Jansen", custom_values={str(on): 1250, str(off): "verborgen", str(theirs): "geheim"})
        card(web, "A1", "Pietersen")
        shown = page(web, "bram", "/relationview/list/")
        assert re.search(r"<th[^>]*bn-c-num[^>]*>.*?Maat", shown, re.S)
        assert "€\u00a012,50" in shown
        assert "Van B" not in shown
        assert "geheim" not in shown
        assert "verborgen" not in shown
        found = page(web, "bram", f"/relationview/list/?_flt_0_custom_{on}=12,50")
        assert "Jansen" in found
        assert "Pietersen" not in found

    def test_fields_of_a_sister_are_neither_shown_nor_lost(self, web: Web) -> None:
        theirs, ours = custom_field(web, "B", "Van B", "text"), custom_field(web, "A", "Van A", "text")
        both = card(web, "A1", "Jansen", custom_values={str(theirs): "geheim", str(ours): "open"})
        with web.app.app_context():
            web.federation.holds(both, "B1")
        form = page(web, "bram", f"/relationview/edit/{both}")
        assert "Van A" in form
        assert "Van B" not in form
        assert "geheim" not in form + page(web, "bram", f"/relationview/show/{both}")
        data = {"surname": "Jansen", "kind": "person", "correspondence": "mail", "language": "nl", "payment_method": "transfer"}
        data |= {f"custom_{ours}": "nieuw", f"custom_{theirs}": "gekaapt", "version_seen": seen_version(form)}
        assert web.client("bram").post(f"/relationview/edit/{both}", data=data).status_code == 302
        assert values_of(web, Relation, both) == {str(theirs): "geheim", str(ours): "nieuw"}
        history = page(web, "bram", f"/relationview/show/{both}")
        assert re.search(r"Van A.*?open.*?nieuw", history, re.S)

    def test_functions_and_organisations_have_fields_of_their_own(self, web: Web) -> None:
        animals = custom_field(web, "A", "Dieren", "number", "function")
        extra = custom_field(web, "NL", "Toeslag", "amount", "organisation")
        ours, place = card(web, "A1", "Jansen"), web.federation.organisations["A1"]
        data = {"relation": ours, "function_type": web.federation.member, "organisation": place, "first_day": "01-01-2026", "quantity": "1"}
        answer = web.client("bram").post("/functiontermview/add", data={**data, f"custom_{animals}": "7", "value_units": "2,5"})
        assert answer.status_code == 302, re.findall(r'bn-err"[^>]*>(.*?)</p>', answer.get_data(as_text=True))
        with web.as_("bram"):
            term = db.session.scalars(select(FunctionTerm)).one()
            assert (term.custom_values, term.value_units) == ({str(animals): 7000}, 2500)
        form = page(web, "carla", f"/organisationview/edit/{place}")
        data = {"name": "A1", "kind": "department", "code": "A1", "is_active": "y", "team_amount_cents": "45", f"custom_{extra}": "3"}
        assert (
            web.client("carla").post(f"/organisationview/edit/{place}", data={**data, "version_seen": seen_version(form)}).status_code
            == 302
        )
        with web.as_("carla"):
            row = db.session.get_one(Organisation, place)
            assert (row.team_amount_cents, row.custom_values) == (4500, {str(extra): 300})

    @pytest.mark.parametrize(
        ("path", "field", "value", "said"),
        [
            ("/relationview/add", "gift_cents", "-5", "Een gift is niet negatief"),
            ("/functiontermview/add", "value_units", "-1", "Waarde-eenheden zijn niet negatief"),
            ("/organisationview/add", "team_amount_cents", "-1", "Een teambedrag is niet negatief"),
        ],
    )
    def test_a_negative_amount_is_refused_at_its_field(self, web: Web, path: str, field: str, value: str, said: str) -> None:
        ours, place = card(web, "A1", "Jansen"), web.federation.organisations["A1"]
        data = {"surname": "Nieuw", "kind": "person", "correspondence": "mail", "language": "nl", "payment_method": "transfer"}
        data |= {
            "relation": ours,
            "function_type": web.federation.member,
            "organisation": place,
            "first_day": "01-01-2026",
            "quantity": "1",
        }
        if "organisation" in path:
            data |= {"kind": "team", "name": "Team", "code": "T9", "parent": place}
        shown = web.client("carla").post(path, data={**data, field: value}).get_data(as_text=True)
        assert re.search(rf'id="{field}-e".*?{said}', shown, re.S)


class TestInLists:
    @pytest.mark.parametrize(
        ("kind", "values", "comparison", "asked", "found"),
        [
            ("text", ["Aap", "Noot", None], 0, "aap", [0]),
            ("text", ["Aap", "Noot", None], 2, "Aap", [1, 2]),
            ("number", [2500, 10_000, None], 1, "2,5", [0, 1]),
            ("number", [2500, 3_000_000_000, None], 2, "2,5", [0]),
            ("amount", [1250, 99, None], 0, "12,50", [0]),
            ("amount", [1250, 99, None], 3, "12,50", [1, 2]),
            ("date", ["2026-12-31", "2025-01-01", None], 0, "01-01-2026", [0]),
            ("yes_no", [True, None, None], 0, "y", [0]),
            ("yes_no", [True, None, None], 0, "n", [1, 2]),
            ("choice", ["S", "é", None], 0, "é", [1]),
            ("choices", [["S", "é"], ["S"], None], 0, "é", [0]),
            ("number", [2500, 1, None], 0, "olifant", []),
        ],
    )
    def test_a_field_filters_the_list_the_file_and_a_bulk_action(
        self, web: Web, kind: str, values: list[Any], comparison: int, asked: str, found: list[int]
    ) -> None:
        number = custom_field(web, "A", "Veld", kind, choices=["S", "é"] if "choice" in kind else [])
        for index, value in enumerate(values):
            card(web, "A1", f"Naam{index}", custom_values={} if value is None else {str(number): value})
        query = f"_flt_{comparison}_custom_{number}={asked}"
        listed = page(web, "bram", f"/relationview/list/?{query}")
        assert sorted({int(one) for one in re.findall(r"Naam(\d), Jo", listed)}) == found
        assert ("bn-chip" in listed, "Veld" in listed) == (True, True)
        if asked == "olifant":
            assert "“olifant” is geen getal" in listed
            return
        file = page(web, "bram", f"/relationview/export?{query}")
        assert file.splitlines()[0].endswith("Veld")
        assert len(file.splitlines()) == len(found) + 1
        group = keep(web, TargetGroup(organisation_id=web.federation.organisations["A1"], code="g", name="Groep"))
        data = {"action": "add_to_group", "all_rows": "1", "query": query, "answered": "1", "target_group": str(group)}
        assert web.client("bram").post("/relationview/action_post", data=data).status_code in (200, 302)

    def test_a_file_holds_the_fields_and_nothing_a_spreadsheet_runs(self, web: Web) -> None:
        number = custom_field(web, "A", "=Kop", "text")
        card(web, "A1", "Jansen", custom_values={str(number): "=1+1"})
        lines = page(web, "bram", "/relationview/export").splitlines()
        assert lines[0].endswith("'=Kop")
        assert lines[1].endswith("'=1+1")


class TestFields:
    def test_an_administrator_makes_a_field_and_the_treasurer_reads_of_it(self, web: Web) -> None:
        data = {"holder": "relation", "label": "Bedrag per maand", "kind": "amount", "code": "per_maand", "position": "1", "is_active": "y"}
        place = web.federation.organisations["A"]
        answer = web.client("carla").post("/customfieldview/add", data={**data, "organisation": place})
        assert answer.status_code == 302, re.findall(r'bn-err"[^>]*>(.*?)</p>', answer.get_data(as_text=True))
        listed = page(web, "anna", "/formulafieldsview/list/?name=maand")
        assert "{person.per_maand}" in listed
        assert "bedrag in euro" in listed
        assert "{person.age}" not in listed
        assert "{person.age}" in page(web, "anna", "/formulafieldsview/list/")
        assert web.client("anna").post("/customfieldview/add", data=data).status_code in (302, 403)
        with web.as_("system"):
            assert len(db.session.scalars(select(CustomField.id)).all()) == 1

    def test_a_choice_asks_its_choices_one_per_line(self, web: Web) -> None:
        data = {"holder": "relation", "label": "Maat", "kind": "choice", "code": "maat", "position": "1", "is_active": "y"}
        data["organisation"] = str(web.federation.organisations["NL"])
        shown = web.client("carla").post("/customfieldview/add", data={**data, "choices": ""}).get_data(as_text=True)
        assert re.search(r'id="choices-e".*?Vul 1 tot 100 keuzes in', shown, re.S)
        assert web.client("carla").post("/customfieldview/add", data={**data, "choices": "S\r\nXL\r\n"}).status_code == 302
        with web.as_("system"):
            assert db.session.scalars(select(CustomField.choices)).one() == ["S", "XL"]

    def test_values_are_wiped_by_who_may(self, web: Web) -> None:
        number = custom_field(web, "NL", "Veld", "text")
        ours = card(web, "A1", "Jansen", custom_values={str(number): "x"})
        assert web.client("bram").post(f"/customfieldview/action/clear_values/{number}").status_code == 403
        assert web.client("carla").post(f"/customfieldview/delete/{number}", follow_redirects=True).get_data(as_text=True).count("ingevuld")
        assert web.client("carla").post(f"/customfieldview/action/clear_values/{number}").status_code == 302
        assert values_of(web, Relation, ours) == {}
        assert web.client("carla").post(f"/customfieldview/delete/{number}").status_code == 302
        with web.as_("system"):
            assert db.session.scalars(select(CustomField.id)).all() == []


class TestGroups:
    def test_chosen_relations_go_in_and_out_of_a_group(self, web: Web) -> None:
        ours = [card(web, "A1", f"Lid{i}") for i in range(3)]
        answer = web.client("bram").post("/targetgroupview/add", data={"name": "Jeugd", "code": "jeugd"})
        assert answer.status_code == 302, re.findall(r'bn-err"[^>]*>(.*?)</p>', answer.get_data(as_text=True))
        with web.as_("bram"):
            group = db.session.scalars(select(TargetGroup.id)).one()
        data = {"action": "add_to_group", "rowid": [str(one) for one in ours], "answered": "1", "target_group": str(group)}
        said = web.client("bram").post("/relationview/action_post", data=data, follow_redirects=True).get_data(as_text=True)
        assert "3 relaties in de groep gezet." in said
        assert "Jeugd" in page(web, "bram", f"/relationview/show/{ours[0]}")
        shown = page(web, "bram", f"/targetgroupview/show/{group}")
        assert "Lid2, Jo" in shown
        assert "/targetgroupmemberview/edit" not in shown
        listed = page(web, "bram", "/targetgroupview/list/")
        assert re.search(r"Jeugd.*?>\s*3\s*<", listed, re.S)
        data |= {"action": "remove_from_group", "rowid": [str(ours[0])]}
        said = web.client("bram").post("/relationview/action_post", data=data, follow_redirects=True).get_data(as_text=True)
        assert "1 relatie uit de groep gehaald." in said

    def test_by_hand_twice_is_once_and_out_again(self, web: Web) -> None:
        ours = card(web, "A1", "Jansen")
        group = keep(web, TargetGroup(organisation_id=web.federation.organisations["A1"], code="g", name="Groep"))
        for _ in range(2):
            answer = web.client("bram").post("/targetgroupmemberview/add", data={"target_group": str(group), "relation": str(ours)})
            assert answer.status_code == 302
        with web.as_("bram"):
            row = db.session.scalars(select(TargetGroupMember)).one()
            assert row.added_by == "bram"
            number = row.id
        assert web.client("bram").post(f"/targetgroupmemberview/delete/{number}").status_code == 302
        with web.as_("bram"):
            assert db.session.scalars(select(TargetGroupMember)).all() == []

    def test_everyone_with_a_function_goes_in_at_once(self, web: Web) -> None:
        with web.app.app_context():
            for index in range(4):
                web.federation.holds(web.federation.relation("A1", f"Lid{index}"), "A1")
        group = keep(web, TargetGroup(organisation_id=web.federation.organisations["A1"], code="g", name="Groep"))
        path = f"/targetgroupview/action/put_in_holders/{group}"
        said = web.client("bram").post(path, data={"answered": "1", "function_type": str(web.federation.member)}, follow_redirects=True)
        assert "4 relaties in de groep gezet." in said.get_data(as_text=True)

    def test_a_group_of_another_department_is_no_choice(self, web: Web) -> None:
        ours = card(web, "A1", "Jansen")
        theirs = keep(web, TargetGroup(organisation_id=web.federation.organisations["A2"], code="g", name="Van A2"))
        data = {"action": "add_to_group", "rowid": str(ours), "answered": "1", "target_group": str(theirs)}
        assert "hoort niet bij jouw omgeving" in web.client("bram").post("/relationview/action_post", data=data).get_data(as_text=True)
        page(web, "bram", f"/targetgroupview/show/{theirs}", 404)
