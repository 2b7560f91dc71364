"""The morning look at the cards, and the mail about it."""

from __future__ import annotations

from app.data_quality import usecases
from app.kernel import clock
from jobs.work import Work


def find_and_mail(work: Work) -> str:
    """Find what is missing or wrong on cards, and mail each organisation what it can mend."""
    found = usecases.find_issues(clock.today(), work.progress)
    mailed = usecases.mail_new_issues(clock.today())
    text = f"{found.new} nieuwe foutmeldingen, {found.open} open, {found.solved} opgelost; {mailed.messages} mails klaargezet."
    if mailed.without_address:
        text += f" Zonder meldingsadres: {', '.join(mailed.without_address)}."
    return text
