"""Random whole settings and facts, drawn from what the kinds and the facts declare themselves, so that a new one takes part by itself.

The settings of a kind are drawn from its schema; where a schema asks for one thing out of several, `FITTED` chooses. Facts are drawn by their
type, or by `FACTS` where a type says too little.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, get_type_hints

import marshmallow as ma
from hypothesis import strategies as st
from marshmallow import validate

from app.contributions.adjustments import KINDS, load
from app.contributions.adjustments.settings import Choice, Day, DiscountFields, Number, Rows, Share, Text, Whole, YesNo
from app.contributions.facts import AdjustmentTerms, ChargePeriod, ContributionTerms, MemberFacts, RuleTerms, SeasonTerms, TierTerms
from app.contributions.pricing import PriceList
from app.kernel.errors import DomainError

SEASON = SeasonTerms(26, "2026", date(2026, 1, 1), date(2026, 12, 31))
YEAR = ChargePeriod(SEASON.first_day, SEASON.last_day)
PERIODS = (YEAR, YEAR._replace(is_first=True), ChargePeriod(date(2026, 4, 1), date(2026, 6, 30), True, 61, 91, "day"))
FIELDS = ("person.honorary", "person.age", "function.factor")
FORMULAS = ("{person.age} * 2", "if({person.honorary}; 0; 12,50)", "25", "{function.factor} + 10", "100 / {person.age}")
few = st.integers(1, 3)

# Texts that must be the name of something.
TEXTS: dict[str, st.SearchStrategy[str]] = {
    "field": st.sampled_from(FIELDS),
    "formula": st.sampled_from(FORMULAS),
    "method": st.sampled_from(("direct_debit", "transfer", "cash")),
    "country": st.sampled_from(("NL", "BE")),
    "postcode_from": st.sampled_from(("", "1000", "8000")),
    "postcode_to": st.sampled_from(("", "4999", "9999")),
    "also": st.sampled_from(sorted(code for code, kind in KINDS.items() if not kind.BESIDE)),
}
CHOSEN = {"condition": ("selection_id", "function_type_id", "function_category_id", "formula")}  # exactly one of these
OUTCOMES = ("discount_cents", "discount_basis_points", "replacement_cents")


def value_of(name: str, field: ma.fields.Field) -> st.SearchStrategy[Any]:
    """Return the values that a form field of a kind's settings may have."""
    if isinstance(field, Rows):
        return st.lists(value_of(name, field.inner), min_size=1, max_size=4)
    if isinstance(field, ma.fields.Nested):
        return schema_of(field.schema)
    if name in TEXTS:
        return TEXTS[name]
    if isinstance(field, YesNo):
        return st.booleans()
    if isinstance(field, Choice):
        return st.sampled_from(next(list(one.choices) for one in field.validators if isinstance(one, validate.OneOf)))
    if isinstance(field, Share):
        return st.integers(0, 10_000)
    if isinstance(field, Whole):
        return _whole(name, field)
    if isinstance(field, Number):
        return st.sampled_from((1, 5, "1,5", "2/3", 20, 5000))
    if isinstance(field, Day):
        return st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(str)
    if isinstance(field, Text):
        return st.sampled_from(("tekst", "100 % “é”"))
    raise AssertionError(f"No way to draw a {type(field).__name__} (“{name}”): say how in tests/contributions/whole.py.")


def _whole(name: str, field: ma.fields.Field) -> st.SearchStrategy[int]:
    ranges = [one for one in field.validators if isinstance(one, validate.Range)]
    if name.endswith("_id"):
        return few
    if ranges:
        least, most = ranges[0].min, ranges[0].max
        return st.integers(least, min(most, 4) if name == "number" else most)
    return st.integers(0, 10_000) if name == "table" else st.integers(-2_000, 20_000)


@st.composite
def schema_of(draw: st.DrawFn, schema: ma.Schema, kind: str = "") -> dict[str, Any]:
    """Return what somebody could have filled in."""
    found: dict[str, Any] = {}
    chosen = {draw(st.sampled_from(CHOSEN[kind]))} if kind in CHOSEN else set()
    if isinstance(schema, DiscountFields):
        chosen.add(draw(st.sampled_from([name for name in OUTCOMES if name in schema.fields])))
    apart = {*CHOSEN.get(kind, ()), *(OUTCOMES if isinstance(schema, DiscountFields) else ())}
    for name, field in schema.fields.items():
        if name in chosen or (name not in apart and (field.required or draw(st.booleans()))):
            found[name] = draw(value_of(name, field))
    if not found.get("postcode_from") or not found.get("postcode_to"):
        found.pop("postcode_from", None), found.pop("postcode_to", None)
    if kind == "short_period" and not found["variant"].endswith(("percentages", "amounts")):
        found.pop("table", None)
    if kind == "short_period" and found["variant"].endswith(("percentages", "amounts")):
        found["table"], found["counts_end"] = draw(st.lists(st.integers(0, 10_000), min_size=1, max_size=24)), False
    if "up_to" in found.get("rows", [{}])[0] or kind == "tiers":
        found["rows"] = [{"up_to": bound, "price": draw(st.integers(0, 9_000))} for bound in (10, 500, None)[draw(st.integers(0, 2)) :]]
    if "rows" in found and kind == "payment_method":
        found["rows"] = list({row["method"]: row for row in found["rows"]}.values())
    return found


def loadable(kind: str, settings: Mapping[str, Any]) -> bool:
    """Whether the kind takes these settings."""
    try:
        load(kind, settings)
    except DomainError:
        return False
    return True


def settings_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return settings that the kind takes."""
    return schema_of(KINDS[kind].Settings(), kind).filter(lambda found: loadable(kind, found))


def mostly(usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return the usual nine times out of ten."""
    return st.integers(0, 9).flatmap(lambda number: usual if number else rare)


@st.composite
def adjustments(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS), *, most: int = 5) -> tuple[AdjustmentTerms, ...]:
    """Return some steps of different kinds, some on a line of their own."""
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=most, unique=True))
    return tuple(
        AdjustmentTerms(
            place,
            kind,
            place,
            draw(settings_of(kind)),
            draw(st.sampled_from((None, None, 810))),
            draw(st.sampled_from(("", "met tekst"))),
            draw(st.booleans()),
        )
        for place, kind in enumerate(chosen, 1)
    )


@st.composite
def rules(draw: st.DrawFn, number: int, kinds: tuple[str, ...] = tuple(KINDS)) -> RuleTerms:
    """Return a rule of any sort."""
    amount: dict[str, Any] = draw(
        mostly(
            st.integers(0, 60_000).map(lambda cents: {"amount_cents": cents}),
            st.one_of(
                st.integers(-1_000, -1).map(lambda cents: {"amount_cents": cents}),
                st.sampled_from(FORMULAS).map(lambda text: {"formula": text}),
                st.just({"tiers": TierTerms("progressive", ((10, 500), (None, Fraction(1, 3))))}),
            ),
        )
    )
    steps = {"adjustments_of_id": draw(st.integers(1, number - 1))} if number > 1 and draw(st.booleans()) else {}
    if number == 1:  # one that holds for all
        return RuleTerms(1, "Regel 1", season_label="name_after", adjustments=draw(adjustments(kinds)), **amount)
    return RuleTerms(
        rule_id=number,
        description=f"Regel {number}",
        season_id=draw(st.sampled_from((26, 26, None))),
        valid_from=draw(st.sampled_from((None, date(2026, 2, 1)))),
        price_category_id=draw(st.sampled_from((None, None, 1, 2))),
        born_from=draw(st.sampled_from((None, date(1900, 1, 1), date(1985, 6, 1), date(2008, 1, 1)))),
        selection_id=draw(st.sampled_from((None, None, None, 1))),
        organisation_id=draw(st.sampled_from((None, None, None, 102))),
        season_label=draw(st.sampled_from(("none", "name_after", "period_before"))),
        blocks_family_discount=draw(st.sampled_from((False, False, True))),
        is_free=draw(st.sampled_from((False,) * 9 + (True,))),
        adjustments=() if steps else draw(adjustments(kinds)),
        **amount,
        **steps,
    )


@st.composite
def rule_lists(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS)) -> tuple[ContributionTerms, list[RuleTerms]]:
    """Return a contribution with one to four rules."""
    contribution = ContributionTerms(
        7, "Contributie", 800, draw(st.sampled_from((None, 1))), draw(mostly(st.none(), st.just(2))), draw(st.booleans())
    )
    return contribution, [draw(rules(number, kinds)) for number in range(1, draw(st.integers(1, 4)) + 1)]


def price_list(found: tuple[ContributionTerms, list[RuleTerms]], season: SeasonTerms = SEASON) -> PriceList:
    """Return the price list of a drawn contribution."""
    return PriceList.prepare(found[0], found[1], season, {102: 10, 10: 1, 1: None})


ids = st.frozensets(few, max_size=3)
starts = mostly(
    st.one_of(st.just(date(2020, 1, 1)), st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.dates(date(2025, 8, 1), date(2026, 1, 2))),
    st.one_of(st.none(), st.dates(date(2027, 1, 1), date(2027, 2, 1))),
)
field_values = mostly(st.one_of(st.booleans(), st.integers(0, 80), st.just(Fraction(3, 2))), st.sampled_from((None, "", "tekst")))
numbers = mostly(st.one_of(st.integers(1, 40), st.sampled_from((Fraction(5, 2), Fraction(2)))), st.sampled_from((None, -1, 0)))
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "organisation_id": st.sampled_from((10, 102)),
    "function_type_id": few,
    "first_day": starts,
    "last_day": mostly(st.one_of(st.none(), st.dates(date(2026, 6, 1), date(2027, 1, 31))), st.just(date(2025, 12, 31))),
    "born": mostly(st.dates(date(1930, 1, 1), date(2024, 12, 31)), st.none()),
    "price_category_id": st.sampled_from((None, 1, 2)),
    "payment_method": st.sampled_from(("direct_debit", "transfer")),
    "name": st.sampled_from(("An", "Bé", "Ko %s")),
    "quantity": mostly(st.integers(1, 4), st.integers(-1, 1)),
    "household_id": st.sampled_from((None, 1, 1, 2)),
    "fields": mostly(st.fixed_dictionaries(dict.fromkeys(FIELDS, field_values)), st.dictionaries(st.sampled_from(FIELDS), field_values)),
    "activities": st.lists(st.tuples(few, few, few), max_size=4).map(tuple),
    "team_amount_cents": st.sampled_from((None, None, 0, 4000)),
    "federation_number": st.sampled_from(("", "B-77")),
    "family_number": st.just(0),
    "family_before": st.just(()),
    "gift_cents": mostly(st.sampled_from((0, 1250)), st.just(-1)),
    "country": st.sampled_from(("NL", "BE")),
    "postcode": st.sampled_from(("", "1011 AB", "8899zz")),
}
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    str(bool): st.booleans(),
    str(int): few,
    str(int | None): st.one_of(st.none(), few),
    str(date | None): starts,
    str(str): st.sampled_from(("", "a")),
    str(frozenset[int]): ids,
    str(int | Fraction | None): numbers,
}


def fact(name: str, hint: Any) -> st.SearchStrategy[Any]:
    """Return the values that a fact may have."""
    found = FACTS[name] if name in FACTS else BY_TYPE.get(str(hint))
    assert found is not None, f"No way to draw the fact {name}: say how in tests/contributions/whole.py."
    return found


_OF_EACH = {name: fact(name, hint) for name, hint in get_type_hints(MemberFacts).items()}


@st.composite
def groups(draw: st.DrawFn, most: int = 8) -> list[MemberFacts]:
    """Return functions of a few relations in a few households; a relation has one birth date, one name and lives in one household."""
    facts = draw(st.lists(st.fixed_dictionaries(_OF_EACH), min_size=1, max_size=most))
    cards: dict[int, dict[str, Any]] = {}
    found = []
    for number, one in enumerate(facts, 1):
        relation_id = draw(st.integers(1, 6))
        card = cards.setdefault(relation_id, {name: one[name] for name in ("born", "household_id", "name")})
        function_id = draw(few) if draw(st.booleans()) else number
        found.append(MemberFacts(**{**one, **card, "relation_id": relation_id, "function_id": function_id}))
    return found


@st.composite
def nearly_alike(draw: st.DrawFn) -> list[MemberFacts]:
    """Return one member, and for each fact the same member with another value of it, so that a fact nobody looks at is told from a forgotten one."""
    facts = draw(st.fixed_dictionaries(_OF_EACH))
    base = MemberFacts(**facts)
    return [base, *(base._replace(**{name: draw(_OF_EACH[name])}) for name in MemberFacts._fields if not name.startswith("family_"))]
