"""Which requests the access matrix makes: from the URL map and from what each screen declares, so that it grows by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import inspect
from werkzeug.routing import Rule

from views.shapes import parts_of

MISSING = 999_999
HOSTILE = "q'%25\\"
RELATIONS = ("own", "child", "parent", "sister", "foreign", "missing")
# Where each persona works, and what lies around it.
AROUND = {
    "anna": {"own": "A", "child": "A1", "parent": "NL", "sister": "B", "foreign": "B1"},
    "bram": {"own": "A1", "parent": "A", "sister": "A2", "foreign": "B1"},
    "carla": {"own": "NL", "child": "A1"},
    "dirk": {"own": "B", "child": "B1", "parent": "NL", "sister": "A", "foreign": "A1"},
    "els": {"own": "A", "child": "A2", "parent": "NL", "sister": "B", "foreign": "B2"},
    "peter": {"own": "A", "child": "A1", "parent": "NL", "sister": "B", "foreign": "B1"},
    "fenna": {"own": "A2", "parent": "A", "sister": "A1", "foreign": "B1"},
    "nobody": {"foreign": "A1"},
}
# Routes that the generator leaves alone, each with its reason. Everything else is probed.
EXCEPTIONS = {
    "static": "files of the program",
    "appbuilder.static": "files of the program",
    "SignInView.logout": "ends the session that the other probes use; tests/security/test_signing_in.py",
    "LookAlongView.stop": "ends the looking along that other probes use; tests/security/test_looking_along.py",
    "AccountView.end": "ends a session that the other probes use; tests/security/test_own_account.py",
}
# Names in a rule that stand for a row, when they are not called `pk`.
ROW_NAMES = {
    "user_id": "ab_user",
    "run_id": "invoice_run",
    "enrollment_id": "enrollment",
    "statement_id": "bank_statement",
    "line_id": "statement_line",
}


@dataclass(frozen=True)
class Probe:
    """One request. `relation` says whose row it asks for; probes of one `group` differ in the row only."""

    endpoint: str
    method: str
    path: str
    relation: str = ""
    group: str = ""
    form: dict[str, Any] = field(default_factory=dict)
    writes_own: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path} [{self.relation or '-'}] {self.form or ''}"


class Prober:
    """Makes the probes of one persona."""

    def __init__(self, flask: Flask, rows: dict[str, dict[str, int]], who: str, may: frozenset[tuple[str, str]]) -> None:
        self.flask, self.rows, self.who, self.may = flask, rows, who, may
        self.views = {view.endpoint: view for view in flask.appbuilder.baseviews}
        self.unknown: set[str] = set()

    def probes(self) -> Iterator[Probe]:
        """Return every probe: those that change nothing of one's own first."""
        made = [probe for rule in self.flask.url_map.iter_rules() for probe in self._of(rule)]
        yield from (probe for probe in made if not probe.writes_own)
        yield from (probe for probe in made if probe.writes_own)

    def row(self, table: str, relation: str) -> int | None:
        """Return a row of this table at the persona's own, parent, sister … organisation."""
        if relation == "missing":
            return MISSING
        code = AROUND[self.who].get(relation)
        if code is None:
            return None
        return self.rows.get(table, {}).get(code, 1 if relation == "own" else None)

    def _of(self, rule: Rule) -> Iterator[Probe]:
        if rule.endpoint in EXCEPTIONS:
            return
        view = self.views.get(rule.endpoint.partition(".")[0])
        method = rule.endpoint.rpartition(".")[2]
        verbs = [verb for verb in ("GET", "POST") if verb in (rule.methods or ())]
        generated = getattr(view, "lookups", None) is not None and hasattr(view, "list_columns")
        if generated and hasattr(self, f"_{method}"):
            # One probe is enough where the whole method is closed to this persona.
            found = getattr(self, f"_{method}")(view)
            yield from found if self._may_something(view, method) else _first_per_verb(found)
        elif rule.rule.startswith("/api/"):
            # Closed to every cookie before anything of it is looked at; tests/views/test_api.py walks it with tokens.
            yield from _first_per_verb(self._plain(rule, verbs))
        else:
            yield from self._plain(rule, verbs)

    def _may_something(self, view: Any, method: str) -> bool:
        if self.who == "nobody":
            return False
        if method in ("action", "action_post", "do"):
            return any((f"can_{name}", view.class_permission_name) in self.may for name in view.actions)
        return (f"can_{view.get_method_permission(method)}", view.class_permission_name) in self.may

    def _plain(self, rule: Rule, verbs: list[str]) -> Iterator[Probe]:
        """Probe a page of its own making: its arguments by name."""
        arguments = [name for name in rule.arguments if name not in (rule.defaults or {})]
        row_arguments = [name for name in arguments if name == "pk" or name in ROW_NAMES]
        view = self.views.get(rule.endpoint.partition(".")[0])
        table = getattr(getattr(getattr(view, "datamodel", None), "obj", None), "__tablename__", "relation")
        others = {name: "nl" if name == "locale" else "bestaat-niet" for name in arguments if name not in row_arguments}
        if [name for name in row_arguments if rule._converters[name].__class__.__name__ not in ("IntegerConverter", "UnicodeConverter")]:
            self.unknown.add(f"{rule.endpoint}: {rule.rule}")
            return
        for relation in RELATIONS if row_arguments else ("",):
            values = dict(others)
            for name in row_arguments:
                number = self.row(ROW_NAMES.get(name, table), relation)
                if number is None:
                    break
                values[name] = number
            else:
                with self.flask.test_request_context():
                    built = rule.build(values, append_unknown=False)
                if built is None:
                    self.unknown.add(f"{rule.endpoint}: {rule.rule}")
                    return
                for verb in verbs:
                    group = f"{verb} {rule.rule}" if row_arguments else ""
                    yield Probe(
                        rule.endpoint, verb, built[1], relation, group, writes_own=verb == "POST" and relation in ("own", "child", "")
                    )

    # ------------------------------------------------------------ generated screens

    def _rows_of(self, view: Any) -> Iterator[tuple[str, int]]:
        for relation in RELATIONS:
            number = self.row(view.datamodel.obj.__tablename__, relation)
            if number is not None:
                yield relation, number

    def _base(self, view: Any, rest: str) -> str:
        return f"{view.route_base}/{rest}"

    def _list(self, view: Any) -> Iterator[Probe]:
        name, endpoint = view.view_name, f"{view.endpoint}.list"
        queries = ["", f"_oc_{name}=organisation_id&_od_{name}=asc", f"_oc_{name}=bestaat.niet&_od_{name}=desc", f"page_{name}=x"]
        queries += [f"psize_{name}=100000&page_{name}=40000", "_flt_9_bestaat_niet=1"]
        for index in range(2):  # all columns at once: each still becomes part of the statement
            values = {column: self.row(self._target(view, column), "foreign") for column in view.search_columns}
            queries.append("&".join(f"_flt_{index}_{column}={value or HOSTILE}" for column, value in values.items()))
        for query in queries:
            yield Probe(endpoint, "GET", self._base(view, f"list/?{query}"))

    def _export(self, view: Any) -> Iterator[Probe]:
        yield Probe(f"{view.endpoint}.export", "GET", self._base(view, "export"))

    def _lookup(self, view: Any) -> Iterator[Probe]:
        for key in [*view.lookups, "bestaat_niet"]:
            found = view.lookups.get(key)
            term = "qo" if found and found.minimum else "q"  # the beginning of every mark
            yield Probe(f"{view.endpoint}.lookup", "GET", self._base(view, f"lookup/{key}?term={term}"))

    def _show(self, view: Any) -> Iterator[Probe]:
        for relation, number in self._rows_of(view):
            yield Probe(f"{view.endpoint}.show", "GET", self._base(view, f"show/{number}"), relation, "show")
        yield Probe(f"{view.endpoint}.show", "GET", self._base(view, f"show/{'9' * 20}"))

    def _file(self, view: Any) -> Iterator[Probe]:
        for name in [*view.downloads(), "bestaat_niet"]:
            for relation, number in self._rows_of(view):
                yield Probe(f"{view.endpoint}.file", "GET", self._base(view, f"file/{name}/{number}"), relation, f"file {name}")

    def _edit(self, view: Any) -> Iterator[Probe]:
        endpoint = f"{view.endpoint}.edit"
        for relation, number in self._rows_of(view):
            yield Probe(endpoint, "GET", self._base(view, f"edit/{number}"), relation, "edit")
        for relation, number in self._rows_of(view):
            own = relation in ("own", "child")
            for form in (self._form(view, view.edit_columns, "foreign"), self._form(view, view.edit_columns, "own")):
                yield Probe(endpoint, "POST", self._base(view, f"edit/{number}"), relation, "edit post", form, writes_own=own)

    def _add(self, view: Any) -> Iterator[Probe]:
        endpoint = f"{view.endpoint}.add"
        yield Probe(endpoint, "GET", self._base(view, "add"))
        related = [column for column in view.add_columns if column in view.lookups]
        foreign = "&".join(f"{column}={self.row(self._target(view, column), 'foreign')}" for column in related)
        yield Probe(endpoint, "GET", self._base(view, f"add?{foreign}&terug=//evil.example"))
        for form in (self._form(view, view.add_columns, "foreign"), self._form(view, view.add_columns, "own")):
            yield Probe(endpoint, "POST", self._base(view, "add"), form=form, writes_own=True)
        for one in related:
            form = {**self._form(view, view.add_columns, "own"), one: self.row(self._target(view, one), "foreign") or MISSING}
            yield Probe(endpoint, "POST", self._base(view, "add"), form=form, writes_own=True)
        yield from self._add_kinds(view, endpoint, related)

    def _add_kinds(self, view: Any, endpoint: str, related: list[str]) -> Iterator[Probe]:
        """Probe the form of each kind of row: it has fields of its own, some of which point at rows."""
        kinds = view.kinds
        for code in [*kinds.words, "bestaat_niet"] if kinds else ():
            path = self._base(view, f"add?{kinds.column}={code}")
            yield Probe(endpoint, "GET", path)
            shape = kinds.shape(code)
            for whose in ("foreign", "own"):
                form = {name: value for name, value in self._form(view, view.add_columns, whose).items() if name != kinds.shaped}
                form |= {one: self.row(self._target(view, one), "own") or MISSING for one in related}
                for part in parts_of(kinds.shaped, shape) if shape else ():
                    setting = shape.schema().fields.get(part.partition(".")[2])
                    rows = view.references.rows.get(getattr(setting, "of", ""))
                    form[part] = self.row(rows.model.__tablename__, whose) or MISSING if rows else "3"
                yield Probe(endpoint, "POST", path, form=form, writes_own=True)

    def _delete(self, view: Any) -> Iterator[Probe]:
        for relation, number in self._rows_of(view):
            own = relation in ("own", "child")
            yield Probe(f"{view.endpoint}.delete", "POST", self._base(view, f"delete/{number}"), relation, "delete", writes_own=own)

    def _action(self, view: Any) -> Iterator[Probe]:
        for name in [*view.actions, "bestaat_niet"]:
            for relation, number in self._rows_of(view):
                path = self._base(view, f"action/{name}/{number}")
                yield Probe(f"{view.endpoint}.action", "GET", path, relation, f"action {name}")
                own = relation in ("own", "child")
                yield Probe(f"{view.endpoint}.action", "POST", path, relation, f"action post {name}", {"answered": "1"}, writes_own=own)

    def _action_post(self, view: Any) -> Iterator[Probe]:
        endpoint, path = f"{view.endpoint}.action_post", self._base(view, "action_post")
        table = view.datamodel.obj.__tablename__
        own, foreign = self.row(table, "own"), self.row(table, "foreign")
        for name in [*view.actions, "bestaat_niet"]:
            if own and foreign:
                form = {"action": name, "rowid": [own, foreign], "answered": "1"}
                yield Probe(endpoint, "POST", path, "foreign", f"action_post {name}", form)
                yield Probe(endpoint, "POST", path, "missing", f"action_post {name}", {**form, "rowid": [own, MISSING]})
            yield Probe(
                endpoint, "POST", path, form={"action": name, "all_rows": "1", "query": "_flt_0_id=x", "answered": "1"}, writes_own=True
            )
        yield Probe(endpoint, "POST", path, form={"action": "x", "rowid": ["x", "-1", "9" * 30]})

    def _do(self, view: Any) -> Iterator[Probe]:
        for name in [*view.actions, "bestaat_niet"]:
            yield Probe(f"{view.endpoint}.do", "GET", self._base(view, f"do/{name}"))
            yield Probe(f"{view.endpoint}.do", "POST", self._base(view, f"do/{name}"), form={"answered": "1"}, writes_own=True)

    def _target(self, view: Any, column: str) -> str:
        lookup = view.lookups.get(column)
        return lookup.model.__tablename__ if lookup else ""

    def _form(self, view: Any, columns: list[str], whose: str) -> dict[str, Any]:
        """Fill in a form: related fields with somebody's rows, the others with something of the right kind."""
        form: dict[str, Any] = {"version_seen": "1"}
        for column in columns:
            target = self._target(view, column)
            if target:
                form[column] = self.row(target, whose) or MISSING
            else:
                form[column] = _sample(view, column)
        return form


def _sample(view: Any, column: str) -> str:
    kinds = {"date": "01-03-2026", "cents": "12,50", "number": "3", "integer": "3", "boolean": "y", "datetime": "01-03-2026 12:00"}
    kind = view.kind(column)
    if kind == "choice":
        attribute = inspect(view.datamodel.obj).column_attrs.get(column)
        form = view.add_form or view.edit_form
        words = getattr(form, column, None)
        return next(iter(getattr(words, "kwargs", {}).get("words", {}) or {}), str(attribute and ""))
    return kinds.get(kind, "iets")


def _first_per_verb(probes: Iterator[Probe]) -> Iterator[Probe]:
    seen = set()
    for probe in probes:
        if probe.method not in seen and probe.relation in ("", "foreign"):
            seen.add(probe.method)
            yield probe
