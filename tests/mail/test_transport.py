"""The line to the mail server: encrypted and signed in where asked, and never a password in the clear."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from app.mail.transport import Connection, Server, ServerDown
from tests.mail.servers import Inbox, serving

MAIL = b"Subject: x\r\n\r\n.punt\r\n"


# Made for these tests only: `openssl req -x509 -newkey ec … -subj /CN=localhost`, valid for a hundred years.
CERTIFICATE, KEY = (Path(__file__).with_name(name) for name in ("localhost.crt", "localhost.key"))


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(CERTIFICATE, KEY)
    return made


def test_starttls_and_sign_in() -> None:
    seen = []

    def sign_in(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"geheim")

    inbox = Inbox()
    options = {"tls_context": context(), "require_starttls": True, "auth_required": True, "authenticator": sign_in}
    with serving(inbox, **options) as port:
        right = Server("localhost", port, "bond", "geheim", starttls=True, timeout=5, cafile=str(CERTIFICATE))
        with Connection(right) as line:
            for number in (1, 2):
                line.open()
                assert line.send("a@bond.example", f"jo{number}@post.example", MAIL).outcome == "sent"
        wrong = Server("localhost", port, "bond", "verkeerd", starttls=True, timeout=5, cafile=str(CERTIFICATE))
        with pytest.raises(ServerDown, match="weigert ons"), Connection(wrong) as line:
            line.open()
    assert seen == [(b"bond", b"geheim"), (b"bond", b"verkeerd")]
    assert [content for _, content in inbox.mails] == [MAIL, MAIL]


def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    with (
        serving(Inbox(), tls_context=context()) as port,
        pytest.raises(ServerDown),
        Connection(Server("localhost", port, starttls=True, timeout=5)) as line,
    ):
        line.open()


def test_a_server_without_encryption_is_refused_when_it_was_asked_for() -> None:
    with serving(Inbox()) as port, pytest.raises(ServerDown), Connection(Server("127.0.0.1", port, starttls=True, timeout=5)) as line:
        line.open()


def test_a_password_does_not_go_over_the_net_in_the_clear() -> None:
    with pytest.raises(ServerDown, match="MAIL_STARTTLS"):
        Connection(Server("mail.bond.example", 25, "bond", "geheim")).open()


def test_a_line_that_went_away_is_opened_again() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        line = Connection(Server("127.0.0.1", port, timeout=5))
        line.open()
        line._smtp.sock.shutdown(socket.SHUT_RDWR)
        line.open()
        assert line.send("a@bond.example", "jo@post.example", MAIL).outcome == "sent"
        line.close()
    assert inbox.connections == 2
