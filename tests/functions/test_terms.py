"""The rules of functions as tables."""

from __future__ import annotations

from datetime import date

import pytest

from app.functions import terms
from app.functions.terms import Card, Held, Place, TypeTerms
from app.kernel.errors import DomainError
from app.kernel.periods import Period

TODAY = date(2026, 11, 22)
ZUTPHEN = Place(19, "Afdeling Zutphen", "department", "/1/4/19/")
LOCHEM = Place(20, "Afdeling Lochem", "department", "/1/4/20/")
GOUDA = Place(30, "Afdeling Gouda", "department", "/1/5/30/")
GELDERLAND = Place(4, "Gelderland", "province", "/1/4/")
MEMBER, YOUTH, BOARD, MAGAZINE = 1, 2, 3, 4
BAS = Card("Boksmeer, Bas van", date(2010, 6, 1))


def day(text: str) -> date:
    return date.fromisoformat(text)


def held(
    type_id: int = MEMBER, at: Place = ZUTPHEN, first: str = "2020-01-01", last: str | None = None, term_id: int = 1, **values
) -> Held:
    name = {MEMBER: "Lid", YOUTH: "Jeugdlid", BOARD: "Bestuurslid", MAGAZINE: "Blad"}[type_id]
    return Held(term_id, type_id, name, at.organisation_id, at.name, day(first), day(last) if last else None, **values)


def member(**values) -> TypeTerms:
    return TypeTerms(MEMBER, "Lid", True, ("department",), **values)


START = [
    # what stands, type, place, from, until, refusal
    ("nothing", [], member(), ZUTPHEN, "2026-12-01", None, None),
    ("wrong level", [], member(), GELDERLAND, "2026-12-01", None, "function_wrong_level"),
    ("type out of use", [], member(is_active=False), ZUTPHEN, "2026-12-01", None, "function_type_inactive"),
    ("held now", [held()], member(), ZUTPHEN, "2026-12-01", None, "function_overlaps"),
    ("held elsewhere", [held(at=LOCHEM)], member(), ZUTPHEN, "2026-12-01", None, None),
    ("ended the day before", [held(last="2026-11-30")], member(), ZUTPHEN, "2026-12-01", None, None),
    ("ends that very day", [held(last="2026-12-01")], member(), ZUTPHEN, "2026-12-01", None, "function_overlaps"),
    ("begins later than this ends", [held(first="2027-06-01")], member(), ZUTPHEN, "2026-12-01", "2027-05-31", None),
    ("begins before this ends", [held(first="2027-05-31")], member(), ZUTPHEN, "2026-12-01", "2027-05-31", "function_overlaps"),
    ("too young", [], member(minimum_age=18), ZUTPHEN, "2026-12-01", None, "function_too_young"),
    ("old enough that day", [], member(minimum_age=18), ZUTPHEN, "2028-06-01", None, None),
    ("too old", [], member(maximum_age=15), ZUTPHEN, "2026-12-01", None, "function_too_old"),
    ("grants rights in the past", [], member(grants_role=True), ZUTPHEN, "2026-11-21", None, "function_starts_in_past"),
    ("grants rights today", [], member(grants_role=True), ZUTPHEN, "2026-11-22", None, None),
    ("must be youth member first", [], member(must_hold_first_id=YOUTH, must_hold_first_name="Jeugdlid"), ZUTPHEN, "2026-12-01", None, "function_must_hold_first"),
    ("is youth member then", [held(YOUTH)], member(must_hold_first_id=YOUTH), ZUTPHEN, "2026-12-01", None, None),
    ("was youth member", [held(YOUTH, last="2026-11-30")], member(must_hold_first_id=YOUTH), ZUTPHEN, "2026-12-01", None, "function_must_hold_first"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "stands", "wanted", "at", "first", "last", "refusal"), START, ids=[row[0] for row in START])
def test_a_function_may_begin(what, stands, wanted, at, first, last, refusal):
    period = Period(day(first), day(last) if last else None)
    if refusal is None:
        terms.check_start(wanted, at, period, BAS, stands, TODAY)
        return
    with pytest.raises(DomainError) as refused:
        terms.check_start(wanted, at, period, BAS, stands, TODAY)
    assert refused.value.code == refusal
    assert refused.value.parameters["field"]


def test_required_fields_are_named_in_one_sentence():
    card = Card("Bas", missing=frozenset({"birth_date", "email", "iban"}))
    with pytest.raises(DomainError, match=r"nog een geboortedatum en een e-mailadres nodig\. Vul dat eerst aan"):
        terms.check_start(member(required_fields=("birth_date", "email")), ZUTPHEN, Period(TODAY), card, [], TODAY)


def test_who_died_gets_no_function():
    with pytest.raises(DomainError, match="overleden op 01-02-2026"):
        terms.check_start(member(), ZUTPHEN, Period(TODAY), Card("Bas", deceased_on=day("2026-02-01")), [], TODAY)


END = [
    ("2026-11-22", False, None),
    ("2026-12-31", False, None),
    ("2026-11-21", False, "function_ends_in_past"),
    ("2026-11-21", True, None),
    ("2019-12-31", True, "function_ends_before_start"),
]


@pytest.mark.parametrize(("last", "in_past", "refusal"), END)
def test_a_function_may_end_today_or_later_or_earlier_with_the_right(last, in_past, refusal):
    if refusal is None:
        terms.check_end(held(), day(last), TODAY, in_past)
        return
    with pytest.raises(DomainError) as refused:
        terms.check_end(held(), day(last), TODAY, in_past)
    assert refused.value.code == refusal


def test_what_stops_with_a_function_ends_with_the_last_of_its_kind():
    this = held(term_id=1)
    magazine = held(MAGAZINE, term_id=2, stops_with_id=MEMBER)
    board = held(BOARD, term_id=3, must_hold_first_id=MEMBER)
    ended = held(MAGAZINE, last="2025-01-01", term_id=4, stops_with_id=MEMBER)
    last_day = day("2026-12-31")
    assert terms.follow_up(this, last_day, [this, magazine, board, ended]) == [magazine]
    assert terms.follow_up(this, last_day, [this, magazine, board], ends_related=True) == [magazine, board]
    assert terms.follow_up(this, last_day, [this, magazine, held(at=LOCHEM, term_id=9)]) == []


TRANSFER = [
    (LOCHEM, "2027-01-01", False, None),
    (LOCHEM, "2026-11-22", False, None),
    (LOCHEM, "2026-11-21", False, "function_ends_in_past"),
    (ZUTPHEN, "2027-01-01", False, "transfer_same_place"),
    (GOUDA, "2027-01-01", False, "transfer_other_province"),
    (GOUDA, "2027-01-01", True, None),
    (GELDERLAND, "2027-01-01", False, "function_wrong_level"),
    (LOCHEM, "2020-01-01", False, "transfer_before_start"),
]


@pytest.mark.parametrize(("target", "first", "is_national", "refusal"), TRANSFER)
def test_a_membership_moves_within_its_province_and_further_only_nationally(target, first, is_national, refusal):
    if refusal is None:
        terms.check_transfer(held(), member(), ZUTPHEN, target, day(first), TODAY, is_national)
        return
    with pytest.raises(DomainError) as refused:
        terms.check_transfer(held(), member(), ZUTPHEN, target, day(first), TODAY, is_national)
    assert refused.value.code == refusal


@pytest.mark.parametrize(
    ("from_day", "charged", "refusal"),
    [
        ("2027-01-01", "2026-12-31", None),
        ("2026-12-31", "2026-12-31", "change_inside_charged"),
        ("2026-12-31", None, None),
        ("2019-12-31", None, "change_outside_function"),
    ],
)
def test_a_price_changes_after_what_was_charged(from_day, charged, refusal):
    if refusal is None:
        terms.check_change(held(), day(from_day), day(charged) if charged else None)
        return
    with pytest.raises(DomainError) as refused:
        terms.check_change(held(), day(from_day), day(charged) if charged else None)
    assert refused.value.code == refusal


SPANS = [
    ([], (None, None)),
    ([("2020-01-01", None)], ("2020-01-01", None)),
    ([("2020-01-01", "2023-12-31"), ("2024-01-01", None)], ("2020-01-01", None)),  # moved to another department
    ([("2020-01-01", "2023-12-31"), ("2024-01-02", None)], ("2024-01-02", None)),  # came back
    ([("2020-01-01", "2023-12-31")], ("2020-01-01", "2023-12-31")),
    ([("2020-01-01", "2026-12-31"), ("2025-01-01", "2027-06-30")], ("2020-01-01", "2027-06-30")),  # two at once
    ([("2020-01-01", "2023-12-31"), ("2027-01-01", None)], ("2020-01-01", "2023-12-31")),  # comes back next year
    ([("2027-01-01", None)], ("2027-01-01", None)),
]


@pytest.mark.parametrize(("periods", "span"), SPANS)
def test_the_age_of_a_membership_runs_on_without_a_break(periods, span):
    days = [(day(first), day(last) if last else None) for first, last in periods]
    assert terms.membership_span(days, TODAY) == tuple(day(part) if part else None for part in span)
