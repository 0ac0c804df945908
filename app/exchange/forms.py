"""The form of the import page. What a file must be is said by `formats`."""

from __future__ import annotations

from wtforms import FileField, Form


class UploadForm(Form):
    file = FileField("File", description="The JSON or ZIP file that holds the saved assistants, up to 32 MB.")
