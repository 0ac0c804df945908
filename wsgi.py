"""The application object that gunicorn and the `flask` command load. Nothing else lives here."""

from app import create_app

app = create_app()
