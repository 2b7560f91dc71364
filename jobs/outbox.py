"""The outbox: claim, commit, hand over to the mail server, write down what it said."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from flask import current_app

from app.invoicing.usecases import mark_mailed, mark_refused
from app.kernel import clock
from app.kernel.errors import DomainError
from app.mail import queries, usecases
from app.mail.letters import ascii_address, rendered
from app.mail.replies import REFUSED, SENT, Verdict
from app.mail.transport import Connection, Server, ServerDown
from jobs.work import Work

# Longer than the server may think over one message (four answers of 30 seconds): after it nobody knows.
LEASE = timedelta(minutes=15)
_WORDS = {"sent": "verstuurd", "later": "later opnieuw", "refused": "geweigerd", "unknown": "onzeker"}


def send_due(work: Work) -> str:
    """Send what waits, at most the number of this clock minute, and say in Dutch how it went.

    A mail server that is down is no fault of ours: everything waits and the next minute tries again.
    """
    doubtful = usecases.doubt_lost()
    if why := queries.why_nothing_is_sent():
        return f"{why} {queries.count_waiting()} wachten."
    minute = clock.now().replace(second=0, microsecond=0)
    allowed = current_app.config["MAIL_PER_MINUTE"] - queries.count_sent_since(minute)
    expected = min(allowed, queries.count_waiting())
    counts = Counter(unknown=doubtful)
    server = Server.from_settings(current_app.config)
    try:
        with Connection(server) as line:
            for done in range(allowed):
                work.progress(done, max(done, expected))
                if not queries.anything_due(clock.now()):
                    break
                line.open()
                if (claimed := usecases.claim_next(LEASE)) is None:
                    break
                answer = _handed_over(line, claimed)
                usecases.keep_verdict(claimed, answer)
                if answer.outcome == SENT:
                    mark_mailed(claimed.id)
                counts[answer.outcome] += 1
        mark_refused()
    except ServerDown as down:
        return f"{down} {queries.count_waiting()} berichten wachten."
    return ", ".join(f"{count} {_WORDS[outcome]}" for outcome, count in counts.items() if count) or "Niets te versturen."


def _handed_over(line: Connection, claimed: usecases.Claimed) -> Verdict:
    letter = claimed.letter
    try:
        sender, recipient, content = ascii_address(letter.sender_email), ascii_address(letter.recipient), rendered(letter, clock.now())
    except DomainError as refusal:
        return Verdict(REFUSED, refusal.message)
    return line.send(sender, recipient, content)
