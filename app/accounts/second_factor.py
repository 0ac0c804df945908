"""The second factor: setting it up, proving it, renewing its recovery codes, removing it.

How codes are made and read is in `one_time_codes`. Asking for one, and how often somebody may try, is the web's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, select

from app.accounts import one_time_codes
from app.accounts.models import Person, RecoveryCode, SecondFactor
from app.accounts.rows import locked
from app.audit.service import Verb, record
from app.core.actors import SOMEBODY, Actor, ActorKind
from app.core.database import transaction, utc_now
from app.core.errors import Invalid
from app.core.sealing import Unopenable
from app.extensions import db, sealer

WRONG = (
    "This code isn't right, or it was used already. The app shows a new one every half minute; if none is right, "
    "set the clock of your phone."
)
ALREADY = "You have a second factor already. Remove it first, to set up another app."
NONE_THERE = "There is no second factor to remove."
KEY_CHANGED = (
    "Codes of the app can't be checked, because Greenroom's secret key was changed. Use a recovery code, or ask an "
    "administrator to remove your second factor."
)


class Proof(StrEnum):
    """What somebody showed."""

    APP = "app"
    RECOVERY_CODE = "recovery code"


@dataclass(frozen=True, slots=True)
class Standing:
    """A second factor that is set up: since when, and how many recovery codes are left."""

    since: datetime
    codes_left: int


class SignInOver(Exception):
    """The person was shut out, or got a new password, between the two steps of signing in."""


def is_set_up(person_id: int) -> bool:
    return bool(those_with([person_id]))


def those_with(person_ids: Collection[int]) -> set[int]:
    """Which of these people have one."""
    return set(db.session.scalars(select(SecondFactor.person_id).where(SecondFactor.person_id.in_(person_ids))))


def standing(person_id: int) -> Standing | None:
    factor = db.session.get(SecondFactor, person_id, populate_existing=True)
    return Standing(factor.created_at, _codes_left(person_id)) if factor else None


def add(person_id: int, secret: str, code: str) -> tuple[Person, list[str]]:
    """Set it up with an app that knows the secret, as its code shows; the recovery codes, which can't be had again.

    Every session of the person ends, because all of them were begun without it. Raises `Invalid`.
    """
    step = one_time_codes.step_of(one_time_codes.bare(code), secret, after=0)
    if step is None:
        raise _refused()
    with transaction(db.session):
        person = locked(person_id)
        if db.session.get(SecondFactor, person_id) is not None:
            raise Invalid.one(None, None, ALREADY)
        sealed = sealer().seal(secret, _label(person_id))
        db.session.add(SecondFactor(person_id=person_id, secret=sealed, last_step=step))
        codes = _renew(person_id)
        person.session_number += 1
        record(Verb.SECOND_FACTOR_ADDED, person_id, actor=person.as_actor())
    return person, codes


def finish_sign_in(person_id: int, session_number: int, code: str) -> Person | None:
    """The person, signed in, whose password was right when their session number was this one; None for a wrong code.

    Raises `SignInOver`, and `Invalid` where codes can't be checked.
    """
    with transaction(db.session):
        person = locked(person_id)
        if not person.active or person.session_number != session_number:
            raise SignInOver
        proof = _proven(person_id, code, actor=SOMEBODY)
        if proof is None:
            return None
        person.last_sign_in_at = utc_now()
        left = {"left": _codes_left(person_id)} if proof is Proof.RECOVERY_CODE else {}
        record(Verb.SIGNED_IN, person_id, actor=person.as_actor(), by=proof, **left)
    return person


def renew_codes(person_id: int, code: str, *, actor: Actor) -> list[str]:
    """New recovery codes in place of all earlier ones, for whoever shows a code. Raises `Invalid`."""
    with transaction(db.session):
        locked(person_id)
        proof = _proven(person_id, code, actor=actor)
        if proof:
            codes = _renew(person_id)
            record(Verb.RECOVERY_CODES_RENEWED, person_id, actor=actor)
    if proof is None:
        raise _refused()
    return codes


def remove_own(person_id: int, code: str, *, actor: Actor) -> None:
    """Take one's own away by showing a code. Raises `Invalid`."""
    with transaction(db.session):
        locked(person_id)
        proof = _proven(person_id, code, actor=actor)
        if proof:
            _remove(person_id, actor=actor)
    if proof is None:
        raise _refused()


def reset(person_id: int, *, actor: Actor) -> Person:
    """Take somebody else's away, who has lost the app and the codes. Raises `Invalid` when there is none."""
    with transaction(db.session):
        person = locked(person_id)
        if db.session.get(SecondFactor, person_id) is None:
            raise Invalid.one(None, None, NONE_THERE)
        if actor.kind is ActorKind.PERSON and actor.id == person_id:
            raise Invalid.one(None, None, "Your own second factor is removed on your account, with a code.")
        _remove(person_id, actor=actor)
    return person


def _proven(person_id: int, code: str, *, actor: Actor) -> Proof | None:
    """Use this code up; None, and an entry in the audit, when it isn't one that works now. The person is locked, so of
    two who send the same code one succeeds."""
    code = one_time_codes.bare(code)
    proof = _proven_by_app(person_id, code) or _proven_by_recovery_code(person_id, code)
    if proof is None:
        record(Verb.SECOND_FACTOR_REFUSED, person_id, actor=actor)
    return proof


def _proven_by_app(person_id: int, code: str) -> Proof | None:
    factor = db.session.get(SecondFactor, person_id, populate_existing=True)
    if factor is None or not one_time_codes.SIX_DIGITS.fullmatch(code):
        return None
    try:
        secret = sealer().open(factor.secret, _label(person_id))
    except Unopenable:
        raise Invalid.one("code", "invalid_value", KEY_CHANGED) from None
    step = one_time_codes.step_of(code, secret, after=factor.last_step)
    if step is None:
        return None
    factor.last_step = step
    return Proof.APP


def _proven_by_recovery_code(person_id: int, code: str) -> Proof | None:
    used = delete(RecoveryCode).where(
        RecoveryCode.person_id == person_id, RecoveryCode.code_hash == one_time_codes.recovery_hash(code)
    )
    found = db.session.execute(used.returning(RecoveryCode.person_id)).all()
    return Proof.RECOVERY_CODE if found else None


def _renew(person_id: int) -> list[str]:
    codes = one_time_codes.new_recovery_codes()
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    db.session.add_all(
        RecoveryCode(person_id=person_id, code_hash=one_time_codes.recovery_hash(code)) for code in codes
    )
    return codes


def _remove(person_id: int, *, actor: Actor) -> None:
    for table in (RecoveryCode, SecondFactor):
        db.session.execute(delete(table).where(table.person_id == person_id))
    record(Verb.SECOND_FACTOR_REMOVED, person_id, actor=actor)


def _codes_left(person_id: int) -> int:
    counted = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person_id)
    return db.session.scalar(counted) or 0


def _refused() -> Invalid:
    return Invalid.one("code", "invalid_value", WRONG)


def _label(person_id: int) -> str:
    return f"second factor of {person_id}"
