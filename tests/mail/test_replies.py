"""What a server's answer means."""

from __future__ import annotations

import pytest

from app.mail.replies import PAUSES, pause_after, verdict


@pytest.mark.parametrize(
    ("stage", "code", "text", "outcome", "bad_address"),
    [
        ("end", 250, "2.0.0 Ok: queued as 4F1", "sent", False),
        ("mail", 451, "4.3.0 try again", "later", False),
        ("rcpt", 450, "4.2.0 greylisted", "later", False),
        ("rcpt", 452, "4.2.2 mailbox full", "later", False),
        ("rcpt", 550, "5.1.1 no such user", "refused", True),
        ("rcpt", 550, "no such user here", "refused", True),
        ("rcpt", 550, "5.7.1 relaying denied", "refused", False),
        ("rcpt", 552, "5.2.2 mailbox full", "refused", False),
        ("rcpt", 554, "5.7.1 blocked", "refused", False),
        ("mail", 550, "5.7.26 not authenticated", "refused", False),
        ("end", 550, "5.7.515 not authenticated", "refused", False),
        ("end", 451, "4.7.0 later", "later", False),
        ("end", 999, "?", "unknown", False),
        ("mail", None, "weg", "later", False),
        ("rcpt", None, "weg", "later", False),
        ("data", None, "weg", "later", False),
        ("end", None, "weg", "unknown", False),
        ("mail", 421, "4.3.2 closing", "later", False),
    ],
)
def test_answers(stage: str, code: int | None, text: str, outcome: str, bad_address: bool) -> None:
    judged = verdict(stage, code, text)
    assert (judged.outcome, judged.address_is_bad) == (outcome, bad_address)


def test_pauses_grow_and_end() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert pause_after(1) is not None
    assert pause_after(len(PAUSES) + 1) is None
