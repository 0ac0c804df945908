"""Promise 1, exact text: opening an edit page and saving it unchanged changes nothing, whatever is in it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.assistants import service
from app.assistants.spec import AssistantSpec
from app.core.actors import COMMAND_LINE, Origin
from app.core.database import transaction
from app.extensions import db
from tests.pages import Visitor
from tests.sample import samples

SAMPLES = samples()


@pytest.mark.parametrize("sample", [pytest.param(sample, id=name) for name, sample in SAMPLES])
def test_saving_unchanged_changes_nothing(app: Flask, editor: Visitor, sample: dict[str, Any]) -> None:
    before = {}
    with transaction(db.session):
        for row in sample["data"]:
            fields = {key: value for key, value in row.items() if key not in {"id", "object", "created_at"}}
            made = service.create(
                AssistantSpec.parse(fields),
                actor=COMMAND_LINE,
                origin=Origin.IMPORT,
                id=row["id"],
                created_at=row["created_at"],
            )
            before[made.id] = (made.version, made.fingerprint)
    for row in sample["data"]:
        page = editor.get(f"/assistants/{row['id']}/edit", lint_page=False)
        response = editor.submit(page, "main form", follow=False).response
        assert response.status_code == 303, (row["id"], response.get_data(as_text=True))
    db.session.rollback()
    assert {row["id"]: state(row["id"]) for row in sample["data"]} == before
    for row in sample["data"]:
        assert service.get(row["id"]).spec().as_json()["instructions"] == row["instructions"]


def state(assistant_id: str) -> tuple[int, str]:
    db.session.expire_all()
    assistant = service.get(assistant_id)
    return assistant.version, assistant.fingerprint
