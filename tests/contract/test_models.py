"""The list of models, for connection tests and for programs that offer a choice."""

from __future__ import annotations

import openai
import pytest


def test_the_list(client: openai.OpenAI, wire) -> None:
    page = client.models.list()
    assert {"gpt-4o", "gpt-4.1", "gpt-5"} <= {model.id for model in page.data}
    answer = wire.get("/v1/models").json
    assert list(answer) == ["object", "data"]
    assert answer["object"] == "list"
    for model in answer["data"]:
        assert list(model) == ["id", "object", "created", "owned_by", "shutdown_date"]
        assert model["object"] == "model"
        assert isinstance(model["created"], int)
    assert [model["created"] for model in answer["data"]] == sorted(
        (model["created"] for model in answer["data"]), reverse=True
    )


def test_iterating_the_list_asks_once(client: openai.OpenAI) -> None:
    ids = [model.id for model in client.models.list()]
    assert len(ids) == len(set(ids)) > 10


def test_one_model(client: openai.OpenAI, wire) -> None:
    model = client.models.retrieve("gpt-4o")
    assert (model.id, model.object, model.created, model.owned_by) == ("gpt-4o", "model", 1715367049, "system")
    assert wire.get("/v1/models/gpt-4o").json["shutdown_date"] == "2027-01-14"
    assert wire.get("/v1/models/gpt-6.1-sol").json["shutdown_date"] is None


@pytest.mark.parametrize("unknown", ["nobody", "vendor/model", "a/b/c", "mödel", "gpt-4o/"])
def test_an_unknown_model(client: openai.OpenAI, unknown: str) -> None:
    """Ids may have slashes, which some versions of the SDK send as they are and others as `%2F`."""
    with pytest.raises(openai.NotFoundError) as refusal:
        client.models.retrieve(unknown)
    assert (refusal.value.code, refusal.value.param) == ("model_not_found", None)
    assert refusal.value.body["message"] == f"The model '{unknown}' does not exist"  # type: ignore[index]


@pytest.mark.parametrize("path", ["/v1/models/vendor/model", "/v1/models/vendor%2Fmodel"])
def test_both_ways_to_write_a_slash(wire, path: str) -> None:
    assert wire.get(path).error["message"] == "The model 'vendor/model' does not exist"


def test_an_assistant_may_use_a_model_that_is_not_listed(client: openai.OpenAI) -> None:
    assert client.beta.assistants.create(model="vendor/model-of-tomorrow").model == "vendor/model-of-tomorrow"


def test_a_read_key_is_enough(reader) -> None:
    assert reader.get("/v1/models").status == 200
    assert reader.get("/v1/models/gpt-4o").status == 200
