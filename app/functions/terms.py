"""Whether a function may begin, end, move or change: rules over plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.kernel.errors import DomainError
from app.kernel.periods import DAY, Period, age_on, dutch_date

# Card fields that a function type can require: column of the card -> how a sentence calls it.
CARD_FIELDS = {
    "birth_date": "een geboortedatum",
    "gender": "een geslacht",
    "initials": "voorletters",
    "first_name": "een voornaam",
    "kvk": "een KvK-nummer",
    "email": "een e-mailadres",
    "phone": "een telefoonnummer",
    "mobile": "een mobiel nummer",
    "address": "een adres",
    "iban": "een bankrekening",
}


@dataclass(frozen=True, slots=True)
class TypeTerms:
    """What the rules know of a function type. `levels` are kinds of organisation; empty means all."""

    type_id: int
    name: str
    is_membership: bool = False
    levels: tuple[str, ...] = ()
    grants_role: bool = False
    required_fields: tuple[str, ...] = ()
    minimum_age: int | None = None
    maximum_age: int | None = None
    must_hold_first_id: int | None = None
    must_hold_first_name: str = ""
    stops_with_id: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """A function that a relation has or had."""

    term_id: int
    type_id: int
    type_name: str
    organisation_id: int
    organisation_name: str
    first_day: date
    last_day: date | None = None
    is_membership: bool = False
    stops_with_id: int | None = None
    must_hold_first_id: int | None = None

    @property
    def period(self) -> Period:
        """Return its days."""
        return Period(self.first_day, self.last_day)

    def __str__(self) -> str:
        return f"{self.type_name} bij {self.organisation_name} {self.period}"


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation as far as the rules look at it; `path` is as in the tree (`/1/4/19/`)."""

    organisation_id: int
    name: str
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Card:
    """The relation that is to hold a function; `missing` are the fields of CARD_FIELDS that are empty."""

    name: str
    birth_date: date | None = None
    deceased_on: date | None = None
    missing: frozenset[str] = frozenset()


def check_start(
    wanted: TypeTerms, at: Place, period: Period, card: Card, held: Iterable[Held], today: date, ignoring: int | None = None
) -> None:
    """Refuse a function that may not be held so. `ignoring` is the term that is being changed. Raises DomainError."""
    others = [other for other in held if other.term_id != ignoring]
    _check_type(wanted, at)
    _check_card(wanted, card, period)
    if wanted.grants_role and ignoring is None and period.first_day and period.first_day < today:
        raise DomainError(
            "function_starts_in_past",
            f"De functie {wanted.name} geeft rechten en kan niet beginnen op {dutch_date(period.first_day)}, in het verleden. Kies vandaag of later.",
            field="first_day",
        )
    for other in others:
        if other.type_id == wanted.type_id and other.organisation_id == at.organisation_id and other.period.overlaps(period):
            raise DomainError(
                "function_overlaps",
                f"{card.name} heeft deze functie hier al: {other}. Kies een begindatum daarna, of beëindig die functie eerst.",
                field="first_day",
                term_id=other.term_id,
            )
    if wanted.must_hold_first_id and not _held_throughout(wanted.must_hold_first_id, period, others):
        raise DomainError(
            "function_must_hold_first",
            f"Wie {wanted.name} wordt, moet op {dutch_date(period.first_day or today)} al {wanted.must_hold_first_name} zijn. Voeg eerst die functie toe.",
            field="function_type",
        )


def _check_type(wanted: TypeTerms, at: Place) -> None:
    if not wanted.is_active:
        raise DomainError(
            "function_type_inactive", f"De functiesoort {wanted.name} wordt niet meer gebruikt. Kies een andere.", field="function_type"
        )
    if wanted.levels and at.kind not in wanted.levels:
        raise DomainError(
            "function_wrong_level",
            f"De functie {wanted.name} kan niet bij {at.name}: dat is niet het juiste niveau. Kies een andere organisatie.",
            field="organisation",
        )


def _check_card(wanted: TypeTerms, card: Card, period: Period) -> None:
    first = period.first_day
    if lacking := [CARD_FIELDS[name] for name in wanted.required_fields if name in card.missing]:
        raise DomainError(
            "function_card_incomplete",
            f"Voor de functie {wanted.name} heeft de relatiekaart van {card.name} nog {_listed(lacking)} nodig. Vul dat eerst aan.",
            field="relation",
        )
    if card.deceased_on and (period.last_day is None or period.last_day > card.deceased_on):
        raise DomainError(
            "relation_deceased",
            f"{card.name} is overleden op {dutch_date(card.deceased_on)} en kan deze functie niet krijgen.",
            field="relation",
        )
    if (wanted.minimum_age is None and wanted.maximum_age is None) or card.birth_date is None or first is None:
        return
    age = age_on(card.birth_date, first)
    if wanted.minimum_age is not None and age < wanted.minimum_age:
        raise DomainError(
            "function_too_young",
            f"{card.name} is op {dutch_date(first)} {age} jaar; {wanted.name} kan vanaf {wanted.minimum_age} jaar. Kies een andere functie of datum.",
            field="function_type",
        )
    if wanted.maximum_age is not None and age > wanted.maximum_age:
        raise DomainError(
            "function_too_old",
            f"{card.name} is op {dutch_date(first)} {age} jaar; {wanted.name} kan tot en met {wanted.maximum_age} jaar. Kies een andere functie of datum.",
            field="function_type",
        )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} en {words[-1]}"


def _held_throughout(type_id: int, period: Period, held: Iterable[Held]) -> bool:
    """Whether the type is held on the first day; later ends are followed by `follow_up`."""
    return any(other.type_id == type_id and (period.first_day is None or other.period.holds(period.first_day)) for other in held)


def check_end(term: Held, last_day: date, today: date, may_end_in_past: bool = False) -> None:
    """Refuse an end that may not be. Raises DomainError."""
    if last_day < today and not may_end_in_past:
        raise DomainError(
            "function_ends_in_past",
            f"De einddatum {dutch_date(last_day)} ligt in het verleden. Kies vandaag of later.",
            field="last_day",
            value=last_day,
        )
    if last_day < term.first_day:
        raise DomainError(
            "function_ends_before_start",
            f"{term.type_name} bij {term.organisation_name} begint pas op {dutch_date(term.first_day)}; einddatum {dutch_date(last_day)} ligt daarvoor. "
            "Kies een latere einddatum, of laat landelijk deze functie verwijderen.",
            field="last_day",
            term_id=term.term_id,
        )
    if term.last_day and term.last_day < today and not may_end_in_past:
        raise DomainError(
            "function_ended",
            f"{term.type_name} bij {term.organisation_name} is al geëindigd op {dutch_date(term.last_day)}.",
            field="last_day",
        )


def follow_up(ended: Held, last_day: date, held: Iterable[Held], ends_related: bool = False) -> list[Held]:
    """Return the other functions that end with this one: types that stop with it, and with `ends_related` those that need it.

    A type only stops when no other function of the type that ends goes on.
    """
    others = [other for other in held if other.term_id != ended.term_id]
    goes_on = [other for other in others if other.last_day is None or other.last_day > last_day]
    if any(other.type_id == ended.type_id for other in goes_on):
        return []
    found = [o for o in goes_on if o.stops_with_id == ended.type_id or (ends_related and o.must_hold_first_id == ended.type_id)]
    for one in list(found):
        rest = [other for other in others if other.term_id not in {f.term_id for f in found}]
        found += [more for more in follow_up(one, last_day, rest, ends_related) if more not in found]
    return found


def ending_with_membership(held: Iterable[Held], last_day: date) -> list[Held]:
    """Return every function that goes on after the day on which the membership ends."""
    return [term for term in held if term.last_day is None or term.last_day > last_day]


def check_transfer(term: Held, wanted: TypeTerms, source: Place, target: Place, first_day: date, today: date, is_national: bool) -> None:
    """Refuse a transfer that may not be: the same place, another province without the right, an ended function. Raises DomainError."""
    if source.organisation_id == target.organisation_id:
        raise DomainError("transfer_same_place", f"De functie is al bij {target.name}. Kies een andere organisatie.", field="organisation")
    if not is_national and _province(source.path) != _province(target.path):
        raise DomainError(
            "transfer_other_province",
            f"{target.name} ligt in een andere provincie dan {source.name}. Alleen landelijk kan een lidmaatschap daarheen overzetten.",
            field="organisation",
        )
    _check_type(wanted, target)
    if term.last_day and term.last_day < first_day:
        raise DomainError(
            "function_ended",
            f"{term} loopt op {dutch_date(first_day)} niet meer. Voeg bij {target.name} een nieuwe functie toe.",
            field="first_day",
        )
    if first_day <= term.first_day:
        raise DomainError(
            "transfer_before_start",
            f"De overgang op {dutch_date(first_day)} moet na de begindatum {dutch_date(term.first_day)} liggen.",
            field="first_day",
        )
    if first_day < today:
        raise DomainError(
            "function_ends_in_past",
            f"De overgang op {dutch_date(first_day)} ligt in het verleden. Kies vandaag of later.",
            field="first_day",
        )


def _province(path: str) -> str:
    """Return the path down to the second level of the tree."""
    return "/".join(path.split("/")[:3])


def check_change(term: Held, from_day: date, charged_until: date | None) -> None:
    """Refuse a change of price or payer outside the function, or inside what has been charged already. Raises DomainError."""
    if not term.period.holds(from_day):
        raise DomainError(
            "change_outside_function",
            f"Op {dutch_date(from_day)} loopt deze functie niet ({term.period}). Kies een datum daarbinnen.",
            field="from_day",
        )
    if charged_until and from_day <= charged_until:
        raise DomainError(
            "change_inside_charged",
            f"Tot en met {dutch_date(charged_until)} is al berekend. Kies {dutch_date(charged_until + DAY)} of later, of crediteer eerst die factuur.",
            field="from_day",
            charged_until=charged_until,
        )


def membership_span(periods: Iterable[tuple[date, date | None]], today: date) -> tuple[date | None, date | None]:
    """Return since when one is a member without a break, and the last day when that is known.

    Memberships at several organisations, or that follow each other the next day, are one. Of several unbroken spans the
    one that holds today counts, else the last one that began, else the first one to come.
    """
    spans: list[tuple[date, date | None]] = []
    for first, last in sorted(periods, key=lambda p: p[0]):
        if spans and (spans[-1][1] is None or first <= spans[-1][1] + DAY):
            earlier = spans[-1]
            spans[-1] = (earlier[0], None if earlier[1] is None or last is None else max(earlier[1], last))
        else:
            spans.append((first, last))
    begun = [span for span in spans if span[0] <= today]
    chosen = begun[-1:] or spans[:1]
    return chosen[0] if chosen else (None, None)
