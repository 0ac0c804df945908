"""The tables of assistants, their versions, and what they are found by. What may stand in them is ruled in `spec`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.assistants.spec import AssistantSpec
from app.core.database import Base, JsonText, SerialKey, UtcDateTime


def titled(name: str | None, assistant_id: str) -> str:
    """What people call an assistant: its name, or its id when it has none."""
    return name if name and name.strip() else f"Untitled ({assistant_id})"


class Titled:
    """Whatever has an assistant's id and name, such as a row read from its table."""

    if TYPE_CHECKING:
        id: Any
        name: Any

    @property
    def title(self) -> str:
        """What people call it: its name, or its id when it has none."""
        return titled(self.name, self.id)


class ListedRow(Titled):
    """A row of the list. What is in it can be a key, so metadata is the text that is stored."""

    if TYPE_CHECKING:
        pairs_json: str

    @property
    def pairs(self) -> dict[str, str]:
        found: dict[str, str] = from_json(self.pairs_json)
        return found


class Assistant(Titled, Base):
    """An assistant's live state. `created_at` is in Unix seconds, as the API serves it.

    `seq` rises with every row and never comes back, so (created_at, seq) is a total order. A deleted row stays,
    because it still is a cursor's place and can be taken out of the trash.
    """

    __tablename__ = "assistants"
    __table_args__ = (
        # Of live ones alone, as the migration says; said here, it would load each engine's part of SQLAlchemy at the
        # start. Serves every page of the list, from either end.
        Index("ix_assistants_live_order", "created_at", "seq"),
        # Of deleted ones alone, in the same way. Serves the trash, newest first.
        Index("ix_assistants_trash_order", "deleted_at", "seq"),
        # Serves what has changed since a day.
        Index("ix_assistants_updated_at", "updated_at"),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    seq: Mapped[int] = mapped_column(SerialKey, primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    fingerprint: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(Text)
    updated_via: Mapped[str] = mapped_column(String(32))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_by: Mapped[str | None] = mapped_column(Text)
    instructions_length: Mapped[int] = mapped_column(Integer)
    instructions_sha256: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    temperature: Mapped[float] = mapped_column(Float(53))
    top_p: Mapped[float] = mapped_column(Float(53))
    reasoning_effort: Mapped[str | None] = mapped_column(String(16))
    # `metadata` means something else to SQLAlchemy.
    pairs: Mapped[dict[str, str]] = mapped_column("metadata", JsonText)
    response_format: Mapped[str | dict[str, Any]] = mapped_column(JsonText)
    tool_resources: Mapped[dict[str, dict[str, Any]]] = mapped_column(JsonText)
    tools: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    # The long text comes last: SQLite walks through all of it to reach a column behind it.
    instructions: Mapped[str | None] = mapped_column(Text)

    def spec(self) -> AssistantSpec:
        """All fields of the live state. They kept every rule when they were written."""
        return AssistantSpec.model_construct(
            model=self.model,
            name=self.name,
            description=self.description,
            instructions=self.instructions,
            reasoning_effort=self.reasoning_effort,  # type: ignore[arg-type]
            tools=self.tools,
            tool_resources=self.tool_resources,
            metadata=self.pairs,
            temperature=self.temperature,
            top_p=self.top_p,
            response_format=self.response_format,
        )


class AssistantVersion(Base):
    """An immutable snapshot of all fields. Numbers of one assistant run 1, 2, 3 … without a gap."""

    __tablename__ = "assistant_versions"

    assistant_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("assistants.seq"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author_kind: Mapped[str] = mapped_column(String(32))
    author_id: Mapped[int | None] = mapped_column(BigInteger)
    author_name: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    instructions_length: Mapped[int] = mapped_column(Integer)
    instructions_sha256: Mapped[str] = mapped_column(String(64))
    # Every field but the instructions.
    settings: Mapped[dict[str, Any]] = mapped_column(JsonText)
    # The instructions as `texts.packing` keeps them; null when the assistant has none.
    packed: Mapped[bytes | None] = mapped_column(LargeBinary)


# What assistants are found by. Only `index` writes these three, with each version. On SQLite triggers keep a full-text
# table over the passages, `search_index`; on PostgreSQL they have generated columns, `titles` and `tokens`.

search_passages = Table(
    "search_passages",
    Base.metadata,
    # The assistant's `seq` and the passage's number in it, as `index.first_id` puts them together.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    # Folded words with a space between them. Name and description stand with the first passage.
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("words", Text, nullable=False),
)
search_documents = Table(
    "search_documents",
    Base.metadata,
    Column("assistant_seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    # What is in the index of this assistant, in short, to see what a change changes.
    Column("manifest", LargeBinary, nullable=False),
)
assistant_facets = Table(
    "assistant_facets",
    Base.metadata,
    Column("facet", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    # The assistant's place in the list, so that a filtered list is read in its order.
    Column("created_at", BigInteger, primary_key=True),
    Column("assistant_seq", BigInteger, primary_key=True),
    Index("ix_assistant_facets_assistant_seq", "assistant_seq"),
    sqlite_with_rowid=False,
)
