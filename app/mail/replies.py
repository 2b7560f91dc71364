"""What a mail server's answer means for a message: sent, later, refused, or not known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

SENT, LATER, REFUSED, UNKNOWN = "sent", "later", "refused", "unknown"
# Growing pauses in minutes; after the last one the message has failed (about three days).
PAUSES = (1, 5, 15, 60, 240, 720, 1440, 1440)
_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH_MAILBOX = (550, 551, 553)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one attempt ended, with the server's own words. `address_is_bad` says that the address will never work."""

    outcome: str
    response: str
    address_is_bad: bool = False


def verdict(stage: str, code: int | None, text: str) -> Verdict:
    """Judge the answer `code` at a stage: `mail`, `rcpt`, `data`, or `end` (the message was handed over); None is no answer.

    A dropped connection before the end is tried again: without the last line a server may not keep the message (RFC 5321 4.1.1.4).
    After the end nobody knows, and money letters must not go twice. Only a refused recipient says something about the address:
    5.7.x is about the sender, 5.2.2 a full mailbox. Source: RFC 5321 4.2, RFC 3463.
    """
    words = f"{code} {text}".strip() if code is not None else text
    if code is None:
        return Verdict(UNKNOWN if stage == "end" else LATER, words)
    if stage == "end" and 200 <= code < 300:
        return Verdict(SENT, words)
    if 500 <= code < 600:
        enhanced = _ENHANCED.match(text)
        about_address = enhanced is None or enhanced[2] == "1"
        return Verdict(REFUSED, words, stage == "rcpt" and code in _NO_SUCH_MAILBOX and about_address)
    if stage == "end" and not 400 <= code < 500:
        return Verdict(UNKNOWN, words)
    return Verdict(LATER, words)


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many attempts; None when it has been tried long enough."""
    return timedelta(minutes=PAUSES[attempts - 1]) if attempts <= len(PAUSES) else None
