"""Invented members: plain tuples from a seed, no database. Households, ages, several functions, ended ones, faulty cards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from app.kernel.identifiers import folded
from app.relations.naming import split_prefix
from jobs.demo import names

FAULTS = ("no_birth_date", "no_email", "no_mandate", "bad_postcode")


class Person(NamedTuple):
    """One invented member of a department. `payer` and `household` point at earlier people by their place in the stream."""

    index: int
    department: int  # place in the list of departments
    household: int | None
    is_head: bool
    payer: int | None
    first_name: str
    initials: str
    prefix: str
    surname: str
    gender: str
    born: date | None
    street: str
    house_number: str
    postcode: str
    email: str | None
    phone: str | None
    iban: str | None
    direct_debit: bool
    has_mandate: bool
    price_category: str
    first_day: date
    last_day: date | None
    is_board_member: bool
    is_donor: bool
    gives_magazine: bool


def iban(random: Random) -> str:
    """Return a Dutch IBAN with valid check digits over an account number that no bank can have issued.

    Dutch account numbers of ten figures pass the eleven test; these fail it on purpose.
    """
    bank = random.choice(names.BANKS)
    while True:
        account = f"{random.randrange(10**8, 10**9):010d}"
        if sum((10 - place) * int(figure) for place, figure in enumerate(account)) % 11:
            break
    digits = "".join(str(int(character, 36)) for character in f"{bank}{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}{bank}{account}"


def people(count: int, seed: int, towns: list[tuple[int, str]], year: int) -> Iterator[Person]:
    """Yield `count` members over the departments (`towns` gives each one's first postcode figures and village)."""
    random = Random(f"{seed}/people")  # noqa: S311 - invented data, not secrets
    index = 0
    household = 0
    while index < count:
        department = index * len(towns) // count
        size = min(random.choices((1, 2, 3, 4, 5), (52, 22, 10, 11, 5))[0], count - index)
        prefix, surname = split_prefix(random.choice(names.SURNAMES))
        prefix = prefix or ""
        postcode_start, _ = towns[department]
        place = (
            random.choice(names.STREETS),
            str(random.randrange(1, 180)),
            f"{postcode_start + random.randrange(8)} {random.choice('ABCDEFGHJKLMNPRSTVWXZ')}{random.choice('ABCDEFGHJKLMNPRTVWXZ')}",
        )
        household += size > 1
        head_age = random.randrange(24, 88) if size == 1 and random.random() < 0.85 else random.randrange(30, 62)
        if size == 1 and random.random() < 0.12:
            head_age = random.randrange(10, 18)
        family_iban = iban(random)
        debit = random.random() < 0.7
        for member in range(size):
            yield _person(
                random,
                index,
                department,
                household if size > 1 else None,
                member,
                (prefix, surname),
                place,
                head_age,
                family_iban,
                debit,
                year,
            )
            index += 1


def _person(
    random: Random,
    index: int,
    department: int,
    household: int | None,
    member: int,
    name: tuple[str, str],
    place: tuple[str, str, str],
    head_age: int,
    family_iban: str,
    debit: bool,
    year: int,
) -> Person:
    age = head_age if member == 0 else max(head_age + random.randrange(-4, 5), 20) if member == 1 else random.randrange(4, 21)
    gender = random.choice("fm")
    first = random.choice(names.GIRLS if gender == "f" else names.BOYS)
    born: date | None = date(year - age, 1, 1) + timedelta(days=random.randrange(365))
    fault = random.choice(FAULTS) if random.random() < 0.004 else ""
    child = member > 1 and age < 18
    started = date(year - random.randrange(1, min(max(age, 3), 40)), random.randrange(1, 13), random.randrange(1, 29))
    ended = None
    chance = random.random()
    if chance < 0.06:  # late joiners of this year and the next
        started = date(year, random.randrange(2, 12), random.randrange(1, 29))
    elif chance < 0.14:  # left last year
        ended = date(year - 1, 12, 31) if started.year < year - 1 else None
    elif chance < 0.16:  # leaves at the end of this year
        ended = date(year, 12, 31)
    category = "STUDENT" if 18 <= age <= 27 and random.random() < 0.4 else "PENSIOEN" if age >= 67 and random.random() < 0.5 else "NORMAAL"
    street, house_number, postcode = place
    mail_name = folded(f"{first}.{name[1]}").replace(" ", "").replace("'", "").encode("ascii", "ignore").decode()
    return Person(
        index=index,
        department=department,
        household=household,
        is_head=member == 0,
        payer=index - member if child else None,
        first_name=first,
        initials=f"{first[0]}.",
        prefix=name[0],
        surname=name[1],
        gender=gender,
        born=None if fault == "no_birth_date" else born,
        street=street,
        house_number=house_number,
        postcode="9999" if fault == "bad_postcode" else postcode,
        email=None if fault == "no_email" or random.random() < 0.06 else f"{mail_name}{index}@post.example",
        phone=f"+3160{random.randrange(10**6, 10**7)}" if random.random() < 0.6 else None,
        iban=family_iban if debit or random.random() < 0.3 else None,
        direct_debit=debit,
        has_mandate=debit and fault != "no_mandate",
        price_category=category,
        first_day=started,
        last_day=ended,
        is_board_member=age >= 25 and ended is None and random.random() < 0.03,
        is_donor=age >= 35 and ended is None and random.random() < 0.03,
        gives_magazine=member == 0,
    )
