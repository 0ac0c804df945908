"""Every refusal: status, code, param, the message's form, and the envelope around it."""

from __future__ import annotations

import json
import socket

import openai
import pytest

NESTING = 100_000
NOT_JSON = {
    "empty": b"",
    "half": b'{"model": "m"',
    "words": b"model=m",
    "trailing comma": b'{"model": "m",}',
    "single quotes": b"{'model': 'm'}",
    "two values": b'{"model": "m"} {"model": "m"}',
    "NaN": b'{"model": "m", "temperature": NaN}',
    "Infinity": b'{"model": "m", "temperature": Infinity}',
    "-Infinity": b'{"model": "m", "temperature": -Infinity}',
    "NaN beside an escape": b'{"model": "\\u006d", "temperature": NaN}',
    "a byte order mark": b'\xef\xbb\xbf{"model": "m"}',
    "UTF-16": '{"model": "m"}'.encode("utf-16"),
    "not UTF-8": b'{"model": "m", "name": "\xff"}',
    "a raw newline in a string": b'{"model": "m", "name": "a\nb"}',
    "deep arrays": b'{"model": "m", "tools": ' + b"[" * NESTING,
    "deep and closed": b'{"model": ' + b"[" * NESTING + b"]" * NESTING + b"}",
}
MESSAGES = [
    ({}, "Missing required parameter: 'model'."),
    ({"model": "m", "file_ids": []}, "Unknown parameter: 'file_ids'."),
    ({"model": "m", "instruction": "x"}, "Unknown parameter: 'instruction'. Did you mean 'instructions'?"),
    ({"model": "m", "metadata": []},
     "Invalid type for 'metadata': expected a metadata object, but got an array instead."),
    ({"model": "m", "metadata": {"version": 1}},
     "Invalid type for 'metadata.version': expected a string, but got an integer instead."),
    ({"model": "m", "temperature": "x"},
     "Invalid type for 'temperature': expected a decimal, but got a string instead."),
    ({"model": "m", "name": "n" * 257},
     "Invalid 'name': string too long. Expected a string with maximum length 256, "
     "but got a string with length 257 instead."),
    ({"model": "m", "metadata": {str(number): "" for number in range(17)}},
     "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
     "but got an object with 17 properties instead."),
    ({"model": "m", "metadata": {"k" * 65: ""}},
     "Invalid property name in 'metadata': 'kkk...kkk' is too long. "
     "Expected a string with maximum length 64, but got a string with length 65 instead."),
    ({"model": "m", "temperature": 200},
     "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 200 instead."),
    ({"model": "m", "top_p": -0.5},
     "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.5 instead."),
    ({"model": "m", "reasoning_effort": "x"},
     "Invalid value: 'x'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'."),
    ({"model": "m", "tools": [{"type": "code_interpreter"}] * 129},
     "Invalid 'tools': array too long. Expected an array with maximum length 128, "
     "but got an array with length 129 instead."),
    ({"model": "m", "tools": [{}]}, "Missing required parameter: 'tools[0].type'."),
    ({"model": "m", "tools": [{"type": "x"}]},
     "Invalid value: 'x'. Supported values are: 'code_interpreter', 'file_search', and 'function'."),
    ({"model": "m", "tools": [{"type": "function"}]}, "Missing required parameter: 'tools[0].function'."),
    ({"model": "m", "tools": [{"type": "function", "function": {"name": "a b"}}]},
     "Invalid 'tools[0].function.name': string does not match pattern. "
     "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."),
    ({"model": "m", "tools": [{"type": "function", "function": {"name": ""}}]},
     "Invalid 'tools[0].function.name': empty string. "
     "Expected a string with minimum length 1, but got an empty string instead."),
]  # fmt: skip
QUERIES = [
    ("limit=101", "integer_above_max_value", "limit",
     "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead."),
    ("limit=0", "integer_below_min_value", "limit",
     "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead."),
    ("limit=-1", "integer_below_min_value", "limit",
     "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got -1 instead."),
    ("limit=abc", "invalid_type", "limit",
     "Invalid type for 'limit': expected an integer, but got a string instead."),
    ("limit=1.5", "invalid_type", "limit",
     "Invalid type for 'limit': expected an integer, but got a string instead."),
    ("limit=1_0", "invalid_type", "limit", None),
    ("limit=%D9%A3", "invalid_type", "limit", None),
    ("limit=" + "9" * 90, "integer_above_max_value", "limit", None),
    ("order=x", "invalid_value", "order", "Invalid value: 'x'. Supported values are: 'asc' and 'desc'."),
    ("order=DESC", "invalid_value", "order", None),
    ("after=asst_nobody", "invalid_value", "after", None),
    ("before=asst_nobody", "invalid_value", "before", None),
    ("after=%00", "invalid_value", "after", None),
    ("after=%ED%A0%80", "invalid_value", "after", None),
    ("before=%FF", "invalid_value", "before", None),
]  # fmt: skip
UNROUTED = [
    ("POST", "/v1/threads"),
    ("POST", "/v1/threads/runs"),
    ("GET", "/v1/threads/thread_1"),
    ("POST", "/v1/threads/thread_1/messages"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/v1/files"),
    ("POST", "/v1/vector_stores"),
    ("GET", "/v1"),
    ("GET", "/v1/nope"),
    ("GET", "/v1/assistants/asst_x/nope"),
    ("DELETE", "/v1/nope"),
]


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json(wire, assistant, body: bytes) -> None:
    for path in ("/v1/assistants", f"/v1/assistants/{assistant['id']}"):
        answer = wire.post(path, body)
        assert answer.verdict == (400, None, None)
        assert answer.error["message"].startswith("We could not parse the JSON body of your request. ")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"model"', b"1", b"true"])
def test_json_that_is_no_object(wire, body: bytes) -> None:
    answer = wire.post("/v1/assistants", body)
    assert answer.verdict == (400, "invalid_type", None)


@pytest.mark.parametrize(("depth", "escape"), [(150, False), (150, True), (300, True), (900, True), (5_000, True)])
def test_nesting_within_reason_is_kept_and_beyond_it_refused(wire, depth: int, escape: bool) -> None:
    """How deep a schema may be doesn't depend on how its letters are written."""
    nested: dict = {"type": "string"}
    for _ in range(depth):
        nested = {"p": nested} if depth < 200 else {"p": 0}
    inner = json.dumps(nested) if depth < 200 else '{"p":' * depth + "0" + "}" * depth
    name = r"\u0066" if escape else "f"
    body = f'{{"model":"m","tools":[{{"type":"function","function":{{"name":"{name}","parameters":{inner}}}}}]}}'
    answer = wire.post("/v1/assistants", body.encode())
    if depth < 200:
        assert answer.json["tools"][0]["function"]["parameters"] == json.loads(inner)
    else:
        assert answer.status == 400
        assert "deep" in answer.error["message"]


def test_a_deep_value_under_a_key_given_twice(wire) -> None:
    """The half of a surrogate pair is overwritten by the second `name`; the depth must be seen all the same."""
    deep = '{"p":' * 300 + "0" + "}" * 300
    function = f'{{"name":"f","parameters":{deep}}}'
    body = rf'{{"model":"m","name":"\ud800","name":"x","tools":[{{"type":"function","function":{function}}}]}}'
    answer = wire.post("/v1/assistants", body.encode())
    assert answer.status == 400
    assert "deep" in answer.error["message"]


@pytest.mark.parametrize(("body", "message"), MESSAGES, ids=[message[:60] for _, message in MESSAGES])
def test_messages_have_the_documented_form(wire, body: dict, message: str) -> None:
    answer = wire.post("/v1/assistants", body)
    assert answer.status == 400
    assert answer.error["message"] == message


def test_the_first_fault_is_told_in_the_documented_order(wire) -> None:
    """What is missing comes first, then what is unknown, then field by field in the order of the schema."""
    faults = {"temperature": 9, "tools": [{}], "name": 1}
    assert wire.post("/v1/assistants", {"bogus": 1} | faults).error["param"] == "model"
    assert wire.post("/v1/assistants", {"model": "m", "bogus": 1} | faults).error["param"] == "bogus"
    assert wire.post("/v1/assistants", {"model": "m"} | faults).error["param"] == "name"
    assert wire.post("/v1/assistants", {"model": "m"} | faults | {"name": "x"}).error["param"] == "tools[0].type"
    assert wire.post("/v1/assistants", {"model": "m", "temperature": 9}).error["param"] == "temperature"


@pytest.mark.parametrize(("query", "code", "param", "message"), QUERIES, ids=[query[0][:30] for query in QUERIES])
def test_bad_queries(wire, query: str, code: str, param: str, message: str | None) -> None:
    answer = wire.get(f"/v1/assistants?{query}")
    assert answer.verdict == (400, code, param)
    assert message is None or answer.error["message"] == message


@pytest.mark.parametrize("query", ["limit=", "order=", "after=", "before=", "after=&before=&limit=&order="])
def test_empty_queries_count_as_left_out(wire, assistant, query: str) -> None:
    answer = wire.get(f"/v1/assistants?{query}")
    assert answer.json["data"][0]["id"] == assistant["id"]


@pytest.mark.parametrize(("method", "path"), UNROUTED)
def test_unknown_routes(wire, anonymous, method: str, path: str) -> None:
    for sender in (wire, anonymous):
        answer = sender.send(method, path, b"{}" if method == "POST" else None)
        assert answer.verdict == (404, None, None)
        assert answer.error["message"] == f"Invalid URL ({method} {path})"


def test_the_sdk_reads_an_unknown_route(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        client.beta.threads.create()
    assert refusal.value.body["message"] == "Invalid URL (POST /v1/threads)"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/assistants", {"GET", "POST"}),
        ("PUT", "/v1/assistants", {"GET", "POST"}),
        ("DELETE", "/v1/assistants", {"GET", "POST"}),
        ("PATCH", "/v1/assistants/asst_x", {"GET", "POST", "DELETE"}),
        ("PUT", "/v1/assistants/asst_x", {"GET", "POST", "DELETE"}),
        ("POST", "/v1/models", {"GET"}),
        ("DELETE", "/v1/models/gpt-4o", {"GET"}),
    ],
)
def test_wrong_methods(wire, method: str, path: str, allowed: set[str]) -> None:
    answer = wire.send(method, path, b"{}")
    assert answer.verdict == (405, None, None)
    assert answer.error["message"] == f"Invalid method for URL ({method} {path})"
    assert allowed <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_other_content_types(wire, assistant, kind: str) -> None:
    for path in ("/v1/assistants", f"/v1/assistants/{assistant['id']}"):
        answer = wire.post(path, b'{"model": "m"}', Content_Type=kind)
        assert answer.verdict == (415, None, None)
        assert kind.partition(";")[0] in answer.error["message"]


def test_a_body_that_is_too_large(wire, client: openai.OpenAI) -> None:
    """The answer arrives although most of the body was never read."""
    answer = wire.post("/v1/assistants", b'{"model":"' + b"m" * (33 * 1024 * 1024) + b'"}')
    assert answer.verdict == (413, None, None)
    with pytest.raises(openai.APIStatusError) as refusal:
        client.beta.assistants.create(model="m" * (33 * 1024 * 1024))
    assert refusal.value.status_code == 413


def test_a_body_sent_in_chunks(server, wire) -> None:
    """Its size isn't known beforehand; the limit holds all the same."""
    import http.client

    headers = {"Authorization": f"Bearer {server.write_key}", "Content-Type": "application/json"}
    for size, status in ((10, 200), (33 * 1024 * 1024, 413)):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        chunks = [b'{"model":"m","instructions":"', *[b"x" * 10] * 2, b'"}'] if status == 200 else [b"x" * 65_536] * 520
        connection.request("POST", "/v1/assistants", iter(chunks), headers, encode_chunked=True)
        assert connection.getresponse().status == status, size
        connection.close()


def test_text_that_no_engine_keeps(wire, assistant) -> None:
    """NUL and half of a surrogate pair are refused by name, wherever they stand."""
    refused = [
        (rb'{"model":"m","name":"a\u0000b"}', "name"),
        (rb'{"model":"m","instructions":"\ud800"}', "instructions"),
        (rb'{"model":"m","instructions":"\udc00\ud800"}', "instructions"),
        (rb'{"model":"\ud83c"}', "model"),
        (rb'{"model":"m","metadata":{"k":"\u0000"}}', "metadata.k"),
        (rb'{"model":"m","metadata":{"\u0000":"v"}}', "metadata"),
        (rb'{"model":"m","tools":[{"type":"function","function":{"name":"f","description":"\ud800"}}]}',
         "tools[0].function.description"),
        (rb'{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{"x":["\u0000"]}}}]}',
         "tools[0].function.parameters.x[0]"),
    ]  # fmt: skip
    for body, param in refused:
        for path in ("/v1/assistants", f"/v1/assistants/{assistant['id']}"):
            answer = wire.post(path, body)
            assert answer.verdict == (400, "invalid_value", param), body


@pytest.mark.parametrize(
    ("value", "code", "param"),
    [
        ('"temperature": 1e400', "invalid_value", "temperature"),
        ('"temperature": ' + "1" * 300, "decimal_above_max_value", "temperature"),
        ('"temperature": -' + "1" * 300, "decimal_below_min_value", "temperature"),
        ('"temperature": ' + "1" * 400, "invalid_type", "temperature"),
        (
            '"tools": [{"type":"file_search","file_search":{"max_num_results": 1' + "0" * 100 + "}}]",
            "integer_above_max_value",
            "tools[0].file_search.max_num_results",
        ),
        (
            '"tools": [{"type":"function","function":{"name":"f","parameters":{"maximum": 1e999}}}]',
            "invalid_value",
            "tools[0].function.parameters.maximum",
        ),
    ],
)
def test_numbers_too_large_to_keep(wire, value: str, code: str, param: str) -> None:
    answer = wire.post("/v1/assistants", f'{{"model": "m", {value}}}'.encode())
    assert answer.verdict == (400, code, param)


@pytest.mark.parametrize("segment", ["%00", "%ED%A0%80", "%FF", "a%00b"])
def test_ids_that_no_engine_keeps(wire, segment: str) -> None:
    """PostgreSQL won't even look for some of them."""
    assistant, model = f"/v1/assistants/{segment}", f"/v1/models/{segment}"
    for answer in (
        wire.get(assistant),
        wire.get(assistant, If_None_Match='"1-0"'),
        wire.post(assistant, {}),
        wire.send("DELETE", assistant),
        wire.get(model),
    ):
        assert answer.status == 404
        assert answer.error


@pytest.mark.parametrize("head", [b"GET /v1/assistants HTTP/1.1\r\nHost: a b\r\n", b"GET /v1/x HTTP/1.0\r\n"])
def test_odd_hosts_get_an_envelope(server, head: bytes) -> None:
    with socket.create_connection((server.host, server.port), timeout=60) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n")
        answer = connection.makefile("rb").read()
    told, _, body = answer.partition(b"\r\n\r\n")
    assert told.split()[1] in {b"400", b"401", b"404"}
    assert b"x-request-id" in told.lower()
    assert list(json.loads(body)) == ["error"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_long_body_is_read_before_it_is_refused(server, anonymous, method: str) -> None:
    """Whoever sends 3 MB with a wrong key reads the refusal, not a broken connection."""
    body = b"x" * 3_000_000
    for headers in ({}, {"Connection": "close"}):
        assert anonymous.send(method, "/v1/assistants/asst_x", body, **headers).verdict == (401, None, None)
        assert anonymous.send(method, "/v1/nope", body, **headers).verdict == (404, None, None)


def test_no_permanent_refusal_is_retried(server) -> None:
    """With the SDK's own retries on, a refusal still comes back within one request."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.write_key) as client:
        for call in (
            lambda: client.beta.assistants.create(model=""),
            lambda: client.beta.assistants.retrieve("asst_nobody"),
            lambda: client.beta.threads.create(),
        ):
            with pytest.raises(openai.APIStatusError) as refusal:
                call()
            assert refusal.value.response.request.headers.get("x-stainless-retry-count") == "0"
