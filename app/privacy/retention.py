"""How long each kind of data is kept: what comes ready, the least that law asks, and where that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.kernel.errors import DomainError
from app.kernel.periods import add_months

_AVG: Final = "Art. 5 lid 1 e AVG: niet langer dan nodig"
_LAW: Final = "Art. 52 AWR en art. 2:10 BW: zeven jaar na het einde van het boekjaar, dus acht jaar na de dag zelf"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data. `months` comes ready, fewer than `least` is refused; `is_on` whether it runs unless somebody says otherwise."""

    title: str
    what: str
    months: int
    least: int
    source: str
    is_on: bool = True


KINDS: Final[Mapping[str, Kind]] = {
    "ended_relations": Kind(
        "Kaarten van wie weg is", "De hele persoon wordt gewist, zo lang na het einde van het lidmaatschap; wat open staat wacht.",
        24, 1, _AVG + "; een tot twee jaar na vertrek is gebruikelijk (Vrijstellingsbesluit Wbp)", is_on=False,
    ),
    "enrollments": Kind(
        "Afgehandelde inschrijvingen", "De inschrijving met alles wat is ingevuld gaat weg, zo lang na de beslissing. De kaart blijft.", 12, 1, _AVG,
    ),
    "messages": Kind("Tekst van verstuurde post", "De tekst van een bericht gaat weg; dat en aan wie het is verstuurd blijft.", 24, 1, _AVG),
    "sessions": Kind("Sessies en links voor een wachtwoord", "Waar iemand was ingelogd en met welk apparaat.", 6, 1, _AVG + "; 6 tot 24 maanden is gebruikelijk"),
    "job_runs": Kind("Uitgevoerde taken", "Taken waar iemand om vroeg, met hun uitkomst.", 12, 1, _AVG),
    "trail": Kind(
        "Oude waarden in het logboek", "Oude en nieuwe waarden van gegevens van personen. Wie wat deed en wanneer blijft; boekingen horen er niet bij.",
        36, 6, _AVG,
    ),
    "statements": Kind("Bankregels", "Naam, rekening en omschrijving van de tegenpartij, en het bestand van de bank. Bedragen en boekingen blijven.", 96, 96, _LAW),
    "debit_files": Kind("Incassobestanden", "Het bestand dat naar de bank ging.", 96, 96, _LAW),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one kind: how long, and whether it runs."""

    kind: str
    months: int
    is_active: bool

    def before(self, today: date) -> date:
        """Return the day before which things of this kind go."""
        return add_months(today, -self.months)


def rules_with(kept: Mapping[str, tuple[int, bool]]) -> list[Rule]:
    """Return a rule for every kind: as it was set, else as it comes ready."""
    return [Rule(name, *kept.get(name, (kind.months, kind.is_on))) for name, kind in KINDS.items()]


def check_months(kind: str, months: int) -> int:
    """Return the months when law allows them. Raises DomainError `too_short`."""
    known = KINDS[kind]
    if months < known.least:
        raise DomainError("too_short", f"{known.title}: korter dan {known.least} maanden mag niet. {known.source}.", field="months")
    return months
