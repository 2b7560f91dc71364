"""Rights on sensitive fields: who may do everything but see account numbers, dates of birth and remarks meets none, on no page at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, User
from sqlalchemy import Date, delete, select, update

from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from security.field_rights import ABOUT, FIELDS, SEE, hidden_from, pairs, without_closed
from security.models import Assignment
from tests.conftest import Databases
from tests.security.probes import Prober
from tests.security.seeding import seed
from tests.security.test_matrix import PROGRAM, text_of
from tests.web import Web, close, make_web

# What a screen leaves out does not hang on the database; the matrix walks both.
on_one_database = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
IBAN, BORN, NOTE = "NL47CNRY0012345678", date(1951, 2, 3), "qkanarienotitieq"
MARKS = {
    "iban": re.compile(r"NL47[\s\u00a0]?CNRY[\s\u00a0]?0012[\s\u00a0]?3456[\s\u00a0]?78"),
    "birth_date": re.compile("03-02-1951|1951-02-03"),
    "notes": re.compile(NOTE),
}


def _mark_all_rows() -> None:
    """Put one account number, one date and one remark in every column that is a sensitive field."""
    values = {"iban": IBAN, "birth_date": BORN, "notes": NOTE}
    with working_as(system_actor("test")), transaction() as session:
        for name, (_permission, columns) in FIELDS.items():
            for table_name, names in columns.items():
                table = Model.metadata.tables[table_name]
                marked = {one: values[name] for one in names if one not in ("bic", "raw")}
                if table_name == "enrollment":
                    marked["state"] = "new"
                assert all(isinstance(table.c[one].type, Date) is (name == "birth_date") for one in marked if one != "state")
                session.execute(update(table).values(**marked))


def _role_of_everything_but_the_fields(web: Web) -> None:
    with working_as(system_actor("test")), transaction() as session:
        field_pairs = select(PermissionView.id).join(Permission).where(Permission.name == SEE)
        role = Role(
            name="Alles behalve gevoelig",
            permissions=list(session.scalars(select(PermissionView).where(PermissionView.id.not_in(field_pairs)))),
        )
        session.add(role)
        session.flush()
        els = session.scalar(select(User.id).where(User.username == "els"))
        session.execute(delete(Assignment).where(Assignment.user_id == els))
        session.add(
            Assignment(organisation_id=web.federation.organisations["NL"], user_id=els, role_id=role.id, first_day=date(2020, 1, 1))
        )


@pytest.fixture(scope="module")
def seeded(databases: Databases) -> Iterator[tuple[Web, dict[str, dict[str, int]]]]:
    url = databases.new()
    web = make_web(url)
    with web.app.app_context():
        rows = seed(web.federation)
        _mark_all_rows()
        _role_of_everything_but_the_fields(web)
        db.session.remove()
    yield web, rows
    close(web)
    databases.drop(url)


@on_one_database
def test_who_has_no_right_on_a_field_meets_it_nowhere(seeded: tuple[Web, dict[str, dict[str, int]]]) -> None:
    web, rows = seeded
    els, carla = web.client("els"), web.client("carla")
    may = _permissions(web, "els")
    prober = Prober(web.app, rows, "carla", may)
    found: list[str] = []
    pages = met = 0
    for probe in prober.probes():
        is_variant = "?" in probe.path and not probe.path.endswith("?")  # another order or page of a list that is looked at already
        if probe.method != "GET" or probe.relation in ("missing", "foreign") or "lookup" in probe.path or is_variant:
            continue
        answer = els.get(probe.path, headers=PROGRAM)
        text = text_of(answer)
        pages += answer.status_code == 200
        found += [f"{probe.path} shows {name}" for name, mark in MARKS.items() if mark.search(text)]
        answer.close()
    assert not found, "\n".join(found)
    assert pages > 150
    for path in (
        "/relationaccountview/list/",
        f"/relationview/show/{rows['relation']['A1']}",
        "/mandateview/export",
        "/enrollmentview/list/",
    ):
        met += bool(any(mark.search(carla.get(path).text) for mark in MARKS.values()))
    assert met == 4, "the marks must be there for who may see them, or the walk proves nothing"


def _permissions(web: Web, who: str) -> frozenset[tuple[str, str]]:
    from flask import g

    client = web.client(who)
    with client:
        client.get("/")
        found: frozenset[tuple[str, str]] = g.access.permissions
    return found


@on_one_database
@pytest.mark.parametrize(
    "query",
    [
        "_flt_0_birth_date=03-02-1951",  # a filter would tell by the number of rows
        "_flt_2_birth_date=03-02-1951",
        f"_flt_0_display_name={IBAN}",  # searching names also finds by account number
    ],
)
def test_a_hidden_field_cannot_be_guessed_with_filters(seeded: tuple[Web, dict[str, dict[str, int]]], query: str) -> None:
    web, _rows = seeded
    els, carla = web.client("els"), web.client("carla")
    plain = _rows_on(els.get("/relationview/list/").text)
    narrowed = _rows_on(els.get(f"/relationview/list/?{query}").text)
    assert narrowed in (plain, 0)
    if "birth_date" in query:
        other = query.replace("1951", "1952")
        assert _rows_on(els.get(f"/relationview/list/?{other}").text) == narrowed
        assert _rows_on(carla.get(f"/relationview/list/?{other.replace('_0_', '_2_')}").text) == 0


def _rows_on(text: str) -> int:
    return len(re.findall(r'name="rowid"', text))


@on_one_database
def test_order_by_a_hidden_column_is_not_taken(seeded: tuple[Web, dict[str, dict[str, int]]]) -> None:
    web, _rows = seeded
    page = web.client("els").get("/mandateview/list/?_oc_MandateView=iban&_od_MandateView=asc").text
    assert "_oc_MandateView=iban" not in page.partition("<table")[2]


@on_one_database
def test_changing_a_card_leaves_what_one_does_not_see(seeded: tuple[Web, dict[str, dict[str, int]]]) -> None:
    web, rows = seeded
    number = rows["relation"]["A1"]
    els = web.client("els")
    page = els.get(f"/relationview/edit/{number}").text
    assert 'name="birth_date"' not in page
    assert 'name="remarks"' not in page
    form = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    selects = re.findall(r'<select[^>]*name="([a-z_]+)"[^>]*>(.*?)</select>', page, re.S)
    form |= {name: chosen for name, options in selects for chosen in re.findall(r'<option[^>]*selected[^>]*value="([^"]*)"', options)}
    form |= {
        "kind": "person",
        "surname": "Anders",
        "birth_date": "01-01-2000",
        "remarks": "overschreven",
        "payer": "",
        "kvk": "",
        "vat_number": "",
    }
    answer = els.post(f"/relationview/edit/{number}", data=form)
    assert answer.status_code == 302, answer.text
    with web.as_("system"):
        relation = Model.metadata.tables["relation"]
        kept = db.session.execute(select(relation).where(relation.c.id == number)).one()
        assert (kept.surname, kept.birth_date, kept.remarks) == ("Anders", BORN, NOTE)


def test_what_is_about_a_field_is_closed_without_the_right() -> None:
    everything = frozenset(
        {*pairs(), ("can_list", "RelationAccountView"), ("can_download", "DebitBatchView"), ("can_list", "DebitBatchView")}
    )
    assert without_closed(everything) == everything
    assert without_closed(everything - {(SEE, "IbanField")}) == {
        *pairs() - {(SEE, "IbanField")},
        ("can_list", "DebitBatchView"),
    }
    assert hidden_from(everything) == frozenset()
    assert hidden_from(()) == FIELDS.keys()


@on_one_database
def test_every_field_names_columns_that_are_there_and_screens_that_are_there(shared_web: Web) -> None:
    tables = Model.metadata.tables
    for _permission, columns in FIELDS.values():
        for table, names in columns.items():
            assert set(names) <= set(tables[table].c.keys())
    views = {view.class_permission_name for view in shared_web.app.appbuilder.baseviews}
    assert {view for places in ABOUT.values() for _permission, view in places} <= views


# Columns that look sensitive and are shown to everybody who sees the row, each with its reason.
OPEN = {
    ("bank_account", "iban"): "the account of the association itself: it stands on every invoice",
    ("bank_account", "bic"): "idem",
    ("consent", "remarks"): "how a consent was given: it is the proof of it",
    ("target_group", "remarks"): "about the group, not about a person",
}


def test_every_column_that_looks_sensitive_is_a_field_or_stands_here_with_its_reason() -> None:
    known = {(table, name) for _permission, columns in FIELDS.values() for table, names in columns.items() for name in names}
    looks = re.compile(r"(^|_)(iban|bic|birth_date|remarks|notes?)$")
    found = {(table.name, column.name) for table in Model.metadata.sorted_tables for column in table.c if looks.search(column.name)}
    assert found - known == set(OPEN)
