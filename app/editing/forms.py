"""The form of an assistant: labels, hints and widgets. The rules are the specification's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import TextArea, TextInput

from app.assistants.parts import METADATA_KEY_LENGTH
from app.assistants.spec import REASONING_EFFORTS
from app.core.errors import Fault
from app.editing.values import Data
from app.texts.text import as_browser_sends

NOT_SET = SelectChoice("", "Not set")
EFFORTS = [NOT_SET, *map(SelectChoice, REASONING_EFFORTS)]
RESPONSE_KINDS = [
    SelectChoice("auto", "Automatic: the model decides"),
    SelectChoice("text", "Text"),
    SelectChoice("json_object", "JSON, of any shape"),
    SelectChoice("json_schema", "JSON that follows a schema"),
]
RANKERS = [NOT_SET, SelectChoice("auto"), SelectChoice("default_2024_08_21")]
Errors = list[tuple[str, str]]


class LineWidget:
    """One line to type in; several when the value has several, because a browser takes newlines out of a single one."""

    def __call__(self, field: StringField, **attributes: Any) -> Markup:
        if "\n" in (field.data or ""):
            area: Markup = TextArea()(field, rows=2, **attributes)
            return area
        line: Markup = TextInput()(field, **attributes)
        return line


def _lf(value: str | None) -> str | None:
    """Browsers send every newline as CRLF. This runs before anything counts or compares."""
    return None if value is None else as_browser_sends(value)


class LineField(StringField):
    widget = LineWidget()

    def __init__(self, label: str, description: str = "", **more: Any) -> None:
        super().__init__(label, description=description, filters=[_lf], **more)


class TextField(TextAreaField):
    def __init__(self, label: str, description: str = "", **more: Any) -> None:
        super().__init__(label, description=description, filters=[_lf], **more)


class FunctionForm(Form):
    """One function the model may ask for. `source` is its number among the tools it was drawn from, if any."""

    source = HiddenField()
    name = LineField("Function name", "Letters, digits, _ and -, as your program knows it.")
    description = TextField("What it does", "The model decides by this text when to call the function.")
    parameters = TextField("Parameters", "A JSON Schema of what the function takes. Empty means it takes nothing.")
    strict = BooleanField("Strict", description="The model's call always follows the schema exactly.")


class PairForm(Form):
    """One row of metadata."""

    key = LineField("Key")
    value = LineField("Value")


class AssistantForm(FlaskForm):
    """All fields of an assistant as a person edits them.

    `version` is the version the form was drawn from, `expected_version` the live one the person knows of: they differ
    once a conflict was shown. `state` is, as JSON, what it was drawn from where that is no version (see `fields`).
    `source` is the assistant a copy is made from. `revision` is that of the working copy the form came from, and
    `page` names the opened page that keeps it by a script. `rival` is the revision of another text of the person's that
    the page has told of: keeping this one for later takes its place, and nothing else does. `new_id` is the id that a
    new assistant will have.
    """

    version = HiddenField()
    expected_version = HiddenField()
    state = HiddenField()
    source = HiddenField()
    revision = HiddenField()
    page = HiddenField()
    rival = HiddenField()
    new_id = HiddenField()
    name = LineField("Name", "What your colleagues look for in the list.")
    description = TextField("Description", "One or two sentences about what it is for. The model doesn't see this.")
    model = LineField("Model", "The language model that answers. Pick one or type its exact name.")
    instructions = TextField(
        "Instructions", "Everything the assistant is told about its job. The model reads all of it."
    )
    temperature = LineField(
        "Temperature",
        "0 to 2, usually 1. Lower is more focused and repeatable, higher more varied.",
    )
    top_p = LineField(
        "Top P",
        "0 to 1, usually 1. Lower keeps to the likeliest words. Change this or the temperature, not both.",
    )
    reasoning_effort = SelectField(
        "Reasoning effort",
        description="How long a reasoning model thinks before it answers. Other models ignore it.",
        choices=EFFORTS,
        validate_choice=False,
    )
    response_kind = SelectField(
        "Answer format", description="The form every answer takes.", choices=RESPONSE_KINDS, validate_choice=False
    )
    schema_name = LineField("Schema name", "Letters, digits, _ and -.")
    schema_description = TextField("Schema description", "What the answer is for; helps the model to fill it in.")
    schema_text = TextField("Schema", "The JSON Schema every answer follows.")
    schema_strict = BooleanField("Strict", description="Every answer follows the schema exactly.")
    code_interpreter = BooleanField("Code interpreter", description="It may write and run Python on files.")
    file_ids = TextField("Files for the code interpreter", "One file id on each line, up to 20.")
    file_search = BooleanField("File search", description="It may look things up in a vector store.")
    vector_store_ids = TextField("Vector store", "The id of one vector store.")
    max_num_results = LineField("Results at most", "From 1 to 50. Empty leaves it to the service.")
    score_threshold = LineField("Lowest score", "From 0 to 1. Worse matches are left out.")
    ranker = SelectField("Ranker", description="Needs a lowest score too.", choices=RANKERS, validate_choice=False)
    functions = FieldList(FormField(FunctionForm))
    pairs = FieldList(FormField(PairForm))
    note = LineField("What did you change, and why?")

    def submitted(self) -> Data:
        """The values the browser sent; a text field it left out isn't there."""
        data: Data = {}
        for field in self:
            if isinstance(field, StringField | SelectField) and not field.raw_data:
                continue
            data[field.name] = field.data
        for rows in (data["functions"], data["pairs"]):
            rows[:] = [{name: "" if value is None else value for name, value in row.items()} for row in rows]
        return data

    def show(self, faults: Iterable[Fault], tool_fields: Sequence[str]) -> Errors:
        """Put each fault beside its field; returns the lines of the summary, as (field id, message)."""
        errors = []
        for fault in faults:
            field = self.field_of(fault.param or "", tool_fields)
            if isinstance(field, Field) and not isinstance(field, FieldList):
                field.errors = [*field.errors, fault.message]
            errors.append((field.id if field is not None else "", fault.message))
        return errors

    def field_of(self, param: str, tool_fields: Sequence[str]) -> Field | None:
        """The field in which a person mends what `param`, a path in the API's notation, has wrong."""
        top, _, rest = param.partition(".")
        if top.startswith("tools["):
            return self._tool_field(tool_fields[int(top[6:-1])], rest)
        if top == "metadata":
            return self._pair_field(rest)
        if top == "tool_resources":
            return self["file_ids" if rest.startswith("code_interpreter") else "vector_store_ids"]
        if top == "response_format":
            part = rest.removeprefix("json_schema").lstrip(".").partition(".")[0]
            return {
                "name": self.schema_name,
                "description": self.schema_description,
                "schema": self.schema_text,
                "strict": self.schema_strict,
            }.get(part, self.response_kind)
        if top == "tools":
            return self.functions
        found: Field | None = self._fields.get(top)
        return found

    def _tool_field(self, name: str, rest: str) -> Field:
        if not name.startswith("functions-"):
            tool: Field = self._fields.get(rest.rpartition(".")[2], self[name])
            return tool
        function = self.functions[int(name.removeprefix("functions-"))].form
        part = rest.removeprefix("function").lstrip(".").partition(".")[0].partition("[")[0]
        field: Field = function._fields.get(part, function.name)
        return field

    def _pair_field(self, key: str) -> Field:
        for row in self.pairs:
            if row.form.key.data == key:
                return row.form.key if len(key) > METADATA_KEY_LENGTH else row.form.value
        return self.pairs
