"""The form above the list: one field for words, and filters to choose from what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from wtforms import BooleanField, Form, SearchField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput, TextInput

from app.assistants import facets
from app.assistants.index import Facet
from app.assistants.labels import folded_label
from app.search.question import Question

# So many values a filter offers; others can be asked for in the address.
MOST_CHOICES = 200
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
TOOLS = {"code_interpreter": "Code interpreter", "file_search": "File search", "function": "Functions"}


class QuestionForm(Form):
    """Draws a question. Reading one is `Question.read`'s, so nothing is validated here."""

    query = SearchField("Search")
    model = SelectField("Model")
    label = SelectField("Label")
    tool = SelectField("Tool")
    changed_by = SelectField("Last changed by")
    changed_since = StringField("Changed since", widget=DateInput())
    metadata_key = StringField("Metadata key")
    metadata_value = StringField("with the value")
    unsaved = BooleanField("With unsaved changes only")
    retiring = BooleanField("Whose model retires only")

    @classmethod
    def of(cls, question: Question, there: Mapping[str, Iterable[str]] | None = None) -> QuestionForm:
        """The form with the question in it, and with every value that there is to choose (`offered`)."""
        form = cls(data=asdict(question))
        if question.changed_since and not _DAY.fullmatch(question.changed_since):
            # A moment, which a field for days would not show.
            form.changed_since.widget = TextInput()
        there = offered() if there is None else there
        form.model.choices = _choices("Any model", there[Facet.MODEL], question.model)
        form.label.choices = _choices("Any label", there[Facet.LABEL], folded_label(question.label))
        form.label.data = folded_label(question.label)
        form.tool.choices = _choices("Any tool", there[Facet.TOOL], question.tool)
        form.changed_by.choices = _choices("Anybody", there[Facet.CHANGED_BY], question.changed_by)
        return form


def offered() -> dict[str, list[str]]:
    """By facet, what there is to choose."""
    return facets.values((Facet.MODEL, Facet.LABEL, Facet.TOOL, Facet.CHANGED_BY), MOST_CHOICES)


def _choices(anything: str, values: Iterable[str], chosen: str) -> list[SelectChoice]:
    """All values, and the chosen one even where nothing has it any more."""
    known = sorted({*values, chosen} - {""}, key=str.casefold)
    return [SelectChoice("", anything), *(SelectChoice(value, TOOLS.get(value, value)) for value in known)]
