"""The application object that gunicorn and the `flask` command load. Nothing else lives here."""

import sys

from app import create_app
from app.config import SettingRefused

try:
    app = create_app()
except SettingRefused as refusal:
    sys.exit(f"Error: {refusal}")
