"""The second step: codes of an authenticator app (TOTP, RFC 6238) and recovery codes.

A code holds for its own 30 seconds and those before and after (clocks differ), and works once. Source: RFC 6238 5.2; NIST SP 800-63B
3.1.4 (single use); OWASP ASVS 5.0 6.5. The secret is kept encrypted, with a key made from SECRET_KEY: who has only the database cannot
make codes.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ISSUER: Final = "Bondgenoot"
STEP_SECONDS: Final = 30
DRIFT_STEPS: Final = 1
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


def new_secret() -> str:
    """Return a fresh secret, in base32."""
    return pyotp.random_base32()


def sealed(secret: str, key: str) -> str:
    """Return a secret as it is kept."""
    return _box(key).encrypt(secret.encode()).decode()


def opened(kept: str, key: str) -> str | None:
    """Return the secret that was kept, or None when it was sealed with another key."""
    try:
        return _box(key).decrypt(kept.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str) -> Fernet:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bondgenoot second step").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(made))


def step_of(secret: str, code: str, moment: datetime, after_step: int) -> int | None:
    """Return the time step whose code this is, later than `after_step`; None when it is not, or no longer, right."""
    wanted = "".join(code.split())
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) == 6):
        return None
    clock, present = pyotp.TOTP(secret), int(moment.timestamp()) // STEP_SECONDS
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if secrets.compare_digest(clock.generate_otp(step), wanted) and step > after_step:
            return step
    return None


def address_of(secret: str, name: str) -> str:
    """Return what an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def picture_of(secret: str, name: str) -> str:
    """Return that as a QR code, for the source of an image."""
    picture: str = segno.make(address_of(secret, name), error="m").svg_data_uri(scale=4, border=2)
    return picture


def in_fours(secret: str) -> str:
    """Return a secret for typing."""
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Return fresh recovery codes, of about 50 bits each: `abcde-fghjk`."""
    parts = [["".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2)] for _ in range(RECOVERY_CODES)]
    return ["-".join(part) for part in parts]


def normal(recovery_code: str) -> str:
    """Return a recovery code as it was given out, whatever its case and spaces."""
    plain = "".join(letter for letter in recovery_code.casefold() if letter.isalnum())[:20]
    return f"{plain[:5]}-{plain[5:]}"
