"""A form is read as it was sent, wherever the pieces end in which Werkzeug reads a body."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from app.assistants import service
from app.editing import service as working_copies
from app.extensions import db
from app.http.form_data import FormRequest
from tests.factories import make_assistant
from tests.pages import Visitor, encode

# Where Werkzeug's first piece of a body ends.
PIECE = 64 * 1024
HEADER = 'Content-Disposition: form-data; name="{}"'
# As Chromium, Firefox and scripts write them; the shortest that is allowed has one character.
BOUNDARIES = ["----WebKitFormBoundary7MA4YWxkTrZu0gW0", "----geckoformboundary1f0a9", "-" * 70, "x"]


def body_of(fields: list[tuple[str, str]], boundary: str) -> bytes:
    parts = [f"--{boundary}\r\n{HEADER.format(name)}\r\n\r\n{value}\r\n" for name, value in fields]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


def torn(fields: list[tuple[str, str]], boundary: str) -> Iterator[tuple[bytes, dict[str, str]]]:
    """The body of these fields after one that moves the end of the first piece to each of its places in turn."""
    plain = body_of([("before", "-"), *fields], boundary)
    for place in range(plain.index(b"\r\n--", 20), len(plain)):
        before = "b" * (PIECE - place + 1)
        yield body_of([("before", before), *fields], boundary), {"before": before, **dict(fields)}


def read(kind: type[Request], body: bytes, boundary: str) -> dict[str, str]:
    content_type = f"multipart/form-data; boundary={boundary}"
    builder = EnvironBuilder(method="POST", data=body, content_type=content_type)
    return kind(builder.get_environ()).form.to_dict()


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_every_field_is_whole_wherever_the_piece_ends(boundary: str) -> None:
    fields = [("empty", ""), ("text", "\r\none\r\n\r\n--two\r\n"), ("nothing", ""), ("action", "keep")]
    for body, expected in torn(fields, boundary):
        assert read(FormRequest, body, boundary) == expected


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_werkzeug_alone_tears_them(boundary: str) -> None:
    """When this fails, Werkzeug has mended it, and `FormRequest` can go."""
    cases = torn([("empty", ""), ("action", "keep")], boundary)
    assert any(read(Request, body, boundary) != expected for body, expected in cases)


def test_keep_for_later_never_saves(editor: Visitor) -> None:
    """Read in two pieces, the last field of this form would be "keep" and a CR, which is no button of the page."""
    made = make_assistant(name="before", instructions="x")
    form = editor.get(f"/assistants/{made.id}/edit").form("form[data-keep-url]")
    fields = encode(form, {"name": "after"}, "Keep for later")
    boundary = BOUNDARIES[0]
    missing = PIECE + len("-\r\n") - len(body_of(list(fields.items(multi=True)), boundary))
    fields["instructions"] = "x" * (missing + 1)
    body = body_of(list(fields.items(multi=True)), boundary)
    assert body[PIECE:] == b"-\r\n"
    content_type = f"multipart/form-data; boundary={boundary}"
    answer = editor.client.post(f"/assistants/{made.id}/edit", data=body, content_type=content_type)
    assert (answer.status_code, "continue" in answer.location) == (303, True)
    db.session.expire_all()
    assert service.get(made.id).version == 1
    person_id = int(str(form["data-keep-key"]).split(":")[0])
    copy = working_copies.working_copy(person_id, made.id)
    assert copy is not None
    assert copy.form["name"] == "after"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nno end", 400),
        (b"--x\r\n" + HEADER.format("a").encode() + b"\r\n\r\n\xff\r\n--x--\r\n", 400),
        (body_of([("a", "b")] * 2_001, "x"), 413),
    ],
    ids=["cut short", "not UTF-8", "too many fields"],
)
def test_a_form_that_cannot_be_read_is_refused(editor: Visitor, body: bytes, status: int) -> None:
    answer = editor.client.post("/assistants/new", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == status
    if status == 400:
        assert "The form arrived damaged. Go back and send it again." in answer.get_data(as_text=True)
