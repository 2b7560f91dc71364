"""What goes into a price and what comes out of it: plain values, no database.

Settings (`ContributionTerms`, `RuleTerms`, `AdjustmentTerms`, `PlanTerms`, `SeasonTerms`) are read once per run and
are frozen dataclasses that check themselves. What exists once per member (`MemberFacts`, `ChargePeriod`) and what comes
out (`Charged`, `NotCharged`, `Unpriceable`) are named tuples: as unchangeable, and made in a fifth of the time.

Amounts are whole cents, percentages basis points (500 is 5 %), other numbers `int` or `Fraction`; nothing is a float.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeAlias

Number: TypeAlias = int | Fraction
FieldValue: TypeAlias = int | Fraction | bool | str | date | None
RawStep: TypeAlias = tuple[str, tuple[Any, ...], tuple[Any, ...] | None, int, int, int]
"""One step as the engine keeps it: (name, input, arithmetic, cents before, cents after, number of its line); see `explanation`."""

NOTHING: Final[Mapping[str, FieldValue]] = {}
NONE_HELD: Final[frozenset[int]] = frozenset()

SEASON_LABELS: Final[Mapping[str, str]] = {
    "none": "Geen",
    "name_before": "Seizoen voor de omschrijving",
    "name_after": "Seizoen achter de omschrijving",
    "period_before": "Periode voor de omschrijving",
    "period_after": "Periode achter de omschrijving",
}


class CannotCompute(Exception):
    """The card lacks what a step needs: an error on this relation. `reason` is a code of `explanation.REASONS`."""

    def __init__(self, reason: str, *values: object) -> None:
        super().__init__(reason, *values)
        self.reason = reason
        self.values = values


class MemberFacts(NamedTuple):
    """All that a price may depend on for one function of one relation (or one relation, when that is what is charged).

    Only `relation_id` and `organisation_id` are needed; fill the others as far as the rules in the run look at them.
    `fields` holds card fields by their formula name (`person.amount`): yes/no as `bool`, amounts in euros as
    `Fraction(cents, 100)`. `activities` are the relation's functions in the same contribution group, as
    (order, function type id, function id), itself included; empty means it is the only one.
    """

    relation_id: int
    organisation_id: int
    function_id: int | None = None
    function_type_id: int | None = None
    first_day: date | None = None  # of the function
    last_day: date | None = None
    born: date | None = None
    price_category_id: int | None = None
    payment_method: str = ""
    household_id: int | None = None
    name: str = ""  # shown in the explanation of a family member's discount
    quantity: int = 1  # number charged
    factor: Number | None = None
    selection_ids: frozenset[int] = NONE_HELD  # the selections of rules and adjustments in which the relation is
    held_type_ids: frozenset[int] = NONE_HELD  # function types held at the first day of the period
    held_category_ids: frozenset[int] = NONE_HELD  # categories of those function types
    fields: Mapping[str, FieldValue] = NOTHING
    activities: tuple[tuple[int, int, int], ...] = ()
    team_amount_cents: int | None = None  # on the relation's team or department
    federation_number: str = ""
    family_number: int = 0  # place in the household, filled by `family`; 0: not settled
    family_before: tuple[str, ...] = ()  # the names of the family members before it
    gift_cents: int = 0
    value_units: Number | None = None  # for tiers
    country: str = "NL"
    postcode: str = ""
    charged_this_year: bool = False  # an earlier charge of this calendar year exists (union fee)
    entered_on: date | None = None  # when the function was written down, for plans that send the first invoice at once


class ChargePeriod(NamedTuple):
    """The days that one charge covers, as a plan gives them.

    `parts` of `whole` is the share of the price that the plan asks for (26 of 30 days in a first month); `unit` is what
    they count: `day`, `month` or `period`. `issue_on` is the day on which its invoice may go out. `follows_in_year`: the
    member has an earlier period of the same calendar year in this run, so what is charged once a year is not in this one.
    """

    first_day: date
    last_day: date
    is_first: bool = False
    parts: int = 1
    whole: int = 1
    unit: str = "period"
    issue_on: date | None = None
    follows_in_year: bool = False


@dataclass(frozen=True, slots=True)
class SeasonTerms:
    """A named period that contributions are charged for."""

    season_id: int
    name: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class ContributionTerms:
    """What is charged, as far as the price depends on it."""

    contribution_id: int
    name: str
    ledger_account_id: int | None = None
    default_price_category_id: int | None = None
    must_hold_type_id: int | None = None
    credits_on_end: bool = False  # ending earlier than charged for gives the rest back
    price_category_names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdjustmentTerms:
    """One step that changes a price: its kind (a code of `adjustments.KINDS`), place and the settings of that kind.

    With a ledger account of its own, or `is_own_line`, what it changes becomes a line of its own; otherwise `text` stands
    between brackets behind the description.
    """

    adjustment_id: int
    kind: str
    position: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    ledger_account_id: int | None = None
    text: str = ""
    is_own_line: bool = False


@dataclass(frozen=True, slots=True)
class TierTerms:
    """Brackets of value units x unit value.

    `brackets` are (upper bound or None, price), upwards; the bound itself lies in the bracket.
    `way`: `bracket` (the price of the bracket in cents), `rate` (that price in cents per euro of value, over all of the
    value) or `progressive` (each bracket's units times its price in cents, and never below `minimum_cents`).
    `unit_value_cents` is what one unit is worth; progressive counts units and does not use it.
    """

    way: str
    brackets: tuple[tuple[Number | None, Number], ...]
    unit_value_cents: int = 100
    minimum_cents: int = 0


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """How much, and for whom: one of `amount_cents`, `formula` and `tiers` says the amount.

    A rule is meant for a season, or holds from `valid_from`, or (neither) always. What is None is not looked at:
    a rule without price category is for all categories that have none of their own.
    """

    rule_id: int
    description: str
    amount_cents: int | None = None
    formula: str = ""
    tiers: TierTerms | None = None
    season_id: int | None = None
    valid_from: date | None = None
    price_category_id: int | None = None
    born_from: date | None = None
    selection_id: int | None = None
    organisation_id: int | None = None
    season_label: str = "none"
    ledger_account_id: int | None = None
    blocks_family_discount: bool = False
    is_free: bool = False
    adjustments: tuple[AdjustmentTerms, ...] = ()
    adjustments_of_id: int | None = None  # "same adjustments as"
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # what the fields of a formula are called, and their kind


class StartRow(NamedTuple):
    """Who is registered from one month up to and including another starts on the first of `start_month`; for one price category or all."""

    from_month: int
    to_month: int
    start_month: int
    price_category_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """When is charged.

    `months` is 1, 3, 6 or 12, or None for the season. `anchor`: `season`, `calendar` (from `first_month` on), `function` (its
    own start date) or `fixed` (`fixed_dates`: a period runs from each date to the day before the next; from the last one on
    a period of `months` follows the other, until `until`; without `months` the last one lasts a year and is the end).
    `first_length`: `same` as the following ones, `rest_of_year` (a year begins in `first_month`), `months`
    (`first_period_months` of them) or `year_minus_day`. `turning_point` is a month of the period, or a day for periods of one
    month: who starts on or after it pays from the next period on. `issue_days` counts from the period's start (below zero: before
    it) or, with `issue_from_end`, from its end (below zero: back from it). `sends_at_once`: where the first period starts later
    than the function was written down, its invoice needs not wait for the moment of issue. `start_way` and `start_rows` say which
    first day is proposed for a new function, see `starts`; `restarts_on_payment`: it becomes the day of the first payment.
    """

    months: int | None = 12
    anchor: str = "calendar"
    first_month: int = 1
    fixed_dates: tuple[date, ...] = ()
    first_period: str = "full"  # full, pro_rata
    first_length: str = "same"
    first_period_months: int | None = None
    turning_point: int | None = None
    issue_days: int = 0
    issue_from_end: bool = False
    sends_at_once: bool = False
    until: date | None = None  # last date of collection
    charges_late_joiners: bool = True  # who starts after a fixed date has passed pays for that period too
    interval_field: str = ""  # a card field with the number of months
    start_field: str = ""  # a card field with the first day of collection
    end_field: str = ""
    start_way: str = "today"
    start_rows: tuple[StartRow, ...] = ()
    restarts_on_payment: bool = False


class PricedLine(NamedTuple):
    """One line of a charge. `ledger_account_id` None is: the contribution's own. `adjustment_id` None: the price itself."""

    description: str
    amount_cents: int
    ledger_account_id: int | None
    adjustment_id: int | None = None


class Band(NamedTuple):
    """Whom a rule holds for by date of birth: from the first up to and including the last day; None is open."""

    first_day: date | None
    last_day: date | None


class Own:
    """Stands in the input of a step for what is the member's own, so that members who pay alike share the step.

    `place` is the one in `Charged.whose`; None for the names of the family members before. There are four.
    """

    __slots__ = ("place",)

    def __init__(self, place: int | None) -> None:
        self.place = place


OWN_START, OWN_END, OWN_BIRTH, OWN_FAMILY = Own(0), Own(1), Own(2), Own(None)
OWN_FACTS: Final = slice(MemberFacts._fields.index("first_day"), MemberFacts._fields.index("born") + 1)  # a test says they lie side by side


class Charged(NamedTuple):
    """What is owed, and why. `steps` are read with `explanation`; the last item of each is the number of its line.

    In a run all who are alike share one. Where `shared_steps` hold an `Own`, what stands there is put in by `of`, when the
    explanation is told or kept; adding amounts up needs no such thing. `others` are the family members before.
    """

    rule_id: int
    period: ChargePeriod
    amount_cents: int
    lines: tuple[PricedLine, ...]
    shared_steps: tuple[RawStep, ...]
    others: tuple[str, ...] = ()
    whose: tuple[date | None, ...] = ()  # start, end and date of birth

    def of(self, member: MemberFacts) -> Charged:
        """Return the same for one of those who pay this."""
        whose: Any = member[OWN_FACTS]
        return self.whose_is(whose)

    def whose_is(self, whose: tuple[Any, ...]) -> Charged:
        """Return the same with the start, end and date of birth (`OWN_FACTS`) of one of those who pay this."""
        return tuple.__new__(Charged, (*self[:6], whose))

    @property
    def steps(self) -> tuple[RawStep, ...]:
        """Every step, in order, with what is this member's own. Raises ValueError where that is not known: see `of`."""
        return tuple([(step[0], tuple([self.own(value) for value in step[1]]), *step[2:]) for step in self.shared_steps])

    def own(self, value: Any) -> Any:
        """Return what an input is for this member."""
        if type(value) is not Own:
            return value
        if value.place is None:
            return self.others
        if not self.whose:
            raise ValueError("whose charge this is must be said first, with `of`")
        return self.whose[value.place]


class NotCharged(NamedTuple):
    """Nothing is owed, and why: `reason` is a code of `explanation.REASONS`, which makes the sentence."""

    reason: str
    values: tuple[Any, ...] = ()
    rule_id: int | None = None


class Unpriceable(NamedTuple):
    """What is owed cannot be told until something is put right; for the run's list of errors."""

    reason: str
    values: tuple[Any, ...] = ()
    rule_id: int | None = None


Outcome: TypeAlias = Charged | NotCharged | Unpriceable
