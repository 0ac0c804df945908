"""The application factory: a table of contents of Greenroom."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import create_engine
from werkzeug.middleware.proxy_fix import ProxyFix

from app.accounts import provider_web, second_factor_web, sessions_web
from app.accounts import service as accounts
from app.accounts import web as accounts_web
from app.assistants import api as assistants_api
from app.assistants import web as assistants_web
from app.assistants.titles import titles
from app.audit import web as audit_web
from app.bulk import api as bulk_api
from app.bulk import batches_web
from app.bulk import web as bulk_web
from app.catalogue import api as catalogue_api
from app.catalogue import web as catalogue_web
from app.config import LITTLE_PATIENCE, ROOT, Settings, engine_options
from app.core.database import tune
from app.core.reading import Reader
from app.core.replica import FollowedReader
from app.editing import conflict_web, expired_web
from app.editing import web as editing_web
from app.exchange import api as exchange_api
from app.exchange import web as exchange_web
from app.extensions import READER, csrf, db, login
from app.history import api as history_api
from app.history import web as history_web
from app.http import (
    addresses,
    assets,
    bodies,
    carried,
    compression,
    errors,
    form_data,
    freshness,
    logs,
    metrics,
    provider,
    quick,
    security,
    templating,
)
from app.http.api import api_blueprint
from app.http.quick import Quick
from app.http.rules import LateRule
from app.keys import service as keys
from app.keys import web as keys_web
from app.on_demand import Commands, Migrations
from app.openapi import document
from app.operating import web as operating_web
from app.readers import web as readers_web
from app.search import api as search_api
from app.search import web as search_web


def create_app(settings: Settings | None = None) -> Flask:
    """A Greenroom on the given settings; by default those of the environment."""
    settings = settings or Settings.from_environment()
    app = Flask(
        __name__,
        instance_path=str(settings.instance_path),
        template_folder=str(ROOT / "templates"),
        static_folder=str(assets.FOLDER),
        static_url_path=assets.address(),
    )
    app.request_class = form_data.FormRequest
    app.url_rule_class = LateRule
    app.config.from_mapping(settings.for_flask())
    # First, so that what the extensions refuse has its number and its headers, too.
    security.init_app(app)
    logs.init_app(app)
    _bind_extensions(app, settings)
    freshness.init_app(app)
    _register_doors(app)
    assets.init_app(app)
    metrics.init_app(app)
    provider.init_app(app)
    bodies.init_app(app)
    compression.init_app(app)
    errors.init_app(app)
    templating.init_app(app)
    app.cli = Commands(app)
    quick.init_app(app, {
        "api.assistants.retrieve_assistant": Quick(assistants_api.read_assistant, assistants_api.read_ahead),
        "api.assistants.create_assistant": Quick(assistants_api.add_assistant),
        "api.assistants.modify_assistant": Quick(assistants_api.change_assistant),
        "api.search.list_assistants": Quick(search_api.read_list, search_api.list_ahead),
    })  # fmt: skip
    app.wsgi_app = addresses.BareBaseUrl(app.wsgi_app)  # type: ignore[method-assign]
    if settings.proxies:
        # Only so many of the nearest: what stands before them in these headers was written by whoever asks.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    return app


def _bind_extensions(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    with app.app_context():
        tune(db.engine, settings.busy_timeout, settings.synchronous)
        app.extensions[READER] = _reader(settings)
    app.extensions["migrate"] = Migrations(app)
    csrf.init_app(app)
    # Templates know `current_person`, which an error page can do without.
    login.init_app(app, add_context_processor=False)


def _reader(settings: Settings) -> Reader:
    if not settings.read_database_url:
        return Reader(db.engine)
    options = engine_options(settings.read_database_url, settings.threads, LITTLE_PATIENCE)
    replica = create_engine(settings.read_database_url, **options)
    tune(replica, settings.busy_timeout, settings.synchronous)
    return FollowedReader(db.engine, replica)


def _register_doors(app: Flask) -> None:
    for pages in (
        accounts_web,
        sessions_web,
        second_factor_web,
        provider_web,
        assistants_web,
        editing_web,
        search_web,
        history_web,
        exchange_web,
        keys_web,
        catalogue_web,
        bulk_web,
        batches_web,
        audit_web,
        readers_web,
        operating_web,
    ):
        app.register_blueprint(pages.pages)
    audit_web.named_by(app, audit_web.Names(people=accounts.names, keys=keys.names, assistants=titles))
    app.register_blueprint(conflict_web.pages)
    carried.resumed_by(app, expired_web.DOORS)
    # A key in a header is never sent by a browser on its own, so JSON needs no token against forged requests.
    doors = (assistants_api, search_api, history_api, exchange_api, catalogue_api, bulk_api)
    for feature in doors:
        csrf.exempt(feature.routes)
    app.register_blueprint(api_blueprint(*(feature.routes for feature in doors)))
    document.init_app(app)
