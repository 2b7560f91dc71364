"""Every table with a way to a card is declared, or left out with its reason; every column of a declared table has a name or is hidden."""

from __future__ import annotations

from flask_appbuilder import Model

import app.models  # noqa: F401
import security.models  # noqa: F401
from app.privacy.person import ALWAYS_HIDDEN, BY_TABLE, NOT_OF_A_PERSON, PERSON

TABLES = Model.metadata.tables


def ways_to(table: str) -> set[str]:
    """Return every table from which references lead to a table, at one step or more."""
    found = {table}
    while more := {
        one.name for one in TABLES.values() if one.name not in found and any(key.column.table.name in found for key in one.foreign_keys)
    }:
        found |= more
    return found


def test_every_table_with_a_way_to_a_card_is_declared_or_left_out_with_a_reason() -> None:
    of_accounts = {name for name in ways_to("ab_user") if not name.startswith("ab_")}
    unsaid = (ways_to("relation") | of_accounts) - set(BY_TABLE) - set(NOT_OF_A_PERSON)
    assert not unsaid, f"{sorted(unsaid)}: say in app/privacy/person.py what is kept there of a person, or why nothing is"
    assert not set(BY_TABLE) & set(NOT_OF_A_PERSON)
    assert all(NOT_OF_A_PERSON.values())
    assert {*BY_TABLE, *NOT_OF_A_PERSON} <= set(TABLES), "a table that is no longer there"


def test_every_column_has_a_name_in_the_export_or_is_hidden() -> None:
    wrong = []
    for kept in PERSON:
        columns = {column.name for column in TABLES[kept.table].columns}
        said = {*kept.shown, *kept.hidden}
        wrong += [f"{kept.table}.{name} is not declared" for name in columns - said - ALWAYS_HIDDEN]
        wrong += [f"{kept.table}.{name} does not exist" for name in ({*said, *kept.wipe} - columns)]
    assert not wrong, "\n".join(sorted(wrong))


def test_what_stays_says_why() -> None:
    assert not [kept.table for kept in PERSON if kept.erase == "keep" and not kept.why]
    assert not [kept.table for kept in PERSON if kept.erase == "wipe" and not kept.wipe]
