"""What is sent comes back character for character, and whoever doubts it can check."""

from __future__ import annotations

import hashlib
import json

import openai
import pytest

TEXTS = {
    "white space around": "  \t text \n\n ",
    "a leading newline": "\nfirst line is empty",
    "CRLF": "one\r\ntwo\r\n",
    "CR alone": "one\rtwo",
    "mixed newlines": "a\r\nb\nc\rd\u2028e\u2029f\x85g",
    "control characters": "\x01\x02\x07\x08\x0b\x0c\x1b[31m\x7f",
    "markup": '<b>&amp;</b> {{ x }} {% raw %} `code` <script>alert("x")</script>',
    "quotes and slashes": "\"'\\ / \\n \\u0041",
    "combining and composed": "e\u0301 é \u1e9b\u0323",
    "right to left": "שלום \u200f\u202e abc \u2066x\u2069",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 🎭",
    "byte order mark and spaces": "\ufeffa\u00a0b\u3000c\u200b",
    "private and unassigned": "\ue000\U0010ffff\ufffe\uffff",
    "SQL": "'; DROP TABLE assistants; -- %s %(x)s :x ?",
    "empty": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_survives(client: openai.OpenAI, wire, text: str) -> None:
    made = client.beta.assistants.create(
        model="m", name=text[:256], description=text, instructions=text, metadata={"k": text, text[:64]: "v"}
    )
    kept = client.beta.assistants.retrieve(made.id)
    listed = client.beta.assistants.list(limit=1).data[0]
    for each in (made, kept, listed):
        assert each.to_dict() == made.to_dict()
        assert (each.name, each.description, each.instructions) == (text[:256], text, text)
        assert each.metadata == {"k": text, text[:64]: "v"}
    assert client.beta.assistants.update(made.id, name="x").instructions == text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_length_and_fingerprint_can_be_checked(wire, text: str) -> None:
    made = wire.create(instructions=text)
    for answer in (made, wire.get(f"/v1/assistants/{made.json['id']}")):
        assert answer.headers["x-greenroom-instructions-length"] == str(len(text))
        assert answer.headers["x-greenroom-instructions-sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_escaped_and_plain_letters_are_the_same_text(wire) -> None:
    """A pair of surrogate escapes is one character."""
    escaped = wire.post("/v1/assistants", rb'{"model":"m","name":"\ud83c\udfad \u8a9e \u00e9 \/"}')
    assert escaped.json["name"] == "🎭 語 é /"


def test_numbers_and_key_order_in_schemas_survive(wire) -> None:
    parameters = (
        '{"z":1,"a":{"maximum":123456789012345678901234567890,"minimum":-9223372036854775809,'
        '"multipleOf":0.1,"y":[1,2.5,true,null,"x"],"exclusiveMaximum":18446744073709551616},"m":{"":{}}}'
    )
    schema = f'{{"type":"json_schema","json_schema":{{"strict":true,"schema":{parameters},"name":"n"}}}}'
    function = f'{{"function":{{"strict":null,"parameters":{parameters},"name":"f"}},"type":"function"}}'
    body = f'{{"model":"m","response_format":{schema},"tools":[{function}]}}'.encode()
    made = wire.post("/v1/assistants", body)
    address = f"/v1/assistants/{made.json['id']}"
    for answer in (made, wire.get(address), wire.post(address, {"name": "x"}), wire.get("/v1/assistants?limit=1")):
        assert schema.encode() in answer.body
        assert function.encode() in answer.body


def test_metadata_keeps_its_order(wire) -> None:
    pairs = dict.fromkeys(("z", "10", "9", "a", "Z", ""), "v")
    made = wire.create(metadata=pairs)
    assert list(wire.get(f"/v1/assistants/{made.json['id']}").json["metadata"]) == list(pairs)


def test_a_tool_is_sent_back_with_the_keys_it_came_with(wire) -> None:
    tools = [{"note": {"b": 1, "a": 2}, "type": "code_interpreter"}, {"type": "file_search", "file_search": {}}]
    made = wire.create(tools=tools)
    assert json.dumps(wire.get(f"/v1/assistants/{made.json['id']}").json["tools"]) == json.dumps(tools)
