"""What was acknowledged is kept: by default every commit of the embedded database waits for the disk."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from app import create_app
from app.config import SettingRefused, Settings
from app.core.actors import Scope
from app.extensions import db, reader
from tests import bare, factories

SECRET = "only for tests"


def own(folder: Path, **settings: str) -> dict[str, str]:
    return {"GREENROOM_INSTANCE_PATH": str(folder), "GREENROOM_SECRET_KEY": SECRET, **settings}


@pytest.mark.parametrize(("given", "level"), [("", 2), ("full", 2), ("FULL", 2), ("normal", 1)])
def test_how_the_embedded_database_waits_for_the_disk(tmp_path: Path, given: str, level: int) -> None:
    app = create_app(Settings.from_environment(own(tmp_path, GREENROOM_SYNCHRONOUS=given)))
    with app.app_context():
        assert db.session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == level
        assert reader()._connect().driver.execute("PRAGMA synchronous").fetchone() == (level,)
        db.session.remove()
        db.engine.dispose()


def test_another_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="GREENROOM_SYNCHRONOUS must be full or normal, not 'off'"):
        Settings.from_environment(own(tmp_path, GREENROOM_SYNCHRONOUS="off"))


def test_what_was_acknowledged_is_there_after_every_process_was_killed(tmp_path: Path, migrated_file: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "greenroom.db")
    app = create_app(Settings.from_environment(own(tmp_path)))
    with app.app_context():
        headers = factories.bearer(factories.make_key(Scope.WRITE)) | {"Content-Type": "application/json"}
        db.session.remove()
        db.engine.dispose()
    with bare.serving(tmp_path, application="wsgi:app", environment=own(tmp_path)) as server:
        body = json.dumps({"model": "gpt-4o", "instructions": "Kept."})
        made = [_answer(server, "POST", "/v1/assistants", headers, body) for _ in range(3)]
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        for worker in children:
            os.kill(int(worker), signal.SIGKILL)
        # The first process puts others in their place.
        for one in made:
            assert _answer(server, "GET", f"/v1/assistants/{one['id']}", headers)["instructions"] == "Kept."


def _answer(server: bare.Server, method: str, path: str, headers: dict[str, str], body: str | None = None) -> dict:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    assert answer.status == 200
    found: dict[str, str] = json.loads(answer.read())
    connection.close()
    return found
