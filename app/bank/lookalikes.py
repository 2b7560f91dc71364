"""Open invoices of one amount by the words of their debtors' names, so that only names that can be alike are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from app.bank.names import PREFIXES, holders, split, surnames
from app.bank.proposals import OpenInvoice

_NOTHING = ""  # stands for the first letter of the other words of who has none


class SameAmount:
    """The invoices that had exactly one amount open, by the words of their debtors' names."""

    def __init__(self, invoices: Iterable[tuple[OpenInvoice, str]]) -> None:
        """Take each invoice with the name of its debtor."""
        self.named = list(invoices)
        self._under: dict[str, list[int]] = defaultdict(list)
        for place, (_invoice, name) in enumerate(self.named):
            for word in split(name):
                self._under[word].append(place)
        self._by_letter: dict[str, dict[str, list[int]]] = {}

    def sharing(self, name: str) -> Iterator[OpenInvoice]:
        """Yield the invoices whose debtor shares a surname word with `name`, some more than once."""
        for word in surnames(name):
            yield from (self.named[place][0] for place in self._under.get(word, ()))

    def alike(self, name: str, text: str) -> Iterator[OpenInvoice]:
        """Yield of those the ones that can be alike (see `likeness`, from 80), or whose whole name stands in the small-lettered `text`.

        Whoever has, beside the shared surname, other words with other first letters is somebody else.
        """
        people = holders(name)
        for word in surnames(name):
            under = self._under.get(word)
            if not under:
                continue
            beside = [_beside(person, word) for person in people if word in person]
            if not all(beside):
                yield from (self.named[place][0] for place in under)
                continue
            by_letter = self._letters(word)
            for letter in {_NOTHING}.union(*beside):
                yield from (self.named[place][0] for place in by_letter.get(letter, ()))
            if word in text or not text.isascii():  # a whole name has the word in it, but for its accents
                yield from (invoice for invoice, debtor in map(self.named.__getitem__, under) if debtor and debtor.casefold() in text)
            others = {person[-1][0] for person in people if word not in person}
            if others:  # of a joint account, another holder may be meant
                for invoice, debtor in map(self.named.__getitem__, under):
                    if not others.isdisjoint(found[0] for found in split(debtor)):
                        yield invoice

    def _letters(self, word: str) -> dict[str, list[int]]:
        """Return who has this word in the name, by the first letters of their other words."""
        if word not in self._by_letter:
            found = self._by_letter[word] = defaultdict(list)
            for place in self._under[word]:
                for letter in _beside(split(self.named[place][1]), word) or (_NOTHING,):
                    found[letter].append(place)
        return self._by_letter[word]


def _beside(found: tuple[str, ...], shared: str) -> set[str]:
    """Return the first letters of the words beside the shared one; prefixes say nothing."""
    return {word[0] for word in found if word != shared and word not in PREFIXES}
