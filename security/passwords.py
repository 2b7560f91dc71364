"""Passwords: argon2id hashes, and what a password must be.

Source: NIST SP 800-63B section 3.1.1 (length decides, no rules on kinds of characters; what is common, expected or leaked is refused);
OWASP ASVS 5.0 6.2. The lists of leaked passwords and common words are those of zxcvbn, offline; Dutch words of the trade stand here.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from werkzeug.security import check_password_hash
from zxcvbn import zxcvbn

from app.kernel.errors import DomainError

SHORTEST, LONGEST, FEWEST_DIFFERENT = 12, 200, 4
FEWEST_GUESSES = 10**9  # of somebody who knows the lists, names and keyboard patterns
JUDGED = 72  # characters; the judge's time grows fast with length, and what is longer is judged by its beginning
EXPECTED = (
    "bondgenoot", "wachtwoord", "welkom", "geheim", "vereniging", "bestuur", "penningmeester", "secretaris", "contributie", "administratie",
    "ledenadministratie", "lidmaatschap", "afdeling", "provincie", "landelijk", "nederland", "voetbal", "januari", "februari", "maart", "april",
    "juni", "juli", "augustus", "september", "oktober", "november", "december", "lente", "zomer", "herfst", "winter", "inloggen", "toegang",
)  # fmt: skip
_hasher = PasswordHasher()


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. Takes as long for no stored password as for a wrong one."""
    if not password or "\0" in password or len(password) > LONGEST:
        stored = None
    if stored and stored.startswith("scrypt:"):
        return check_password_hash(stored, password)
    try:
        return _hasher.verify(stored or _nobodys(), _normal(password[:LONGEST])) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a matching password deserves a newer hash."""
    return not stored.startswith("$argon2id$") or _hasher.check_needs_rehash(stored)


def check_new(password: str, username: str = "") -> None:
    """Refuse a password that is too short, too long or holds characters that cannot be typed again. Raises DomainError."""
    if len(password) < SHORTEST:
        raise DomainError(
            "password_too_short",
            f"Het wachtwoord heeft {len(password)} tekens. Kies er een van minstens {SHORTEST}, bijvoorbeeld een korte zin.",
            shortest=SHORTEST,
        )
    if len(password) > LONGEST:
        raise DomainError("password_too_long", f"Het wachtwoord is langer dan {LONGEST} tekens. Kies een korter.", longest=LONGEST)
    if any(unicodedata.category(character) == "Cc" for character in password):
        raise DomainError(
            "password_unreadable", "Het wachtwoord bevat een onzichtbaar stuurteken. Typ het opnieuw, zonder tab of regeleinde."
        )
    if username and username.casefold() in password.casefold():
        raise DomainError("password_is_name", "Het wachtwoord bevat je gebruikersnaam. Kies iets dat niet te raden is.")
    if len(set(password)) < FEWEST_DIFFERENT:
        raise DomainError(
            "password_monotone", "Het wachtwoord bestaat uit te weinig verschillende tekens. Kies bijvoorbeeld een korte zin."
        )
    if zxcvbn(password[:JUDGED], user_inputs=[*EXPECTED, username])["guesses"] < FEWEST_GUESSES:
        raise DomainError(
            "password_common",
            "Dit wachtwoord is makkelijk te raden: het staat op een lijst van gelekte wachtwoorden, of lijkt erop. "
            "Kies bijvoorbeeld een korte zin van vier woorden die niet bij elkaar horen.",
        )


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return hashed("nobody has this password")
