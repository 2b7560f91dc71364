"""Formulas in amounts and conditions: read by a grammar, checked when saved, never evaluated as Python.

    {person.membership_per_month} * 12
    {person.amount} + ({person.pays_by_invoice} * 5)
    if({person.age} < 18; 10; 12,50)

Numbers have a decimal comma or point, so values in a function are parted by `;`. There are + - * / and brackets,
= <> < <= > >= (1 or 0), `if` (or `als`), `min`, `max`, `round` (or `rond`; to whole euros, or to so many decimals).
Fields stand between braces. A yes/no field counts as 1 or 0. Calculation is exact; money is in euros.

Bounded: 500 characters, nesting of 20, numbers of nine figures; there are no loops and no powers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeAlias

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from app.contributions.facts import CannotCompute, FieldValue
from app.contributions.fields import nearest
from app.kernel.errors import DomainError
from app.kernel.money import round_half_up

MAXIMUM_CHARACTERS: Final = 500
MAXIMUM_DEPTH: Final = 20
MAXIMUM_VALUE: Final = 10**12

Fields: TypeAlias = Mapping[str, FieldValue]
Exact: TypeAlias = int | Fraction
Evaluate: TypeAlias = Callable[[Fields], Exact]

GRAMMAR = r"""
?start: comparison
?comparison: sum (COMPARE sum)?
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: factor | product "*" factor -> multiply | product "/" factor -> divide
?factor: atom | "-" factor -> negate | "+" factor
?atom: NUMBER -> number | FIELD -> field | NAME "(" comparison (";" comparison)* ")" -> call | "(" comparison ")"
COMPARE: "<=" | ">=" | "<>" | "=" | "<" | ">"
NUMBER: /[0-9]{1,9}([.,][0-9]{1,6})?/
FIELD: /\{ *[A-Za-z_][A-Za-z0-9_.:]{0,79} *\}/
NAME: /[A-Za-z]+/
%ignore /[ \t\r\n]+/
"""
_PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)
_FUNCTIONS = {"if": "if", "als": "if", "min": "min", "max": "max", "round": "round", "rond": "round"}
_VALUES: Final[Mapping[str, tuple[int, int]]] = {"if": (3, 3), "min": (2, 20), "max": (2, 20), "round": (1, 2)}


def _refusal(text: str, place: int, why: str) -> DomainError:
    """Return the refusal of a formula, with the place counted from 1."""
    return DomainError("formula_wrong", f"In de formule “{text}” gaat het mis bij teken {place}: {why}", formula=text, place=place)


class _Wrong(Exception):
    def __init__(self, place: int, why: str) -> None:
        super().__init__(why)
        self.place, self.why = place, why


def _number(value: FieldValue, name: str) -> Exact:
    if value is None or value == "":
        raise CannotCompute("empty_field", name)
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, int | Fraction):
        raise CannotCompute("field_no_number", name)
    return value


def _bounded(value: Exact) -> Exact:
    if not -MAXIMUM_VALUE <= value <= MAXIMUM_VALUE:
        raise CannotCompute("formula_too_large")
    return value


@v_args(inline=True)
class _Compiler(Transformer[Token, Evaluate]):
    """Turns the tree into nested functions of the fields."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, int] = {}

    def number(self, token: Token) -> Evaluate:
        exact = Fraction(str(token).replace(",", "."))
        value: Exact = exact.numerator if exact.denominator == 1 else exact
        return lambda _: value

    def field(self, token: Token) -> Evaluate:
        name = str(token)[1:-1].strip().lower().replace(":", ".")
        self.names.setdefault(name, (token.start_pos or 0) + 1)

        def look_up(fields: Fields) -> Exact:
            if name not in fields:
                raise CannotCompute("unknown_field", name)
            return _number(fields[name], name)

        return look_up

    def add(self, left: Evaluate, right: Evaluate) -> Evaluate:
        return lambda fields: left(fields) + right(fields)

    def subtract(self, left: Evaluate, right: Evaluate) -> Evaluate:
        return lambda fields: left(fields) - right(fields)

    def multiply(self, left: Evaluate, right: Evaluate) -> Evaluate:
        return lambda fields: _bounded(left(fields) * right(fields))

    def divide(self, left: Evaluate, right: Evaluate) -> Evaluate:
        def divided(fields: Fields) -> Exact:
            under = right(fields)
            if under == 0:
                raise CannotCompute("division_by_zero")
            return _bounded(Fraction(left(fields)) / under)

        return divided

    def negate(self, value: Evaluate) -> Evaluate:
        return lambda fields: -value(fields)

    def comparison(self, left: Evaluate, sign: Token, right: Evaluate) -> Evaluate:
        compare = _COMPARE[str(sign)]
        return lambda fields: int(compare(left(fields), right(fields)))

    def call(self, name: Token, *values: Evaluate) -> Evaluate:
        place = (name.start_pos or 0) + 1
        function = _FUNCTIONS.get(str(name).lower())
        if function is None:
            raise _Wrong(place, f"“{name}” is onbekend. Je kunt if, min, max en round gebruiken.")
        least, most = _VALUES[function]
        if not least <= len(values) <= most:
            count = str(least) if least == most else f"{least} tot {most}"
            raise _Wrong(place, f"{name} heeft {count} waarden nodig, met een puntkomma ertussen.")
        return _CALLS[function](*values)


def _if(condition: Evaluate, yes: Evaluate, no: Evaluate) -> Evaluate:
    return lambda fields: yes(fields) if condition(fields) else no(fields)


def _round(value: Evaluate, decimals: Evaluate | None = None) -> Evaluate:
    def rounded(fields: Fields) -> Exact:
        places = decimals(fields) if decimals else 0
        if places not in (0, 1, 2, 3, 4, 5, 6):
            raise CannotCompute("round_decimals")
        scale = 10 ** int(places)
        return Fraction(round_half_up(Fraction(value(fields)) * scale), scale)

    return rounded


_CALLS: Mapping[str, Callable[..., Evaluate]] = {
    "if": _if,
    "min": lambda *values: lambda fields: min(value(fields) for value in values),
    "max": lambda *values: lambda fields: max(value(fields) for value in values),
    "round": _round,
}
_COMPARE: Mapping[str, Callable[[Exact, Exact], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been read. Two are the same when their text is."""

    text: str
    names: tuple[str, ...] = field(compare=False)
    _evaluate: Evaluate = field(compare=False, repr=False)

    @classmethod
    def read(cls, text: str, known: Collection[str] | None = None) -> Formula:
        """Read a formula; with `known`, a field that is not among those names is refused.

        Raises DomainError `formula_wrong` with the place.
        """
        _check_bounds(text)
        compiler = _Compiler()
        try:
            evaluate: Any = compiler.transform(_PARSER.parse(text))
        except UnexpectedInput as wrong:
            raise _refusal(text, *_where(text, wrong)) from None
        except VisitError as wrong:
            if isinstance(wrong.orig_exc, _Wrong):
                raise _refusal(text, wrong.orig_exc.place, wrong.orig_exc.why) from None
            raise
        for name, place in compiler.names.items():
            if known is not None and name not in known:
                raise _refusal(text, place, f"het veld “{name}” bestaat niet.{nearest(name, known)}")
        return cls(text, tuple(compiler.names), evaluate)

    def value(self, fields: Fields) -> Exact:
        """Return the exact value. Raises CannotCompute for an unknown or empty field and for a division by zero."""
        return self._evaluate(fields)

    def cents(self, fields: Fields) -> int:
        """Return the value, in euros, as cents rounded half up."""
        return round_half_up(_bounded(self._evaluate(fields)) * 100)

    def inputs(self, fields: Fields) -> tuple[tuple[str, FieldValue], ...]:
        """Return each field that is named with its value, for the explanation."""
        return tuple((name, fields.get(name)) for name in self.names)


def _check_bounds(text: str) -> None:
    if not text.strip():
        raise _refusal(text, 1, "de formule is leeg.")
    if len(text) > MAXIMUM_CHARACTERS:
        raise _refusal(text[:40] + "…", MAXIMUM_CHARACTERS + 1, f"een formule is hoogstens {MAXIMUM_CHARACTERS} tekens lang.")
    depth = signs = 0
    for place, sign in enumerate(text, 1):
        depth += (sign == "(") - (sign == ")")
        signs = signs + 1 if sign in "+-" else signs if sign.isspace() else 0
        if depth > MAXIMUM_DEPTH or signs > MAXIMUM_DEPTH:
            raise _refusal(text, place, f"er staan meer dan {MAXIMUM_DEPTH} haakjes of tekens in elkaar.")


def _where(text: str, wrong: UnexpectedInput) -> tuple[int, str]:
    """Return the place of a reading error and what to say of it."""
    if isinstance(wrong, UnexpectedCharacters):
        place = (wrong.pos_in_stream or 0) + 1
        if text[place - 1] == ",":
            return place, "zet een puntkomma tussen de waarden; een komma is voor decimalen."
        return place, f"“{text[place - 1]}” kan hier niet staan."
    if isinstance(wrong, UnexpectedToken) and wrong.token.type != "$END":
        return (wrong.token.start_pos or 0) + 1, f"“{wrong.token}” kan hier niet staan."
    return len(text) + 1, "de formule is niet af."
