"""Every line in its room: who may import whom, what may commit, how long a file may be. Each failure says where the line belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# From the ground up: a capability knows itself and what stands before it.
STACK = (
    "kernel", "organisations", "custom_fields", "relations", "groups", "consents", "background", "documents", "mail", "ledger", "functions", "contributions", "invoicing", "sepa", "bank",
    "enrollment", "data_quality", "reporting", "privacy",
)  # fmt: skip
EDGES = {"views", "jobs", "security", "run", "config", "translations"}
DATABASE_ROOMS = {"models", "queries", "usecases", "__init__"}
# Pure rooms know Python, the kernel and each other. These two touch the outside by name.
TOUCHES_OUTSIDE = {"app/mail/transport.py", "app/documents/pdf.py", "app/documents/pdf_child.py"}
OUTSIDE = {"sqlalchemy", "flask", "flask_appbuilder", "flask_babel", "smtplib", "socket", "requests", "subprocess"}
LONGEST = 400


def modules(top: str) -> list[Path]:
    return sorted(path for path in (ROOT / top).rglob("*.py") if "versions" not in path.parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively: write the whole name"
            module = node.module or ""
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def capability(path: Path) -> str:
    parts = path.relative_to(ROOT / "app").parts
    return parts[0] if len(parts) > 1 else ""


def room(path: Path) -> str:
    """Return models, queries, usecases, or the name of a rule; `usecases/` split into a package counts as usecases."""
    parts = path.relative_to(ROOT / "app" / capability(path)).parts
    return parts[0].removesuffix(".py") if len(parts) > 1 else path.stem


def test_app_never_imports_its_edges() -> None:
    bad = [
        f"{name(path)}:{line} imports {module}: app/ answers, the edges ask"
        for path in modules("app")
        if "migrations" not in path.parts and path.name != "command.py"
        for line, module in imports(path)
        if module.split(".")[0] in EDGES
    ]
    assert not bad, "\n".join(sorted(set(bad)))


def test_capabilities_only_look_down() -> None:
    bad = []
    for path in modules("app"):
        mine = capability(path)
        if mine not in STACK:
            continue
        for line, module in imports(path):
            parts = module.split(".")
            if parts[0] == "app" and len(parts) > 1 and parts[1] in STACK and STACK.index(parts[1]) > STACK.index(mine):
                bad.append(f"{name(path)}:{line} imports {module}: {mine} stands below {parts[1]} and may not know it")
    assert not bad, "\n".join(sorted(set(bad)))


def test_rules_are_pure() -> None:
    bad = []
    for path in modules("app"):
        if capability(path) in ("", "kernel", "migrations") or room(path) in DATABASE_ROOMS or name(path) in TOUCHES_OUTSIDE:
            continue
        for line, module in imports(path):
            parts = module.split(".")
            if parts[0] in OUTSIDE or (
                parts[0] == "app"
                and (set(parts[2:]) & {"models", "queries", "usecases"} or parts[2:3] in (["db"], ["unit_of_work"], ["clock"]))
            ):
                bad.append(f"{name(path)}:{line} imports {module}: a rule is given its facts; look up in queries.py, do in usecases.py")
    assert not bad, "\n".join(sorted(set(bad)))


def test_questions_never_write_and_only_use_cases_commit() -> None:
    bad = []
    for path in [*modules("app"), *modules("views"), *modules("jobs"), *modules("security")]:
        if name(path) in ("app/kernel/unit_of_work.py",):
            continue
        in_app = path.is_relative_to(ROOT / "app")
        may_open = not in_app or room(path) == "usecases" or capability(path) == "kernel"
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "commit":
                bad.append(f"{name(path)}:{node.lineno} commits: one action is one transaction(), which commits once")
            if called in ("transaction", "savepoint") and not may_open:
                bad.append(f"{name(path)}:{node.lineno} opens {called}(): doing belongs in usecases.py")
            if (
                in_app
                and room(path) == "queries"
                and called in ("insert", "update", "delete", "add", "insert_rows", "flush")
                and not isinstance(node.func, ast.Name)
            ):
                owner = node.func.value
                if isinstance(owner, ast.Attribute) and owner.attr == "session":
                    bad.append(f"{name(path)}:{node.lineno} writes: a question never does")
    assert not bad, "\n".join(sorted(set(bad)))


def test_only_the_clock_reads_the_clock() -> None:
    bad = []
    for top in ("app", "views", "jobs", "security"):
        for path in modules(top):
            if name(path) == "app/kernel/clock.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                reads = isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow") and isinstance(node.value, ast.Name)
                if reads and node.value.id in ("date", "datetime", "dt"):
                    bad.append(f"{name(path)}:{node.lineno} reads the clock: ask app.kernel.clock, or take today as an argument")
    assert not bad, "\n".join(bad)


def test_no_room_for_what_has_no_name() -> None:
    unnamed = {"utils", "util", "helpers", "helper", "common", "manager_base", "misc"}
    bad = [name(path) for top in ("app", "views", "jobs", "security") for path in modules(top) if path.stem in unnamed]
    assert not bad, f"{bad}: a name is missing, not a drawer"


@pytest.mark.parametrize("top", ["app", "views", "jobs", "security"])
def test_a_file_is_one_thought(top: str) -> None:
    long = {name(path): lines for path in modules(top) if (lines := len(path.read_text().splitlines())) > LONGEST}
    assert not long, f"{long}: over {LONGEST} lines there are two thoughts in a file"
