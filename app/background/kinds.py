"""The kinds of background work: the timetable as one table, and the work that people ask for."""

from __future__ import annotations

from dataclasses import dataclass

from app.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work: its Dutch title, and for scheduled work when it runs (five fields as in cron, Dutch time).

    `lane` keeps long work from holding up the mail; `longest_minutes` is how long a run may go on before another takes it over.
    """

    title: str
    schedule: str | None = None
    lane: str = "short"
    longest_minutes: int = 60


KINDS = {
    "outbox": Kind("Uitgaande post versturen", "* * * * *", lane="mail"),
    "seal_trail": Kind("Logboek verzegelen", "*/5 * * * *"),
    "reset_links": Kind("Links voor een nieuw wachtwoord mailen", "* * * * *", lane="mail"),
    "due_functions": Kind("Functies en adressen die vandaag ingaan of eindigen", "5 0 * * *"),
    "deferred_revenue": Kind("Vooruitontvangen bedragen nemen", "20 0 1 * *"),
    "lapse_mandates": Kind("Machtigingen die vervallen", "30 0 * * *"),
    "forget_enrollments": Kind("Oude inschrijvingen vergeten", "15 3 * * *"),
    "tidy_runs": Kind("Oude taakuitvoeringen opruimen", "30 3 * * *"),
    "retention": Kind("Bewaartermijnen toepassen", "45 3 2 * *", lane="long", longest_minutes=360),
    "data_quality": Kind("Foutmeldingen zoeken en mailen", "0 6 * * *"),
    "invoice_run_make": Kind("Facturen maken", lane="long", longest_minutes=360),
    "invoice_run_post": Kind("Facturen boeken", lane="long", longest_minutes=360),
    "invoice_run_send": Kind("Facturen versturen", lane="long", longest_minutes=360),
    "invoice_run_preview": Kind("Controle voor het factureren"),
    "what_if": Kind("Begroting contributie doorrekenen"),
}
SCHEDULED = tuple(name for name, kind in KINDS.items() if kind.schedule)
LANES = ("mail", "short", "long")


def kind_of(job_name: str) -> Kind:
    """Return the kind of work with this name. Raises DomainError `job_unknown`."""
    if job_name not in KINDS:
        raise DomainError("job_unknown", f"Er is geen taak “{job_name}”. Kies uit: {', '.join(KINDS)}.", value=job_name)
    return KINDS[job_name]


def names_in(lane: str) -> tuple[str, ...]:
    """Return the kinds of work of one lane."""
    return tuple(name for name, kind in KINDS.items() if kind.lane == lane)
