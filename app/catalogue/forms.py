"""The form of one model: labels, hints and widgets. What may be said of a model is checked in `service`."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, Form, StringField
from wtforms.validators import InputRequired, Optional

from app.catalogue.service import ModelFacts


class DayField(DateField):
    """A day, from the browser's own picker or typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write a day as year, month and day, for example 2026-11-30.") from None


class ModelForm(Form):
    """A model that isn't on the list yet."""

    id: StringField | None = StringField(
        "Model id", description="Exactly as programs send it, for example gpt-4o or vendor/model-1."
    )
    owned_by = StringField("Made by", description="The company or team behind the model.")
    released_on = DayField(
        "Released on",
        description="Models are listed newest first.",
        validators=[InputRequired("Choose the day the model was released. Any day will do if you don't know it.")],
    )
    retires_on = DayField(
        "Switched off on",
        description="The day its maker stops serving it. Leave this empty while no day is known.",
        validators=[Optional()],
    )
    successor = StringField("Use instead", description="The id of the model its maker recommends in its place.")

    def model_id(self) -> str:
        assert self.id is not None
        return (self.id.data or "").strip()

    def facts(self) -> ModelFacts:
        """What the form says; only after `validate`."""
        assert self.released_on.data is not None
        return ModelFacts(
            owned_by=(self.owned_by.data or "").strip(),
            released_on=self.released_on.data,
            retires_on=self.retires_on.data,
            successor=(self.successor.data or "").strip() or None,
        )


class ListedModelForm(ModelForm):
    """A model that is on the list. Its id stays."""

    id = None
