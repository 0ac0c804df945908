"""Who reads an assistant, for other features' pages; and when the notes are written down. It has no page itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app

from app.readers import service

pages = Blueprint("readers", __name__)


@pages.app_context_processor
def _context() -> dict[str, Any]:
    return {"readers_of": service.of}


@pages.after_app_request
def _write_down(response: Response) -> Response:
    """Once the answer is on its way, so that nobody waits for it."""
    if service.is_time_to_write():
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

        def write_down() -> None:
            with app.app_context():
                service.write_down()

        response.call_on_close(write_down)
    return response
