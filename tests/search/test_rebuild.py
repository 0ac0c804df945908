"""`flask search rebuild`: from any state of the index the right one, also when it is stopped half-way."""

from __future__ import annotations

from flask.testing import FlaskCliRunner
from sqlalchemy import text

from app.assistants import reindexing, service
from app.extensions import db
from tests.factories import EDITOR, make_assistant
from tests.search.indexed import index
from tests.search.test_index import found


def spoil() -> None:
    """Passages, facets and manifests that are lost, wrong, or of nobody."""
    with db.engine.begin() as connection:
        for statement in (
            "UPDATE search_passages SET words = 'something else' WHERE id < 5000",
            "DELETE FROM search_passages WHERE id BETWEEN 6000 AND 9000",
            "DELETE FROM assistant_facets WHERE assistant_seq < 9",
            "UPDATE search_documents SET manifest = manifest || manifest WHERE assistant_seq > 4",
            "DELETE FROM search_documents WHERE assistant_seq = 3",
        ):
            connection.execute(text(statement.replace("manifest || manifest", "substr(manifest, 1, 16)")))


def test_the_command_makes_any_index_right(runner: FlaskCliRunner) -> None:
    for number in range(12):
        make_assistant(name=f"Number {number}", instructions="common words. " * (number * 200 + 1))
    service.delete(make_assistant(instructions="common").id, actor=EDITOR)
    kept = index()
    spoil()
    assert len(found("common")) < 12
    result = runner.invoke(args=["search", "rebuild"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "The index of 13 assistants was made anew.\n"
    assert index() == kept


def test_stopped_half_way_it_is_whole(app: object) -> None:
    for number in range(reindexing.BATCH + 10):
        make_assistant(name=f"Number {number}", instructions="common")
    kept = index()
    begun = reindexing.rebuild()
    assert next(begun) == reindexing.BATCH
    begun.close()
    assert index() == kept
    assert len(found("common")) == reindexing.BATCH + 10


def test_a_damaged_full_text_is_mended(app: object) -> None:
    made = make_assistant(instructions="common words")
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM search_index_data"))
        connection.execute(text("DELETE FROM title_index_data"))
    assert sum(reindexing.rebuild()) == 1
    index()
    assert found("common") == {made.seq}
