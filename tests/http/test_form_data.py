"""An empty field stays empty wherever the pieces of a long body end."""

from __future__ import annotations

import pytest
from flask import Flask, request

from app.http.form_data import WholeFormRequest


@pytest.mark.parametrize("shift", range(140))
def test_no_field_is_torn_where_a_piece_ends(shift: int) -> None:
    app = Flask(__name__)
    app.request_class = WholeFormRequest
    boundary = "-" * 40 + "boundary"
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="field"\r\n\r\n\r\n'
    first = f'--{boundary}\r\nContent-Disposition: form-data; name="first"\r\n\r\n{"x" * shift}\r\n'
    body = first + part * 900 + f"--{boundary}--\r\n"
    with app.test_request_context(
        method="POST", data=body.encode(), content_type=f"multipart/form-data; boundary={boundary}"
    ):
        assert set(request.form.getlist("field")) == {""}
        assert len(request.form.getlist("field")) == 900
