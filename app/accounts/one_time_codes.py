"""The codes of authenticator apps (RFC 6238) and the recovery codes that stand in for them, as text. Which ones are
somebody's, and whether one was used already, is `second_factor`'s."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from hmac import compare_digest
from typing import TYPE_CHECKING

from app.core import later

if TYPE_CHECKING:
    import pyotp
    import segno
else:
    pyotp, segno = later.module("pyotp"), later.module("segno")

ISSUER = "Greenroom"
INTERVAL = 30
# A phone's clock may be half a minute early or late.
DRIFT = (0, -1, 1)
SIX_DIGITS = re.compile(r"[0-9]{6}")
RECOVERY_CODES = 10
# Without letters and digits that look like others. Sixteen of them are 79 random bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4


def new_secret() -> str:
    return pyotp.random_base32()


def app_address(secret: str, email: str) -> str:
    """What an authenticator app reads from the picture, or opens by itself on the same device."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(address: str) -> str:
    """The address as a QR code in SVG: black on white whatever the page's colours, because cameras want it so."""
    drawn = segno.make(address, error="m", micro=False)
    return drawn.svg_inline(border=4, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=True)


def bare(code: str) -> str:
    """A code without the spaces and hyphens it is written with."""
    return re.sub(r"[\s-]", "", code).lower()


def step_of(code: str, secret: str, *, after: int) -> int | None:
    """The number of the half minute this code is for, or None: wrong, too old, or not later than `after`."""
    if not SIX_DIGITS.fullmatch(code):
        return None
    app, now = pyotp.TOTP(secret), int(time.time()) // INTERVAL
    right = [now + drift for drift in DRIFT if compare_digest(app.generate_otp(now + drift), code)]
    return next((step for step in right if step > after), None)


def new_recovery_codes() -> list[str]:
    return [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_hash(code: str) -> str:
    """A plain hash does: nobody can try 79 random bits."""
    return hashlib.sha256(bare(code).encode(errors="surrogatepass")).hexdigest()
