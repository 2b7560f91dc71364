"""Custom fields are added, changed and taken away without leaving a card or a name behind."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.custom_fields import usecases
from app.custom_fields.models import CustomField
from app.custom_fields.queries import chain_of, fields_at
from app.kernel.db import db
from app.kernel.errors import DomainError
from app.kernel.models import AuditRecord
from app.relations.models import Relation
from app.relations.usecases import change_relation
from tests.federation import Federation


def nowhere(_holder: str, _code: str, _organisation_id: int) -> list[str]:
    return []


def add(federation: Federation, at: str = "A", who: str = "system", **values: Any) -> int:
    given = {"holder": "relation", "code": "maat", "label": "Maat", "kind": "choice", "choices": ["S", "XL"], **values}
    with federation.as_(who):
        return usecases.add_field(federation.organisations[at], built_in={"age"}, **given)


@pytest.mark.parametrize(
    ("at", "values", "code", "field"),
    [
        ("A", {}, "code_taken", "code"),
        ("A1", {}, "code_taken", "code"),  # below: there both would hold
        ("NL", {}, "code_taken", "code"),  # above
        ("A", {"code": "age"}, "code_taken", "code"),
        ("A", {"code": "Één"}, "code_wrong", "code"),
        ("A", {"code": "x", "label": " "}, "field_required", "label"),
        ("A", {"code": "x", "kind": "olifant"}, "kind_unknown", "kind"),
        ("A", {"code": "x", "holder": "olifant"}, "kind_unknown", "holder"),
        ("A", {"code": "x", "choices": []}, "choices_wrong", "choices"),
    ],
)
def test_a_field_that_cannot_be_is_refused_at_its_place(
    federation: Federation, at: str, values: dict[str, Any], code: str, field: str
) -> None:
    add(federation)
    with pytest.raises(DomainError) as refusal:
        add(federation, at, **values)
    assert (refusal.value.code, refusal.value.parameters["field"]) == (code, field)


def test_beside_each_other_and_on_other_holders_a_code_is_free(federation: Federation) -> None:
    add(federation)
    add(federation, "B")
    add(federation, holder="function")
    with federation.as_("system"):
        assert len(fields_at(chain_of(federation.organisations["A1"]))) == 2


def test_what_is_filled_in_keeps_its_kind_its_choices_and_its_field(federation: Federation) -> None:
    number = add(federation)
    card = federation.relation("A1", custom_values={str(number): "XL"})
    with federation.as_("A"):
        for attempt, field in (
            (lambda: usecases.change_field(number, nowhere, kind="text", choices=[]), "kind"),
            (lambda: usecases.change_field(number, nowhere, choices=["S", "M"]), "choices"),
        ):
            with pytest.raises(DomainError) as refusal:
                attempt()
            assert (refusal.value.code, refusal.value.parameters["field"]) == ("field_filled_in", field)
        with pytest.raises(DomainError, match="is op 1 kaart ingevuld"):
            usecases.remove_field(number, nowhere)
        usecases.change_field(number, nowhere, choices=["M", "XL"], code="kledingmaat")
        assert db.session.get_one(Relation, card).custom_values == {str(number): "XL"}  # a value stands under the number, not the code


def test_several_choices_in_use_are_found_one_by_one(federation: Federation) -> None:
    number = add(federation, kind="choices", choices=["é", "S", "XL"])
    federation.relation("A1", custom_values={str(number): ["é", "S"]})
    with federation.as_("A"):
        usecases.change_field(number, nowhere, choices=["é", "S"])
        with pytest.raises(DomainError, match="Keuze “é” staat nog op een kaart"):
            usecases.change_field(number, nowhere, choices=["S"])


def test_values_are_wiped_and_then_the_field_can_go(federation: Federation) -> None:
    number, other = add(federation), add(federation, code="ander")
    cards = [federation.relation("A1", custom_values={str(number): "XL", str(other): "S"}) for _ in range(3)]
    federation.relation("A1")
    with federation.as_("A"):
        assert usecases.clear_values(number, nowhere) == 3
        assert usecases.clear_values(number, nowhere) == 0
        assert {db.session.get_one(Relation, card).custom_values[str(other)] for card in cards} == {"S"}
        assert {db.session.get_one(Relation, card).version for card in cards} == {2}
        usecases.remove_field(number, nowhere)
        assert db.session.scalars(select(CustomField.id)).all() == [other]
        actions = db.session.scalars(select(AuditRecord.action).where(AuditRecord.table_name == "custom_field")).all()
        assert {"clear_values", "delete"} <= set(actions)


def test_a_change_of_a_value_is_in_the_trail(federation: Federation) -> None:
    number = add(federation)
    card = federation.relation("A1")
    with federation.as_("bram"):
        change_relation(card, custom_values={str(number): "XL"})
    with federation.as_("A"):
        changes = db.session.scalar(select(AuditRecord.changes).where(AuditRecord.row_id == card, AuditRecord.action == "update"))
        assert changes["custom_values"] == [{}, {str(number): "XL"}]


def test_a_field_of_another_province_is_not_there(federation: Federation) -> None:
    number = add(federation, "B")
    with federation.as_("A"):
        for attempt in (
            lambda: usecases.change_field(number, nowhere, label="x"),
            lambda: usecases.remove_field(number, nowhere),
            lambda: usecases.clear_values(number, nowhere),
        ):
            with pytest.raises(DomainError) as refusal:
                attempt()
            assert refusal.value.code == "not_found"
