"""Real mail servers for tests: a good one, and some that misbehave at a chosen moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Inbox:
    """What a server was given, and what it answers: `answers` maps a recipient to (stage, answer)."""

    def __init__(self, answers: dict[str, tuple[str, str]] | None = None, drop_at: str = "", delay: float = 0) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.answers = answers or {}
        self.drop_at = drop_at
        self.delay = delay
        self.connections = 0
        self.lock = threading.Lock()

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        stage, answer = self.answers.get(address, ("", ""))
        if self.drop_at == "rcpt":
            server.transport.abort()
        if stage == "rcpt":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        stage, answer = self.answers.get(envelope.rcpt_tos[0], ("", ""))
        if stage == "end":
            return answer
        with self.lock:
            self.mails.append((envelope.rcpt_tos[0], envelope.content))
        if self.drop_at == "end":
            server.transport.abort()
        return "250 2.0.0 Ok: queued as 12345"

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.mails]


class _Controller(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # the free one that the system chose
        super()._trigger_server()


@contextmanager
def serving(inbox: Inbox, **kwargs: Any) -> Iterator[int]:
    """Serve the inbox on a free port of this machine and give the port."""
    controller = _Controller(inbox, hostname="127.0.0.1", port=0, **kwargs)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
