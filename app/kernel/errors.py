"""Refusals: what the rules say no to, in Dutch, with what the user can do about it."""

from __future__ import annotations

from dataclasses import dataclass


class DomainError(Exception):
    """A rule refuses and the user can act.

    `code` is stable and English (for tests and scripts), `message` is Dutch and whole: it names the
    place, the value and the remedy. `parameters` holds the values for machine readers.
    """

    def __init__(self, code: str, message: str, **parameters: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.parameters = parameters

    def __str__(self) -> str:
        return self.message


class NotFound(DomainError):
    """What was asked for does not exist, or is not this actor's: the two must look the same."""

    def __init__(self, message: str = "Dit bestaat niet (meer), of het hoort niet bij jouw omgeving.") -> None:
        super().__init__("not_found", message)


class NotAllowed(DomainError):
    """It is the actor's to see, but not to do."""

    def __init__(self, message: str = "Je mag dit niet doen. Vraag het aan je beheerder.") -> None:
        super().__init__("not_allowed", message)


# With these `expected` says something of the place or the value itself; otherwise it goes on about what stands there.
_SAYS_ITSELF = ("is", "heeft", "bevat", "hoort", "overlapt", "staat")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a part of a file or form is refused.

    `where` is a line number, element path or field; `value` is what stood there; `expected` says what should.
    """

    where: str
    value: str
    expected: str

    def __str__(self) -> str:
        where = self.where[:1].upper() + self.where[1:]
        first = self.expected.partition(" ")[0]
        if not self.value:
            return f"{where} {self.expected}" if first in _SAYS_ITSELF else f"{where}: {self.expected}"
        if first in _SAYS_ITSELF:
            return f"{where}: “{self.value}” {self.expected}"
        return f"{where}: daar staat “{self.value}”{',' if first in ('maar', 'en') else ''} {self.expected}"


class FileRefused(DomainError):
    """A file that is refused whole, with every reason found."""

    def __init__(self, code: str, file: str, refusals: list[Refusal]) -> None:
        self.file = file
        self.refusals = refusals
        super().__init__(code, f"{file} is niet ingelezen. " + " ".join(f"{r}." for r in refusals[:5]), file=file, count=len(refusals))
