"""Every table has its organisation, its guards and a Dutch face."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask_appbuilder import Model
from flask_migrate import check
from sqlalchemy import Float, Numeric

import app.models  # noqa: F401
from app.kernel.db import Cents
from security.scope import kind_of

ROOT = Path(__file__).parents[2]
MAPPED = {mapper.class_.__tablename__: mapper.class_ for mapper in Model.registry.mappers if hasattr(mapper.class_, "__tablename__")}


def test_every_table_has_its_organisation_or_a_reason() -> None:
    unknown = [name for name, mapped in MAPPED.items() if kind_of(mapped) == "unknown"]
    assert not unknown, f"{unknown}: make it Owned, Shared or OfRelation, or name it with its reason in security/scope.py"


def test_every_scoped_table_is_guarded_by_the_database() -> None:
    guarded = set(re.findall(r'"([a-z_]+)"', "".join(path.read_text() for path in (ROOT / "app/migrations/versions").glob("0*.py"))))
    bare = [name for name, mapped in MAPPED.items() if kind_of(mapped) != "unscoped" and name not in guarded]
    assert not bare, f"{bare}: list the table in a migration with its kind, so that wall 2 stands around it"


def test_migrations_make_exactly_the_models(app: Flask) -> None:
    check()


def test_who_has_no_key_to_its_organisation_hangs_on_a_row_that_has() -> None:
    def proves(name: str) -> bool:
        table = MAPPED[name].__table__
        if any(key.column.table.name == "organisation" for key in table.c.organisation_id.foreign_keys):
            return True
        through = [key for key in table.foreign_key_constraints if key.info.get("proves_organisation")]
        own = [{one.parent.name: one.column.name for one in key.elements} for key in through]
        return any(
            names["organisation_id"] == "organisation_id"
            and not any(table.c[name].nullable for name in names)
            and proves(key.referred_table.name)
            for key, names in zip(through, own, strict=True)
        )

    owned = [name for name, mapped in MAPPED.items() if kind_of(mapped) in ("owned", "shared", "of_relation")]
    bare = [name for name in owned if not proves(name)]
    assert len(owned) > 40
    assert not bare, f"{bare}: nothing proves that the organisation exists"


def test_money_is_whole_cents() -> None:
    wrong = [
        f"{name}.{column.name}"
        for name, mapped in MAPPED.items()
        if not name.startswith("ab_")
        for column in mapped.__table__.columns
        if isinstance(column.type, Float | Numeric) or (column.name.endswith("_cents") != isinstance(column.type, Cents))
    ]
    assert not wrong, f"{wrong}: amounts are Cents and end in _cents; nothing else is"


def test_every_row_says_what_it_is() -> None:
    silent = [name for name, mapped in MAPPED.items() if not name.startswith("ab_") and "__str__" not in mapped.__dict__]
    assert not silent, f"{silent}: give the model a __str__ that a user recognises"
