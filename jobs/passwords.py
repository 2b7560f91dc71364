"""The links for who forgot the password: made and mailed here, and kept nowhere."""

from __future__ import annotations

from flask import current_app

from app.kernel import clock
from app.mail.letters import Letter, ascii_address, rendered
from app.mail.replies import LATER
from app.mail.transport import Connection, Server, ServerDown
from jobs.work import Work
from security import own_account
from security.accounts import ResetLetter

MOST_AT_ONCE = 50
TEXT = (
    "Hallo {name},\n\nIemand (waarschijnlijk jij) vroeg om een nieuw wachtwoord voor Bondgenoot. Kies het met deze link:\n\n{link}\n\n"
    "De link werkt één keer, en een uur lang. Vroeg je hier niet om? Dan hoef je niets te doen: je wachtwoord blijft zoals het is.\n"
)


def send_links(_work: Work) -> str:
    """Send the links that people wait for, and say in Dutch how it went. Without a mail server they wait, an hour at most."""
    server = Server.from_settings(current_app.config)
    if not server.host:
        return "Er is geen mailserver ingesteld."
    sent = refused = 0
    try:
        with Connection(server) as line:
            for _ in range(MOST_AT_ONCE):
                line.open()  # before the claim: a server that is down leaves the request waiting
                letter = own_account.claim_reset()
                if letter is None:
                    break
                verdict = line.send(_sender(), ascii_address(letter.email), _mail(letter))
                if verdict.outcome == LATER:
                    own_account.give_back_reset(letter.reset_id)
                    break
                sent, refused = sent + (verdict.outcome == "sent"), refused + (verdict.outcome != "sent")
    except ServerDown as down:
        return f"{down} De links wachten."
    return f"{sent} verstuurd, {refused} niet aangenomen." if sent or refused else "Niets te versturen."


def _sender() -> str:
    return ascii_address(current_app.config["MAIL_SENDER"])


def _mail(letter: ResetLetter) -> bytes:
    sender = current_app.config["MAIL_SENDER"]
    made = Letter(
        message_id=f"<wachtwoord-{letter.reset_id}-{clock.now():%Y%m%d%H%M%S}@{sender.rpartition('@')[2]}>",
        sender_name="Bondgenoot",
        sender_email=sender,
        recipient=letter.email,
        subject="Nieuw wachtwoord kiezen",
        body=TEXT.format(name=letter.first_name, link=letter.link),
    )
    return rendered(made, clock.now())
