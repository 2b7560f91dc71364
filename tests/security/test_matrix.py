"""The access matrix: every route × persona × own, child, parent, sister, foreign and missing row.

Never a server error, never a mark of somebody else's row in an answer, never a change to a row of somebody else, and a
row of somebody else answers exactly as one that does not exist. It is generated: a new screen is in it by being registered.
On PostgreSQL it runs again with either wall down: the other one must suffice.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import make_url, select, update

from app.functions.models import FunctionType
from app.kernel.actor import system_actor
from app.kernel.db import db
from app.kernel.unit_of_work import transaction, working_as
from app.relations.models import ContactPoint
from security import scope
from security.models import FunctionAccount
from security.web import FOR_EVERYONE, PUBLIC
from tests.conftest import Databases, _admin
from tests.federation import WHERE, Federation
from tests.security.probes import AROUND, Probe, Prober
from tests.security.seeding import forbidden_marks, mark, seed
from tests.web import PASSWORD, ROLE, Web, close, hashed_password, make_web

MOST_SHOWN = 40
# What these do to their own, another one did to his: dirk is anna in another province, fenna is bram by a function.
MIRRORS = ("dirk", "fenna")
PROGRAM = {"Accept": "application/json"}


@dataclass
class Place:
    """What one persona may see."""

    own: set[int]
    readable: set[int]
    marks: set[str]
    own_marks: set[str]
    public: set[str]


@dataclass
class Matrix:
    """A seeded application that goes back to its beginning for each persona."""

    web: Web
    databases: Databases
    url: str
    rows: dict[str, dict[str, int]]
    kept: Any
    count: Counter[tuple[str, str]] = field(default_factory=Counter)

    def go_back(self) -> None:
        """Make the database as it was seeded, sessions included."""
        close(self.web)
        name = make_url(self.url).database or ""
        if self.databases.kind == "sqlite":
            _copy(self.kept, name)
        else:
            _admin(f'DROP DATABASE "{name}" WITH (FORCE)')
            _admin(f'CREATE DATABASE "{name}" TEMPLATE "{self.kept}"')

    def place(self, who: str) -> Place:
        """Return whose rows a persona may see."""
        federation: Federation = self.web.federation
        views = {view.endpoint for view in self.web.app.appbuilder.baseviews if getattr(view, "is_public", False)}
        public = PUBLIC | {rule.endpoint for rule in self.web.app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in views}
        if who == "nobody":
            return Place(set(), set(), forbidden_marks(federation, set(), set()), set(), public)
        with self.web.app.app_context():
            actor = federation.actor(AROUND[who]["own"])
            db.session.remove()
        own, readable = set(actor.organisation_ids), set(actor.readable_ids)
        own_marks = {mark("o", code) for code, number in federation.organisations.items() if number in own}
        return Place(own, readable, forbidden_marks(federation, own, readable), own_marks, public)


def _copy(source: Any, target: Any) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


@pytest.fixture(scope="module")
def matrix(databases: Databases) -> Iterator[Matrix]:
    url = databases.new()
    web = make_web(url)
    with web.app.app_context():
        rows = seed(web.federation)
        add_holder(web.federation)
        names = dict(db.session.execute(select(User.username, User.id)).all())
        rows["ab_user"] = {"A": names["anna"], "A1": names["bram"], "NL": names["carla"], "B": names["dirk"]}
        db.session.remove()
    for who in (*WHERE, "fenna"):
        web.client(who)
    close(web)
    name = make_url(url).database or ""
    if databases.kind == "sqlite":
        kept: Any = Path(name).with_suffix(".kept")
        _copy(name, kept)
    else:
        kept = f"{name}_kept"
        _admin(f'CREATE DATABASE "{kept}" TEMPLATE "{name}"')
    yield Matrix(web, databases, url, rows, kept)
    close(web)
    databases.drop(url)
    if databases.kind == "postgresql":
        _admin(f'DROP DATABASE "{kept}" WITH (FORCE)')


def add_holder(federation: Federation) -> None:
    """Make fenna: nobody assigned her a role, a function on her card gives her that of member administrator at A2."""
    with working_as(system_actor("test")), transaction() as session:
        kind = FunctionType(
            organisation_id=federation.organisations["NL"], code="LA", name="Administratie", category="board", grants_role=ROLE["bram"]
        )
        user = User(username="fenna", email="fenna@bond.example", first_name="Fenna", last_name="", active=True, password=hashed_password())
        session.add_all([kind, user])
        session.flush()
        kind_id, user_id = kind.id, user.id
    card = federation.relation("A2", "Functie", first_name="Fenna")
    federation.holds(card, "A2", function_type_id=kind_id)
    with working_as(system_actor("test")), transaction() as session:
        place = federation.organisations["A2"]
        session.add(ContactPoint(organisation_id=place, relation_id=card, kind="email", value="fenna@bond.example"))
        session.add(FunctionAccount(user_id=user_id, relation_id=card, made_here=True))


def permissions(matrix: Matrix, who: str) -> frozenset[tuple[str, str]]:
    from flask import g

    if who == "nobody":
        return frozenset()
    client = matrix.web.client(who)
    with client:
        client.get("/")
        return g.access.permissions


def walk(matrix: Matrix, who: str, *, only_reads: bool = False) -> list[str]:
    """Make every probe of a persona and return what is wrong, in sentences."""
    matrix.go_back()
    place = matrix.place(who)
    client = matrix.web.anonymous() if who == "nobody" else matrix.web.client(who)
    prober = Prober(matrix.web.app, matrix.rows, who, permissions(matrix, who))
    before = foreign_rows(matrix, place)
    wrong: list[str] = []
    statuses: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for probe in prober.probes():
        if only_reads and probe.writes_own:
            continue
        # Refusals as JSON: the page around them is the same everywhere and looked at in test_requests.py.
        answer = client.open(probe.path, method=probe.method, data=probe.form or None, headers=PROGRAM)
        matrix.count[who, "probes"] += 1
        matrix.count[who, "own"] += answer.status_code == 200 and any(token in text_of(answer) for token in place.own_marks)
        wrong += judge(probe, answer, place, who)
        answer.close()  # a streamed answer keeps its transaction until then
        if probe.group:
            statuses[probe.endpoint, probe.group][probe.relation] = answer.status_code
    for (endpoint, group), found in statuses.items():
        missing = found.get("missing")
        for relation in ("sister", "foreign"):
            if relation in found and missing is not None and found[relation] != missing:
                wrong.append(f"{endpoint} {group}: a {relation} row answers {found[relation]}, a missing one {missing}")
    wrong += [f"no probe is made of {rule}: give its arguments a meaning in tests/security/probes.py" for rule in prober.unknown]
    after = foreign_rows(matrix, place)
    wrong += [f"rows of somebody else changed in {table}" for table in before if before[table] != after[table]]
    wrong += crossing_references(matrix, place)
    return [f"{who}: {sentence}" for sentence in wrong]


def text_of(answer: Any) -> str:
    """Return what an answer says; of a spreadsheet what stands in its parts."""
    content = answer.get_data()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"\n".join(parts.read(name) for name in parts.namelist())
    return content.decode(errors="replace")


def judge(probe: Probe, answer: Any, place: Place, who: str) -> list[str]:
    wrong = []
    text = text_of(answer)
    if answer.status_code >= 500:
        wrong.append(f"{answer.status_code} on {probe}")
    seen = sorted(token for token in place.marks if token in text)
    if seen:
        wrong.append(f"{probe} shows {seen}: …{text[max(0, text.index(seen[0]) - 80) : text.index(seen[0]) + 40]!r}")
    wrong += [f"{probe} shows {inside}" for inside in ("Traceback (most", "sqlite3.", "psycopg.", "sqlalchemy.exc") if inside in text]
    if who == "nobody" and probe.endpoint not in place.public and answer.status_code not in (401, 404):
        wrong.append(f"{probe} answers {answer.status_code} to who is not signed in")
    if "evil.example" in answer.headers.get("Location", ""):
        wrong.append(f"{probe} leads away to {answer.headers['Location']}")
    return wrong


def foreign_rows(matrix: Matrix, place: Place) -> dict[str, str]:
    """Return a print of the rows of somebody else, by table."""
    found = {}
    with matrix.web.as_("system"):
        for table in Model.metadata.sorted_tables:
            if "organisation_id" not in table.c or table.name == "number_series":
                continue
            rows = db.session.execute(select(table).where(table.c.organisation_id.not_in(place.own)).order_by(table.c.id)).all()
            found[table.name] = hashlib.sha256(repr(rows).encode()).hexdigest()
        organisations = Model.metadata.tables["organisation"]
        rows = db.session.execute(select(organisations).where(organisations.c.id.not_in(place.own)).order_by(organisations.c.id)).all()
        found["organisation"] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def crossing_references(matrix: Matrix, place: Place) -> list[str]:
    """Return where a row within reach points at a row of somebody else."""
    wrong = []
    with matrix.web.as_("system"):
        for table in Model.metadata.sorted_tables:
            if "organisation_id" not in table.c:
                continue
            for column in table.c:
                targets = {
                    key.column.table for key in column.foreign_keys if key.column.name == "id" and "organisation_id" in key.column.table.c
                }
                for target in targets:
                    other = target.alias()
                    crossing = select(table.c.id).where(
                        table.c.organisation_id.in_(place.own), column == other.c.id, other.c.organisation_id.not_in(place.readable)
                    )
                    if found := db.session.scalars(crossing).all():
                        wrong.append(f"{table.name} {found} point with {column.name} at rows of somebody else in {target.name}")
    return wrong


def report(wrong: list[str]) -> str:
    return f"{len(wrong)} wrong:\n" + "\n".join(wrong[:MOST_SHOWN])


@pytest.mark.parametrize("who", AROUND)
def test_every_route_keeps_to_its_own(matrix: Matrix, who: str) -> None:
    # What the national level writes is all its own: on one database that shows what it must, that nothing breaks.
    only_reads = who in MIRRORS or (who == "carla" and matrix.databases.kind == "postgresql")
    wrong = walk(matrix, who, only_reads=only_reads)
    print(f"{who}: {matrix.count[who, 'probes']} probes, {matrix.count[who, 'own']} showed own rows")
    assert not wrong, report(wrong)
    assert (matrix.count[who, "own"] >= 10) is (who != "nobody"), "the probes see too little, or too much"


@pytest.mark.parametrize(
    "who", ["anna", "bram", "els", "peter"]
)  # to the national level nothing is foreign; who mirrors another adds nothing
@pytest.mark.parametrize("wall", ["session", "database"])
def test_on_postgresql_each_wall_suffices_alone(matrix: Matrix, monkeypatch: pytest.MonkeyPatch, wall: str, who: str) -> None:
    if matrix.databases.kind == "sqlite":
        return  # SQLite knows no reader: there the database guards writes, and the session guards reads
    if wall == "session":
        scope.remove()
    else:
        lifted = scope._postgresql_scope
        monkeypatch.setattr(
            scope, "_postgresql_scope", lambda actor, connection: lifted(actor, connection) + "; SET LOCAL app.system = 'on'"
        )
    try:
        wrong = walk(matrix, who, only_reads=who != "anna")
    finally:
        scope.install()
    assert not wrong, report(wrong)


def test_who_looks_along_reads_what_the_other_may_see_and_changes_nothing(matrix: Matrix) -> None:
    may = permissions(matrix, "bram")
    matrix.go_back()
    with matrix.web.as_("system"), transaction() as session:
        session.execute(update(User).where(User.username == "carla").values(last_name="Landelijk"))  # her own name may be on the page
    carla = matrix.web.signed_in("carla")
    places, bram = matrix.web.federation.organisations, matrix.rows["ab_user"]["A1"]
    assert carla.post(f"/meekijken/{bram}", data={"place": places["A1"], "own_password": PASSWORD}).status_code == 302
    place, before = matrix.place("bram"), foreign_rows(matrix, Place(set(), set(), set(), set(), set()))
    wrong = []
    for probe in Prober(matrix.web.app, matrix.rows, "bram", may).probes():
        answer = carla.open(probe.path, method=probe.method, data=probe.form or None, headers=PROGRAM)
        wrong += judge(probe, answer, place, "bram")
        if probe.method == "POST" and answer.status_code not in (403, 404):
            wrong.append(f"{answer.status_code} on {probe}")
        if answer.headers.get("Content-Disposition", "").startswith("attachment"):
            wrong.append(f"a file on {probe}")
        answer.close()
    after = foreign_rows(matrix, Place(set(), set(), set(), set(), set()))
    wrong += [f"rows changed in {table}" for table in before if before[table] != after[table] and table != "audit_record"]
    assert not wrong, report(wrong)


def test_the_matrix_sees_a_leak(matrix: Matrix) -> None:
    """With the only guard of reading taken away on SQLite, and both on PostgreSQL, the same probes must cry out."""
    scope.remove()
    lifted, scope._postgresql_scope = scope._postgresql_scope, _everything
    try:
        wrong = walk(matrix, "els", only_reads=True)
    finally:
        scope._postgresql_scope = lifted
        scope.install()
    assert len([sentence for sentence in wrong if " shows " in sentence]) > 20, report(wrong)


def _everything(_actor: Any, _connection: Any) -> str:
    return "SET LOCAL app.system = 'on'"


def test_every_page_asks_for_a_permission_or_says_why_not(matrix: Matrix) -> None:
    from security.web import is_guarded

    views = {view.endpoint: view for view in matrix.web.app.appbuilder.baseviews}
    open_pages = []
    for rule in matrix.web.app.url_map.iter_rules():
        view = views.get(rule.endpoint.partition(".")[0])
        if rule.endpoint in PUBLIC or rule.endpoint in FOR_EVERYONE or getattr(view, "is_public", False):
            continue
        if not is_guarded(view, rule.endpoint):
            open_pages.append(rule.endpoint)
    closed_for_all = {"LocaleView.index"}  # one language: nobody needs it
    assert set(open_pages) - closed_for_all == {f"{matrix.web.app.appbuilder.indexview.__name__}.index"}
