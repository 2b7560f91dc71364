"""Writes the invented members in bulk, a few tables at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice

from app.functions.models import FunctionEvent, FunctionTerm
from app.kernel import clock
from app.kernel.bulk import insert_rows, reserve_ids
from app.kernel.numbering import take_numbers
from app.relations.models import Address, ContactPoint, Household, Relation, RelationAccount
from app.relations.naming import names_of
from app.sepa.models import Mandate
from jobs.demo.federation import Frame
from jobs.demo.people import Person

CHUNK = 10_000
_names = lru_cache(maxsize=200_000)(names_of)


class Writer:
    """Remembers what later chunks point at: the ids of earlier people and households."""

    def __init__(self, frame: Frame, year: int, today: date) -> None:
        self.frame, self.year, self.today, self.now = frame, year, today, clock.now()
        self.relation_ids: list[int] = []
        self.households: dict[int, int] = {}

    def write(self, people: Iterable[Person], count: int) -> None:
        """Write all people; inside one transaction."""
        first_number = take_numbers(self.frame.root, "relation", 0, count)
        self.number = first_number
        source = iter(people)
        while chunk := list(islice(source, CHUNK)):
            self._households(chunk)
            self._relations(chunk)
            self._cards(chunk)
            self._functions(chunk)
            self._mandates(chunk)

    def _department(self, person: Person) -> int:
        return self.frame.departments[person.department][0]

    def _id(self, person: Person) -> int:
        return self.relation_ids[person.index]

    def _households(self, chunk: Sequence[Person]) -> None:
        heads = {p.household: p for p in reversed(chunk) if p.household and p.household not in self.households}
        ids = reserve_ids(Household.__table__, len(heads))
        rows = [
            (i, self._department(p), f"Huishouden {p.prefix} {p.surname}".replace("  ", " "))
            for i, p in zip(ids, heads.values(), strict=True)
        ]
        insert_rows(Household.__table__, ("id", "organisation_id", "name"), rows)
        self.households.update(zip(heads, ids, strict=True))

    def _relations(self, chunk: Sequence[Person]) -> None:
        self.relation_ids.extend(reserve_ids(Relation.__table__, len(chunk)))
        columns = (
            "id", "organisation_id", "number", "kind", "initials", "first_name", "prefix", "surname", "display_name", "sort_key", "search_name", "sound_key",
            "gender", "birth_date", "language", "correspondence", "member_since", "end_date", "end_reason", "payment_method", "payer_id", "household_id",
            "household_role", "follows_household_address", "made_at", "version",
        )  # fmt: skip

        def rows() -> Iterator[tuple[object, ...]]:
            for p in chunk:
                called = _names(p.surname, p.prefix, p.first_name, p.initials)
                yield (
                    self._id(p), self._department(p), self.number + p.index, "person", p.initials, p.first_name, p.prefix or None, p.surname,
                    called.display_name, called.sort_key, called.search_name, called.sound_key, p.gender, p.born, "nl", "mail" if p.email else "paper",
                    p.first_day, p.last_day if p.last_day and p.last_day.year < self.year else None,
                    "Zelf opgezegd" if p.last_day and p.last_day.year < self.year else None,
                    "direct_debit" if p.direct_debit else "transfer", None if p.payer is None else self.relation_ids[p.payer],
                    self.households.get(p.household or 0), None if p.household is None else "primary" if p.is_head else "other", True, self.now, 1,
                )  # fmt: skip

        insert_rows(Relation.__table__, columns, rows())

    def _cards(self, chunk: Sequence[Person]) -> None:
        insert_rows(
            Address.__table__,
            ("organisation_id", "relation_id", "kind", "street", "house_number", "postcode", "town", "country", "version"),
            (
                (self._department(p), self._id(p), "home", p.street, p.house_number, p.postcode, self.frame.towns[p.department][1], "NL", 1)
                for p in chunk
            ),
        )
        points = [(p, "email", p.email) for p in chunk if p.email] + [(p, "mobile", p.phone) for p in chunk if p.phone]
        insert_rows(
            ContactPoint.__table__,
            ("organisation_id", "relation_id", "kind", "value", "is_primary", "for_invoices", "is_refused", "version"),
            ((self._department(p), self._id(p), kind, value, True, False, False, 1) for p, kind, value in points),
        )
        insert_rows(
            RelationAccount.__table__,
            ("organisation_id", "relation_id", "iban", "holder", "is_primary", "version"),
            ((self._department(p), self._id(p), p.iban, _holder(p), True, 1) for p in chunk if p.iban),
        )

    def _functions(self, chunk: Sequence[Person]) -> None:
        types, categories = self.frame.function_types, self.frame.categories
        held: list[tuple[Person, int, int, int | None, date, date | None]] = []
        for p in chunk:
            department, province = self.frame.departments[p.department]
            held.append((p, department, types["LID"], categories[p.price_category], p.first_day, p.last_day))
            if p.is_board_member:
                held.append((p, department, types["BESTUUR"], None, max(p.first_day, date(self.year - 3, 5, 1)), None))
            if p.is_donor:
                held.append((p, province, types["DONATEUR"], None, p.first_day, None))
            if p.gives_magazine and p.index % 4 == 0 and p.last_day is None:
                held.append((p, self.frame.root, types["BLAD"], None, p.first_day, None))
        ids = reserve_ids(FunctionTerm.__table__, len(held))
        insert_rows(
            FunctionTerm.__table__,
            (
                "id",
                "organisation_id",
                "relation_id",
                "function_type_id",
                "price_category_id",
                "first_day",
                "last_day",
                "quantity",
                "origin",
                "made_at",
                "version",
            ),
            (
                (i, organisation, self._id(p), function_type, category, first, last, 1, "administrator", self.now, 1)
                for i, (p, organisation, function_type, category, first, last) in zip(ids, held, strict=True)
            ),
        )
        insert_rows(
            FunctionEvent.__table__,
            ("organisation_id", "function_term_id", "kind", "on_date", "details", "actor", "made_at"),
            ((held[place][1], i, "start", held[place][4], {}, "demo", self.now) for place, i in enumerate(ids)),
        )

    def _mandates(self, chunk: Sequence[Person]) -> None:
        def rows() -> Iterator[tuple[object, ...]]:
            for p in chunk:
                if not p.has_mandate or not p.iban:
                    continue
                signed = min(max(p.first_day, date(self.year - 2, 6, 1)), self.today)
                for creditor, letter in ((self.frame.departments[p.department][1], "P"), (self.frame.root, "L")):
                    reference = f"M{letter}{self.number + p.index:07d}"
                    yield (creditor, self._id(p), reference, "RCUR", "active", signed, p.iban, _holder(p), None, self.now, 1)

        columns = (
            "organisation_id",
            "relation_id",
            "reference",
            "sort",
            "state",
            "signed_on",
            "iban",
            "holder",
            "last_used_on",
            "made_at",
            "version",
        )
        insert_rows(Mandate.__table__, columns, rows())


def _holder(person: Person) -> str:
    return " ".join(part for part in (person.initials, person.prefix, person.surname) if part)[:70]
