"""Why a bank sends a collection back, in Dutch, and what to do next.

Source: ISO 20022 external code sets; the explanations of Rabobank, RegioBank and others to their own customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NextStep = Literal["retry", "ask_to_pay", "ask_account", "block_mandate", "revoke_mandate", "stop_contact", "repair", "by_hand"]

# What each step is called on screen, and whether the mandate may still be used after it.
STEPS: dict[NextStep, str] = {
    "retry": "Opnieuw incasseren",
    "ask_to_pay": "Vragen zelf te betalen",
    "ask_account": "Rekeningnummer navragen; machtiging geblokkeerd",
    "block_mandate": "Machtiging blokkeren en vragen zelf te betalen",
    "revoke_mandate": "Machtiging intrekken en vragen zelf te betalen",
    "stop_contact": "Niet aanmanen; nabestaanden benaderen",
    "repair": "Zelf herstellen en opnieuw aanbieden",
    "by_hand": "Met de hand beoordelen",
}


@dataclass(frozen=True, slots=True)
class ReturnReason:
    """One reason code: its meaning, the next step and the advice for the treasurer."""

    code: str
    meaning: str
    step: NextStep
    advice: str

    @property
    def may_retry(self) -> bool:
        """Whether collecting again without asking anything can help."""
        return self.step == "retry"

    @property
    def blocks_mandate(self) -> bool:
        """Whether the mandate may not be used until something is changed."""
        return self.step in ("ask_account", "block_mandate", "revoke_mandate", "stop_contact")


_TABLE: tuple[tuple[str, str, NextStep, str], ...] = (
    ("AC01", "Het rekeningnummer bestaat niet", "ask_account", "Vraag het lid om het juiste IBAN en wijzig de machtiging."),
    ("AC04", "De rekening is opgeheven", "ask_account", "Vraag het lid om het nieuwe IBAN en wijzig de machtiging."),
    ("AC06", "De rekening is geblokkeerd voor incasso", "block_mandate", "Incasseer niet opnieuw; laat het lid zelf betalen."),
    ("AC13", "Van dit soort rekening kan niet worden geïncasseerd", "ask_account", "Vraag het lid om een betaalrekening."),
    ("AG01", "Dit is geen betaalrekening, bijvoorbeeld een spaarrekening", "ask_account", "Vraag het lid om een betaalrekening."),
    (
        "AG02",
        "Verkeerde soort incasso, of een eenmalige machtiging is twee keer gebruikt",
        "repair",
        "Kijk of de machtiging doorlopend of eenmalig is en bied opnieuw aan.",
    ),
    ("AM02", "Het bedrag is hoger dan de bank toestaat", "repair", "Verlaag het bedrag of verhoog de limiet bij je bank."),
    (
        "AM04",
        "Er stond te weinig geld op de rekening",
        "retry",
        "Incasseer over een paar dagen opnieuw; lukt dat niet, vraag dan zelf te betalen.",
    ),
    (
        "AM05",
        "De bank ziet dezelfde incasso twee keer",
        "repair",
        "Incasseer niet opnieuw. Zoek uit of het bestand twee keer is ingestuurd.",
    ),
    ("BE05", "De bank kent jullie incassant-ID niet", "repair", "Controleer het incassant-ID bij de bankrekening van de administratie."),
    ("CH03", "De incassodatum ligt te ver vooruit", "repair", "Maak een nieuwe batch met een eerdere datum."),
    ("CH04", "De incassodatum ligt in het verleden", "repair", "Maak een nieuwe batch met een latere datum."),
    ("CNOR", "De bank van het lid doet niet mee aan incasso", "ask_account", "Vraag het lid om een andere rekening of laat zelf betalen."),
    ("DNOR", "De bank van het lid doet niet mee aan incasso", "ask_account", "Vraag het lid om een andere rekening of laat zelf betalen."),
    ("FF01", "Het bestand heeft een fout", "repair", "Vraag je bank welke regel fout is en bied opnieuw aan."),
    ("FF05", "De soort incasso klopt niet", "repair", "Kijk of de machtiging doorlopend of eenmalig is en bied opnieuw aan."),
    (
        "MD01",
        "Er is geen geldige machtiging, of die is ingetrokken",
        "revoke_mandate",
        "Incasseer niet opnieuw. Vraag zelf te betalen, of vraag een nieuwe machtiging.",
    ),
    (
        "MD02",
        "Gegevens van de machtiging ontbreken of kloppen niet",
        "repair",
        "Controleer kenmerk en datum van de machtiging en bied opnieuw aan.",
    ),
    ("MD06", "Het lid heeft het bedrag teruggehaald", "ask_to_pay", "Neem contact op met het lid voordat je iets opnieuw incasseert."),
    (
        "MD07",
        "De rekeninghouder is overleden",
        "stop_contact",
        "Maan niet aan en incasseer niet meer. Neem contact op met de nabestaanden.",
    ),
    ("MS02", "Het lid heeft de incasso geweigerd", "ask_to_pay", "Incasseer niet opnieuw; neem contact op met het lid."),
    (
        "MS03",
        "De bank geeft geen reden",
        "retry",
        "Incasseer één keer opnieuw. Komt de hele batch zo terug, bel dan je bank over jullie incassocontract.",
    ),
    ("RC01", "De BIC klopt niet", "repair", "Laat de BIC weg en bied opnieuw aan."),
    ("RR01", "Gegevens van de rekeninghouder ontbreken", "repair", "Vul naam en rekening van het lid aan en bied opnieuw aan."),
    ("RR02", "Naam of adres van de rekeninghouder ontbreekt", "repair", "Vul naam en adres van het lid aan en bied opnieuw aan."),
    ("RR03", "Naam of adres van de incassant ontbreekt", "repair", "Controleer de gegevens van de bankrekening van de administratie."),
    ("RR04", "Geweigerd om wettelijke redenen", "by_hand", "Vraag je bank wat er aan de hand is."),
    (
        "SL01",
        "Het lid heeft incasso's begrensd of jullie geblokkeerd",
        "ask_to_pay",
        "Vraag het lid de blokkade op te heffen of zelf te betalen.",
    ),
    ("DU01", "Het bestand is al eens ingestuurd", "repair", "Bied het niet opnieuw aan. Kijk of de eerste keer is verwerkt."),
    ("DU02", "Een groep uit het bestand is al eens ingestuurd", "repair", "Bied het niet opnieuw aan. Kijk of de eerste keer is verwerkt."),
    (
        "DU03",
        "Een incasso uit het bestand is al eens ingestuurd",
        "repair",
        "Bied het niet opnieuw aan. Kijk of de eerste keer is verwerkt.",
    ),
    ("DU04", "Het kenmerk van een incasso is al eens gebruikt", "repair", "Bied het niet opnieuw aan. Kijk of de eerste keer is verwerkt."),
    (
        "DU05",
        "Het kenmerk van een opdracht is al eens gebruikt",
        "repair",
        "Bied het niet opnieuw aan. Kijk of de eerste keer is verwerkt.",
    ),
    ("AM16", "Het totaal van een groep klopt niet", "repair", "Vraag je bank om uitleg en maak de batch opnieuw."),
    ("AM17", "Het totaal van een groep klopt niet", "repair", "Vraag je bank om uitleg en maak de batch opnieuw."),
    ("AM18", "Het aantal in het bestand klopt niet", "repair", "Vraag je bank om uitleg en maak de batch opnieuw."),
    ("AM19", "Het aantal in een groep klopt niet", "repair", "Vraag je bank om uitleg en maak de batch opnieuw."),
    ("AM20", "Het totaal van het bestand klopt niet", "repair", "Vraag je bank om uitleg en maak de batch opnieuw."),
)

REASONS: dict[str, ReturnReason] = {code: ReturnReason(code, meaning, step, advice) for code, meaning, step, advice in _TABLE}


def reason_of(code: str) -> ReturnReason:
    """Return what a reason code means; a code that is not in the table goes to a person, it is never guessed from its text."""
    known = REASONS.get(code)
    if known:
        return known
    shown = f"Onbekende reden “{code}”" if code else "De bank noemt geen reden"
    return ReturnReason(code, shown, "by_hand", "Vraag je bank wat dit betekent en kies zelf wat er moet gebeuren.")
