"""The table of models an administrator has named. An assistant may use a model that isn't in it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

ID_LENGTH = 256
OWNER_LENGTH = 100


class CatalogueModel(Base):
    """A language model as `GET /v1/models` lists it. `created` is in Unix seconds."""

    __tablename__ = "catalogue_models"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    created: Mapped[int] = mapped_column(BigInteger)
    owned_by: Mapped[str] = mapped_column(String(OWNER_LENGTH))
    retires_on: Mapped[date | None] = mapped_column(Date)
    successor: Mapped[str | None] = mapped_column(String(ID_LENGTH))
