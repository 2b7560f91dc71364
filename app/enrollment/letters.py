"""The mails about an enrollment: (subject, text). They name no more than needed."""

from __future__ import annotations

from datetime import date

from app.kernel.periods import dutch_date


def confirmation(name: str, organisation: str, link: str, valid_days: int) -> tuple[str, str]:
    """Ask whoever filled in the form to confirm the e-mail address."""
    return (
        f"Bevestig je inschrijving bij {organisation}",
        (
            f"Hallo {name},\n\n"
            f"Met dit e-mailadres is een inschrijving ingevuld bij {organisation}. Klik op de link om te bevestigen dat jij dat was:\n\n"
            f"{link}\n\n"
            f"De link werkt {valid_days} dagen. Daarna kijken we je inschrijving na en hoor je van ons.\n\n"
            "Heb je niets ingevuld? Dan hoef je niets te doen: zonder bevestiging gebeurt er niets.\n\n"
            f"{organisation}\n"
        ),
    )


def question(name: str, organisation: str, text: str) -> tuple[str, str]:
    """Ask the applicant something."""
    return (
        f"Vraag over je inschrijving bij {organisation}",
        f"Hallo {name},\n\nWe hebben een vraag over je inschrijving:\n\n{text}\n\nBeantwoord deze mail, dan gaan we verder.\n\n{organisation}\n",
    )


def declined(name: str, organisation: str, reason: str) -> tuple[str, str]:
    """Tell the applicant that it does not go on, and why."""
    return (
        f"Je inschrijving bij {organisation}",
        f"Hallo {name},\n\nWe kunnen je inschrijving niet aannemen.\n\n{reason}\n\nHeb je vragen? Beantwoord dan deze mail.\n\n{organisation}\n",
    )


def welcome(name: str, department: str, number: int, from_day: date, charge: str, mandate: str) -> tuple[str, str]:
    """Welcome the new member; `charge` is a sentence about the first contribution, `mandate` its reference, each or empty."""
    about = f"{charge}\n\n" if charge else ""
    about += f"We incasseren de contributie van je rekening. Je machtiging heeft kenmerk {mandate}.\n\n" if mandate else ""
    return (
        f"Welkom bij {department}",
        f"Hallo {name},\n\nJe bent lid van {department} vanaf {dutch_date(from_day)}. Je relatienummer is {number}.\n\n{about}Tot ziens,\n{department}\n",
    )


def routed(name: str, number: int, department: str, from_day: date, link: str) -> tuple[str, str]:
    """Tell the department's member administrator who came in by the website."""
    return (
        f"Nieuw lid via de website: {department}",
        f"{name} (relatie {number}) is lid van {department} vanaf {dutch_date(from_day)}.\n\nDe kaart: {link}\n",
    )
