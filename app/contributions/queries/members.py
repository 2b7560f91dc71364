"""The facts of the members of a run: a handful of statements over plain columns, however many members there are.

The statements read tables, not entities: each is bound to the organisations under the contribution's own, which are within
the actor's, and a card is reached only through a function there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, null, or_, select

from app.contributions.facts import NONE_HELD, ChargePeriod, MemberFacts, SeasonTerms
from app.contributions.fields import Card
from app.contributions.pricing import PriceList
from app.contributions.queries.places import Place, places
from app.contributions.queries.settings import Priced
from app.functions.models import CATEGORIES, EndReason, FunctionTerm, FunctionType
from app.groups.models import TargetGroupMember
from app.groups.queries import groups_of
from app.kernel import clock
from app.kernel.db import db
from app.relations.models import Address, Relation

_TERM, _CARD = FunctionTerm.__table__.c, Relation.__table__.c
_CATEGORY_NUMBERS = {code: number for number, code in enumerate(CATEGORIES, 1)}
CHUNK = 10_000


class Subject(NamedTuple):
    """One function to be charged: its facts, and what the invoice needs beside the price."""

    facts: MemberFacts
    priced: Priced
    payer_id: int
    payment_term_id: int | None  # of the payer's card
    number: int
    deceased_on: date | None
    entered_at: datetime
    payer_unseen: bool = False  # the payer's card is not the actor's to see
    reason_credits: bool = False  # the reason for which the function ends gives the rest back
    agreed_first_day: date | None = None  # of the function, where the first payment moved its start

    @property
    def prices(self) -> PriceList:
        """Return the prices that hold for this function."""
        return self.priced.ending_prices if self.reason_credits else self.priced.prices

    @property
    def credits_on_end(self) -> bool:
        """Whether ending earlier than charged for gives the rest back: by the contribution, or by the reason."""
        return self.priced.credits_on_end or self.reason_credits

    def facts_on(self, period: ChargePeriod) -> MemberFacts:
        """Return the facts for one period, with the fields that depend on it: age, years of membership."""
        return self.priced.named.on_period(self.facts, period)


class _Extras(NamedTuple):
    """What only some rules ask for, by relation."""

    held: dict[int, list[tuple[int, int, int]]]  # (function type, function, category number)
    addresses: dict[int, tuple[str, str]]
    payers: dict[int, Row[Any]]
    groups: dict[int, frozenset[int]]
    places: dict[int, Place]


def subjects(priced: Sequence[Priced], season: SeasonTerms, relation_ids: Sequence[int] | None = None) -> Iterator[Subject]:
    """Give every function that the contributions charge within the season, with its facts; or only those of some relations."""
    for one in priced:
        extras = _extras(one, season, relation_ids)
        types = {}
        if one.needs_held:
            types = {row.id: row.importance for row in db.session.execute(select(FunctionType.id, FunctionType.importance))}
        connection = db.session.connection()
        rows = connection.execute(_functions(one, season, relation_ids).execution_options(yield_per=CHUNK))
        for row in rows:
            yield _subject(one, row, extras, types)


def functions_touched(
    priced: Sequence[Priced], season: SeasonTerms, starts_from: date | None = None, starts_until: date | None = None
) -> dict[int, int]:
    """Return by contribution how many functions it would charge in a season, of those that start between these days."""
    found = {}
    for one in priced:
        asked = select(func.count()).select_from(FunctionTerm.__table__).where(*_charged_functions(one, season, None))
        if starts_from is not None:
            asked = asked.where(_TERM.first_day >= starts_from)
        if starts_until is not None:
            asked = asked.where(_TERM.first_day <= starts_until)
        found[one.contribution_id] = db.session.connection().execute(asked).scalar() or 0
    return found


def _charged_functions(one: Priced, season: SeasonTerms, relation_ids: Sequence[int] | None) -> list[Any]:
    """Say in SQL which functions a contribution charges."""
    found = [
        _TERM.function_type_id.in_(sorted(one.function_type_ids)),
        _TERM.organisation_id.in_(sorted(one.organisation_ids)),
        _TERM.first_day <= season.last_day,
        or_(_TERM.last_day.is_(None), _TERM.last_day >= season.first_day),
    ]
    if relation_ids is not None:
        found.append(_TERM.relation_id.in_(relation_ids))
    return found


def _functions(one: Priced, season: SeasonTerms, relation_ids: Sequence[int] | None) -> Select[Any]:
    return (
        select(
            _TERM.id,
            _TERM.relation_id,
            _TERM.organisation_id,
            _TERM.function_type_id,
            _TERM.first_day,
            _TERM.agreed_first_day,
            _TERM.last_day,
            _TERM.price_category_id,
            _TERM.payer_id.label("function_payer_id"),
            _TERM.quantity,
            _TERM.factor,
            _TERM.value_units,
            _TERM.made_at,
            EndReason.__table__.c.credits_rest,
            _CARD.number,
            _CARD.display_name,
            _CARD.birth_date,
            _CARD.deceased_on,
            _CARD.payment_method,
            _CARD.payment_term_id,
            _CARD.payer_id,
            _CARD.household_id,
            _CARD.gift_cents,
            _CARD.kind if one.named.names("person.is_company") else null(),
            _CARD.member_since if one.named.names("person.") else null(),
            _CARD.custom_values if one.named.names("person.") else null(),
            _TERM.custom_values if one.named.names("function.") else null(),
        )
        .select_from(
            FunctionTerm.__table__.join(Relation.__table__, _CARD.id == _TERM.relation_id).outerjoin(
                EndReason.__table__, EndReason.__table__.c.id == _TERM.end_reason_id
            )
        )
        .where(*_charged_functions(one, season, relation_ids))
        .order_by(_TERM.id)
    )


def _extras(one: Priced, season: SeasonTerms, relation_ids: Sequence[int] | None) -> _Extras:
    connection = db.session.connection()
    members = select(_TERM.relation_id).where(*_charged_functions(one, season, relation_ids))
    paid_for = (
        select(func.coalesce(_TERM.payer_id, _CARD.payer_id))
        .select_from(FunctionTerm.__table__.join(Relation.__table__, _CARD.id == _TERM.relation_id))
        .where(*_charged_functions(one, season, relation_ids), or_(_TERM.payer_id.is_not(None), _CARD.payer_id.is_not(None)))
    )
    payer = Relation.__table__.alias("payer").c
    payers = connection.execute(select(payer.id, payer.payment_method, payer.payment_term_id).where(payer.id.in_(paid_for)))
    held: dict[int, list[tuple[int, int, int]]] = {}
    if one.needs_held:
        kind = FunctionType.__table__.c
        rows = connection.execute(
            select(_TERM.relation_id, _TERM.function_type_id, _TERM.id, kind.category)
            .select_from(FunctionTerm.__table__.join(FunctionType.__table__, kind.id == _TERM.function_type_id))
            .where(
                _TERM.relation_id.in_(members),
                _TERM.organisation_id.in_(sorted(one.organisation_ids)),
                _TERM.first_day <= season.last_day,
                or_(_TERM.last_day.is_(None), _TERM.last_day >= season.first_day),
            )
        )
        for relation_id, type_id, term_id, category in rows:
            held.setdefault(relation_id, []).append((type_id, term_id, _CATEGORY_NUMBERS[category]))
    addresses: dict[int, tuple[str, str]] = {}
    if "postage" in one.kinds:
        place = Address.__table__.c
        for relation_id, country, postcode in connection.execute(
            select(place.relation_id, place.country, place.postcode)
            .where(place.relation_id.in_(members), place.kind == "home", or_(place.last_day.is_(None), place.last_day >= season.first_day))
            .order_by(place.id)
        ):
            addresses[relation_id] = (country, postcode or "")
    needs_places = "team_amount" in one.kinds or one.named.names("organisation.")
    return _Extras(
        held,
        addresses,
        {row.id: row for row in payers},
        _groups(one, season, relation_ids) if one.named.all_group_ids else {},
        places(one.organisation_ids) if needs_places else {},
    )


def _groups(one: Priced, season: SeasonTerms, relation_ids: Sequence[int] | None) -> dict[int, frozenset[int]]:
    """Return by relation in which of the target groups it is that the rules of a contribution look at."""
    member = TargetGroupMember.__table__.c
    known = {group.id for group in groups_of(one.organisation_id)} & one.named.all_group_ids
    charged = select(_TERM.relation_id).where(*_charged_functions(one, season, relation_ids))
    asked = select(member.relation_id, member.target_group_id).where(
        member.target_group_id.in_(sorted(known)),
        or_(member.organisation_id == one.organisation_id, member.relation_id.in_(charged)),
    )
    if relation_ids is not None:
        asked = asked.where(member.relation_id.in_(relation_ids))
    found: dict[int, frozenset[int]] = {}
    alike: dict[frozenset[int], frozenset[int]] = {}  # most are alike: each set is kept once
    for relation_id, group_id in db.session.connection().execute(asked.execution_options(yield_per=CHUNK)):
        both = found.get(relation_id, NONE_HELD) | {group_id}
        found[relation_id] = alike.setdefault(both, both)
    return found


def _subject(one: Priced, row: Row[Any], extras: _Extras, importances: dict[int, int]) -> Subject:
    (
        term_id, relation_id, organisation_id, type_id, first_day, agreed, last_day, category_id, function_payer_id, quantity, factor, units, made_at,
        reason_credits, number, name, born, deceased_on, method, payment_term_id, payer_id, household_id, gift, kind, since, card_values, term_values,
    ) = row  # fmt: skip
    payer_id = function_payer_id or payer_id or relation_id
    unseen = False
    if payer_id != relation_id:
        payer = extras.payers.get(payer_id)
        unseen = payer is None
        if payer is not None:
            method, payment_term_id = payer.payment_method, payer.payment_term_id
    facts = MemberFacts(
        relation_id,
        organisation_id,
        term_id,
        type_id,
        first_day,
        last_day,
        born,
        category_id,
        method,
        household_id,
        name,
        quantity,
        None if factor is None else Fraction(factor, 1000),
        extras.groups.get(relation_id, NONE_HELD),
        gift_cents=gift or 0,
        value_units=None if units is None else Fraction(units, 1000),
    )
    if one.needs_held:
        mine = extras.held.get(relation_id, ())
        facts = facts._replace(
            held_type_ids=frozenset(held[0] for held in mine),
            held_category_ids=frozenset(held[2] for held in mine),
            activities=tuple(
                sorted((importances.get(held[0], 100), held[0], held[1]) for held in mine if held[0] in one.function_type_ids)
            ),
        )
    if extras.addresses and relation_id in extras.addresses:
        country, postcode = extras.addresses[relation_id]
        facts = facts._replace(country=country, postcode=postcode)
    if "federation_number" in one.kinds:
        facts = facts._replace(federation_number=str(number))
    if one.timetable.sends_at_once:
        facts = facts._replace(entered_on=clock.local(made_at).date())
    place = extras.places.get(organisation_id)
    if place is not None and place.team_amount_cents is not None:
        facts = facts._replace(team_amount_cents=place.team_amount_cents)
    if one.named.terms:
        at = place or Place()
        card = Card(kind not in (None, "person"), since, card_values, term_values, at.custom_values, at.inhabitants, at.area_km2)
        facts = facts._replace(fields=one.named.values(facts, card))
    return Subject(facts, one, payer_id, payment_term_id, number, deceased_on, made_at, unseen, bool(reason_credits), agreed)
