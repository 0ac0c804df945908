"""A large form is read as a browser sends it, wherever the pieces in which it is read end."""

from __future__ import annotations

import pytest
from flask import Flask, request

from tests.multipart import encode_multipart

PIECE = 64 * 1024


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_empty_fields_stay_empty_wherever_a_piece_ends(app: Flask) -> None:
    for length in range(PIECE - 500, PIECE):
        fields = {"text": "x" * length, "first": "", "second": "", "newline": "\r\n", "last": "y"}
        body, content_type = encode_multipart(fields)
        with app.test_request_context("/", method="POST", data=body, content_type=content_type):
            assert request.form.to_dict() == fields
