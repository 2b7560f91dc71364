"""Fields: what formulas, tick boxes and plans may name, and their values for one member.

Built-in ones stand here; custom fields and target groups of the organisation come beside them. The prefix says on what they
stand: `person.` the relation card, `function.` the function, `organisation.` the organisation of the function, `member_of.` a target group.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final, NamedTuple

from app.contributions.facts import ChargePeriod, FieldValue, MemberFacts
from app.custom_fields.values import computed
from app.kernel.errors import DomainError
from app.kernel.money import euros
from app.kernel.periods import age_on

PREFIXES: Final[Mapping[str, str]] = {"relation": "person", "function": "function", "organisation": "organisation"}
KIND_WORDS: Final[Mapping[str, str]] = {
    "number": "getal",
    "amount": "bedrag in euro's",
    "yes_no": "ja of nee",
    "date": "datum",
    "text": "tekst",
    "choice": "keuze",
    "choices": "meer keuzes",
}
COUNTED: Final = frozenset({"number", "amount", "yes_no"})  # what a formula can count with


class FieldTerms(NamedTuple):
    """One field that may be named: its Dutch label, its kind, and what it tells."""

    name: str
    label: str
    kind: str
    help: str = ""
    key: str = ""  # of a custom field or target group: its number


BUILT_IN: Final[tuple[FieldTerms, ...]] = (
    FieldTerms("person.age", "Leeftijd", "number", "Hele jaren op de eerste dag van de periode."),
    FieldTerms("person.birth_year", "Geboortejaar", "number"),
    FieldTerms("person.birth_date", "Geboortedatum", "date"),
    FieldTerms("person.years_member", "Jaren lid", "number", "Hele jaren sinds “lid sinds”, op de eerste dag van de periode."),
    FieldTerms("person.member_since", "Lid sinds", "date"),
    FieldTerms("person.gift", "Gift", "amount", "Leeg telt als 0."),
    FieldTerms("person.pays_by_direct_debit", "Betaalt met automatische incasso", "yes_no"),
    FieldTerms("person.pays_by_invoice", "Betaalt met overboeking", "yes_no"),
    FieldTerms("person.pays_cash", "Betaalt contant", "yes_no"),
    FieldTerms("person.in_household", "Hoort bij een huishouden", "yes_no"),
    FieldTerms("person.is_company", "Is een bedrijf of overheid", "yes_no"),
    FieldTerms("function.quantity", "Aantal", "number"),
    FieldTerms("function.factor", "Factor", "number"),
    FieldTerms("function.value_units", "Waarde-eenheden", "number"),
    FieldTerms("function.first_day", "Begin van de functie", "date"),
    FieldTerms("function.last_day", "Einde van de functie", "date"),
    FieldTerms("organisation.team_amount", "Teambedrag", "amount", "Van de organisatie van de functie, anders van haar afdeling."),
    FieldTerms("organisation.inhabitants", "Inwoners", "number"),
    FieldTerms("organisation.area_km2", "Oppervlakte in km²", "number"),
)
BY_NAME: Final[Mapping[str, FieldTerms]] = {terms.name: terms for terms in BUILT_IN}
OF_PERIOD: Final = frozenset({"person.age", "person.years_member"})


def built_in_codes(holder: str) -> frozenset[str]:
    """Return the codes that a custom field on this holder may not have."""
    prefix = PREFIXES.get(holder, "") + "."
    return frozenset(name.removeprefix(prefix) for name in BY_NAME if name.startswith(prefix))


class Card(NamedTuple):
    """What fields are read from, beside the facts: all empty for somebody who has no card yet."""

    is_company: bool = False
    member_since: date | None = None
    relation_values: Mapping[str, Any] | None = None
    function_values: Mapping[str, Any] | None = None
    organisation_values: Mapping[str, Any] | None = None
    inhabitants: int | None = None
    area_km2: int | None = None


_READ: Final[Mapping[str, Callable[[MemberFacts, Card], FieldValue]]] = {
    "person.birth_year": lambda facts, _card: facts.born.year if facts.born else None,
    "person.birth_date": lambda facts, _card: facts.born,
    "person.member_since": lambda _facts, card: card.member_since,
    "person.gift": lambda facts, _card: _euros(facts.gift_cents or 0),
    "person.pays_by_direct_debit": lambda facts, _card: facts.payment_method == "direct_debit",
    "person.pays_by_invoice": lambda facts, _card: facts.payment_method == "transfer",
    "person.pays_cash": lambda facts, _card: facts.payment_method == "cash",
    "person.in_household": lambda facts, _card: facts.household_id is not None,
    "person.is_company": lambda _facts, card: card.is_company,
    "function.quantity": lambda facts, _card: facts.quantity,
    "function.factor": lambda facts, _card: facts.factor,
    "function.value_units": lambda facts, _card: facts.value_units,
    "function.first_day": lambda facts, _card: facts.first_day,
    "function.last_day": lambda facts, _card: facts.last_day,
    "organisation.team_amount": lambda facts, _card: None if facts.team_amount_cents is None else _euros(facts.team_amount_cents),
    "organisation.inhabitants": lambda _facts, card: card.inhabitants,
    "organisation.area_km2": lambda _facts, card: card.area_km2,
    # filled in per period by `Named.on_period`; a plan that names them sees them empty
    "person.age": lambda _facts, _card: None,
    "person.years_member": lambda _facts, _card: None,
}


def _euros(cents: int) -> int | Fraction:
    exact = Fraction(cents, 100)
    return exact.numerator if exact.denominator == 1 else exact


@dataclass(frozen=True, slots=True)
class Named:
    """The fields that the rules and the plan of one contribution name, each as it exists for its organisation."""

    terms: tuple[FieldTerms, ...] = ()
    group_ids: frozenset[int] = frozenset()  # target groups that rules and conditions pick by
    _custom: tuple[tuple[str, int, str, str], ...] = field(init=False, default=())
    _plain: tuple[tuple[str, Callable[[MemberFacts, Card], FieldValue]], ...] = field(init=False, default=())
    _groups: tuple[tuple[str, int], ...] = field(init=False, default=())
    is_of_period: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        holders = {"person": 0, "function": 1, "organisation": 2}
        custom = [(one.name, holders[one.name.partition(".")[0]], one.key, one.kind) for one in self.terms if _is_custom(one)]
        groups = [(one.name, int(one.key)) for one in self.terms if one.name.startswith("member_of.")]
        object.__setattr__(self, "_custom", tuple(custom))
        object.__setattr__(self, "_groups", tuple(groups))
        object.__setattr__(self, "_plain", tuple((one.name, _READ[one.name]) for one in self.terms if one.name in _READ))
        object.__setattr__(self, "is_of_period", any(one.name in OF_PERIOD for one in self.terms))

    def names(self, prefix: str) -> bool:
        """Whether a field with this name, or beginning with this prefix, is named."""
        return any(one.name == prefix or (prefix.endswith(".") and one.name.startswith(prefix)) for one in self.terms)

    @property
    def all_group_ids(self) -> frozenset[int]:
        """Return every target group of which it matters who is in it."""
        return self.group_ids | {number for _, number in self._groups}

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """Return label and kind of each field, for the explanation."""
        return {one.name: (one.label, one.kind) for one in self.terms}

    def values(self, facts: MemberFacts, card: Card = Card()) -> dict[str, FieldValue]:  # noqa: B008 - unchangeable
        """Return the value of each field for one member; those of a period come with `on_period`."""
        found: dict[str, FieldValue] = {name: read(facts, card) for name, read in self._plain}
        if self._custom:
            held = (card.relation_values or {}, card.function_values or {}, card.organisation_values or {})
            for name, holder, key, kind in self._custom:
                found[name] = computed(kind, held[holder].get(key))
        for name, number in self._groups:
            found[name] = number in facts.selection_ids
        if self.is_of_period:
            found["person.member_since"] = card.member_since  # from which the years are counted
        return found

    def on_period(self, facts: MemberFacts, period: ChargePeriod) -> MemberFacts:
        """Return the facts with the fields that depend on the period of a charge."""
        if not self.is_of_period:
            return facts
        first_day, since = period.first_day, facts.fields.get("person.member_since")
        years = age_on(since, first_day) if isinstance(since, date) and since <= first_day else 0 if since else None
        age = age_on(facts.born, first_day) if facts.born else None
        return facts._replace(fields={**facts.fields, "person.age": age, "person.years_member": years})


def _is_custom(terms: FieldTerms) -> bool:
    return bool(terms.key) and not terms.name.startswith("member_of.")


def shown(kind: str, value: FieldValue) -> FieldValue:
    """Return a value as the explanation keeps it: amounts with their euro sign, the rest as it is."""
    if kind == "amount" and isinstance(value, int | Fraction) and not isinstance(value, bool):
        cents = Fraction(value) * 100
        return euros(cents.numerator) if cents.denominator == 1 else value
    return value


def labelled(values: tuple[tuple[str, FieldValue], ...], labels: Mapping[str, tuple[str, str]]) -> tuple[tuple[str, FieldValue], ...]:
    """Return the values of a formula's fields by what people call them."""
    if not labels:
        return values
    return tuple((label, shown(kind, value)) for name, value in values for label, kind in (labels.get(name, (name, "")),))


def nearest(name: str, known: Collection[str]) -> str:
    """Return “ Bedoelde je …?” with the known name most like it, or nothing."""
    code, codes = name.rpartition(".")[2], {one.rpartition(".")[2]: one for one in known}
    found = [codes[code]] if code in codes else get_close_matches(name, known, 1)  # of another holder, or written almost so
    if not found:
        found = [codes[one] for one in get_close_matches(code, codes, 1)]
    return f" Bedoelde je {{{found[0]}}}?" if found else ""


def check_named(name: str, known: Mapping[str, FieldTerms], kinds: Collection[str], what: str) -> None:
    """Refuse a field that does not exist, or is not of one of these kinds. Raises DomainError `field_unknown`, `field_unfit`."""
    terms = known.get(name)
    if terms is None:
        raise DomainError("field_unknown", f"{what}: het veld “{name}” bestaat niet.{nearest(name, known)}", name=name)
    if terms.kind not in kinds:
        wanted = " of ".join(KIND_WORDS[kind] for kind in sorted(kinds))
        raise DomainError(
            "field_unfit", f"{what}: het veld “{terms.label}” ({name}) is een {KIND_WORDS[terms.kind]}; kies een {wanted}.", name=name
        )
