"""Sensitive fields that not everybody who sees a row may see: which columns they are, and which screens are about nothing else.

A right on a field is a permission like any other (`can_see` on its name), so that roles give it. Screens leave the columns out of lists,
filters, order, cards, forms, files and history (`views/base.py`); a screen that is about the field itself is closed altogether.
"""

from __future__ import annotations

from collections.abc import Iterable

Pair = tuple[str, str]
SEE = "can_see"
# Name of the field -> name of its permission, and its columns by table.
FIELDS: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "iban": (
        "IbanField",
        {
            "relation_account": ("iban", "bic"),
            "mandate": ("iban", "bic", "original_iban"),
            "collection": ("iban", "bic", "original_iban"),
            "enrollment": ("iban",),
            "statement_line": ("counter_iban", "raw"),
            "match_rule": ("iban",),
        },
    ),
    "birth_date": ("BirthDateField", {"relation": ("birth_date",), "enrollment": ("birth_date",)}),
    "notes": ("NotesField", {"relation": ("remarks",), "function_term": ("remarks",), "enrollment": ("remarks",)}),
}
# What shows a field as a whole: closed to who may not see it. A permission of None is all of the screen.
ABOUT: dict[str, tuple[tuple[str | None, str], ...]] = {
    "iban": (
        (None, "RelationAccountView"),
        (None, "BankReconciliationView"),
        (None, "EnrollmentAcceptanceView"),
        ("can_download", "DebitBatchView"),
        ("can_download", "BankStatementView"),
    ),
    "birth_date": ((None, "EnrollmentAcceptanceView"),),
    "notes": ((None, "EnrollmentAcceptanceView"),),
}


def pairs() -> set[Pair]:
    """Return the permissions of all sensitive fields."""
    return {(SEE, permission) for permission, _columns in FIELDS.values()}


def hidden_from(permissions: Iterable[Pair]) -> frozenset[str]:
    """Return the sensitive fields that somebody with these permissions may not see."""
    held = set(permissions)
    return frozenset(name for name, (permission, _columns) in FIELDS.items() if (SEE, permission) not in held)


def without_closed(permissions: frozenset[Pair]) -> frozenset[Pair]:
    """Return the permissions without those on what is about a field that they do not open."""
    closed = {place for name in hidden_from(permissions) for place in ABOUT[name]}
    if not closed:
        return permissions
    return frozenset(pair for pair in permissions if pair not in closed and (None, pair[1]) not in closed)


def hidden_columns(table: str, hidden: frozenset[str]) -> frozenset[str]:
    """Return which columns of a table these fields are."""
    return frozenset(column for name in hidden for column in FIELDS[name][1].get(table, ()))
