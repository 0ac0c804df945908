"""Flask's extensions, made here and bound in `create_app`, so that features import them without a cycle."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from app.core.database import Base

db = SQLAlchemy(
    model_class=Base,
    # What a service returns stays readable after its commit; the next transaction reads afresh.
    session_options={"expire_on_commit": False},
    disable_autonaming=True,
)
migrate = Migrate()
csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(get_remote_address, default_limits=[])
