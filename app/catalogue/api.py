"""The models as the API lists them. Scripts read this list; an administrator edits it on its page."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response

from app.catalogue import service
from app.catalogue.models import CatalogueModel
from app.core.actors import Permission
from app.http.actor import require
from app.http.api import json_response

routes = Blueprint("catalogue", __name__)


@routes.get("/models", strict_slashes=False)
@require(Permission.READ)
def list_models() -> Response:
    models = [_body(model) for model in service.list_all()]
    return json_response(orjson.dumps({"object": "list", "data": models}))


@routes.get("/models/<path:model_id>")
@require(Permission.READ)
def retrieve_model(model_id: str) -> Response:
    return json_response(orjson.dumps(_body(service.get(model_id))))


def _body(model: CatalogueModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": model.owned_by,
        "shutdown_date": model.retires_on,
    }
