"""State machines: the states of a document and the steps between them as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.kernel.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Machine:
    """The life of one kind of document.

    `states` maps each state to its Dutch name; `steps` maps a verb to (states it may start from, state it ends in);
    `noun` is the Dutch name of the document with its article, for the refusal.
    """

    noun: str
    states: Mapping[str, str]
    steps: Mapping[str, tuple[tuple[str, ...], str]]

    def __post_init__(self) -> None:
        for verb, (sources, target) in self.steps.items():
            for state in (*sources, target):
                if state not in self.states:
                    raise ValueError(f"step {verb} names an unknown state {state}")

    def target(self, verb: str, state: str) -> str:
        """Return the state that `verb` leads to. Raises DomainError `wrong_state` when it may not be done now."""
        sources, target = self.steps[verb]
        if state not in sources:
            raise self.refusal(verb, state)
        return target

    def sources(self, verb: str) -> tuple[str, ...]:
        """Return the states from which `verb` may be done."""
        return self.steps[verb][0]

    def refusal(self, verb: str, state: str) -> DomainError:
        """Return the refusal for a verb that does not fit the state."""
        wanted = " of ".join(f"“{self.states[source]}”" for source in self.steps[verb][0])
        return DomainError(
            "wrong_state",
            f"Dit kan niet: {self.noun} staat op “{self.states.get(state, state)}” en moet {wanted} zijn. Ververs de pagina en kijk opnieuw.",
            verb=verb,
            state=state,
        )
