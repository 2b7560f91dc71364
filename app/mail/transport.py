"""The line to the mail server: one kept connection that says exactly how far each message came."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from app.mail.replies import Verdict, verdict

_LOCAL = ("localhost", "127.0.0.1", "::1")


class ServerDown(Exception):
    """The mail server cannot be reached or does not let us in: nothing was handed over, everything waits."""


def _in_dutch(error: Exception) -> str:
    """Say what is known of why a server cannot be reached; what is not known as it came."""
    known: tuple[tuple[type[Exception], str], ...] = (
        (ConnectionRefusedError, "daar luistert niets"),
        (TimeoutError, "hij antwoordt niet op tijd"),
        (socket.gaierror, "deze naam bestaat niet of is nu niet te vinden"),
        (ssl.SSLError, "de versleutelde verbinding lukt niet; kijk naar het certificaat en MAIL_STARTTLS"),
        (smtplib.SMTPAuthenticationError, "de naam of het wachtwoord klopt niet; kijk naar MAIL_USERNAME en MAIL_PASSWORD"),
    )
    words = next((words for kind, words in known if isinstance(error, kind)), "")
    return f"{words} ({error})" if words else str(error)


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to deliver."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    starttls: bool = False
    timeout: float = 30
    cafile: str | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Server:
        """Read the MAIL_ settings."""
        names = ("SERVER", "PORT", "USERNAME", "PASSWORD", "STARTTLS", "TIMEOUT_SECONDS")
        return cls(*(settings[f"MAIL_{name}"] for name in names))


class Connection:
    """One connection, opened when needed and kept for the messages that follow."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def open(self) -> None:
        """Connect, encrypt and log in, unless the line still stands. Raises ServerDown with the reason in Dutch."""
        if self._smtp is not None and self._answers("noop"):
            return
        self.close()
        server = self.server
        if server.username and not server.starttls and server.host not in _LOCAL:
            raise ServerDown("Het wachtwoord van de mailserver zou onversleuteld over het net gaan. Zet MAIL_STARTTLS aan.")
        try:
            self._smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
            # Without it each mail waits for a delayed acknowledgement: 23 a second instead of 485 with STARTTLS.
            if self._smtp.sock is not None:
                self._smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._smtp.ehlo_or_helo_if_needed()
            if server.starttls:
                self._smtp.starttls(context=ssl.create_default_context(cafile=server.cafile))
                self._smtp.ehlo_or_helo_if_needed()
            if server.username:
                self._smtp.login(server.username, server.password)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise ServerDown(f"Mailserver {server.host}:{server.port} is niet bereikbaar of weigert ons: {_in_dutch(error)}.") from error

    def send(self, sender: str, recipient: str, content: bytes) -> Verdict:
        """Hand over one message to one recipient and judge the answer. The line is dropped after anything unexpected."""
        stage = "mail"
        try:
            for stage, command in (("mail", f"MAIL FROM:<{sender}>"), ("rcpt", f"RCPT TO:<{recipient}>"), ("data", "DATA")):
                code, text = self._line().docmd(command)
                if code not in ((354,) if stage == "data" else (250, 251)):
                    return self._refused(stage, code, text)
            self._line().send(re.sub(rb"(?m)^\.", b"..", content) + (b"" if content.endswith(b"\r\n") else b"\r\n"))
            stage = "end"
            self._line().send(b".\r\n")
            code, text = self._line().getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return verdict(stage, None, f"Geen antwoord van de mailserver ({type(error).__name__}: {error})")
        return self._refused(stage, code, text)

    def _refused(self, stage: str, code: int, text: bytes) -> Verdict:
        judged = verdict(stage, code if code > 0 else None, text.decode("utf-8", "replace"))
        if code in (-1, 421) or (judged.outcome != "sent" and not self._answers("rset")):
            self.close()
        return judged

    def _line(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise smtplib.SMTPServerDisconnected("de verbinding is verbroken")
        return self._smtp

    def _answers(self, command: str) -> bool:
        try:
            return self._line().docmd(command)[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def close(self) -> None:
        """Hang up."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.docmd("QUIT")
        except (OSError, smtplib.SMTPException):
            pass  # the other side was gone already; nothing was on its way
        finally:
            smtp.close()
