"""An assistant with a history for tests: sections that differ from version to version, and who made them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from app.assistants import service
from app.assistants.models import Assistant, AssistantVersion
from app.core.actors import Origin
from app.extensions import db
from tests.factories import EDITOR

FIRST_DAY = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def text_of(number: int, *, lines: int = 12) -> str:
    """Three sections; each version has other words in the one called Refunds."""
    filler = "".join(f"Rule {line} stays as it is in every version.\n" for line in range(lines))
    refunds = f"# Refunds\nVersion {number} refunds within {number} days.\n{filler}\n"
    return f"# Tone\nBe calm.\n\n{refunds}# Closing\nSay goodbye.\n"


def make_history(assistant: Assistant, texts: list[str], *, origin: Origin = Origin.PAGE) -> None:
    """One more version for each text, without the pages."""
    for text in texts:
        service.update(assistant.id, {"instructions": text}, actor=EDITOR, origin=origin)


def a_day_apart(assistant_id: str) -> None:
    """Version N of the assistant was written at 9:30 on day N."""
    assistant = service.find(assistant_id)
    assert assistant is not None
    for number in range(1, assistant.version + 1):
        mine = (AssistantVersion.assistant_seq == assistant.seq, AssistantVersion.number == number)
        db.session.execute(update(AssistantVersion).where(*mine).values(created_at=day(number)))
    db.session.commit()


def day(number: int) -> datetime:
    return FIRST_DAY + timedelta(days=number - 1)


def live(assistant_id: str) -> Assistant:
    """The assistant as it is now, whoever has written it."""
    db.session.expire_all()
    return service.get(assistant_id)
