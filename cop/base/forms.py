# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms: what a browser sends, checked field by field, told in words."""

from collections.abc import Mapping
from typing import Any, cast

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from cop.base.errors import Invalid
from cop.base.i18n import N_, translated
from cop.base.text import one_line, running_text

TOKEN = "csrf_token"  # noqa: S105  a field's name
MISSING = N_("Please fill this in.")
TOO_LONG = N_("This is too long. Please shorten it.")
CHOOSE = N_("Please choose an answer.")
UNKNOWN = N_("This form is out of date. Please load the page anew.")
LONGEST_LINE = 300
MOST_LINES = 30


class FormSchema(Schema):
    """A form: a field it doesn't know is refused."""

    error_messages = {"unknown": UNKNOWN}  # noqa: RUF012  marshmallow reads it so

    class Meta:
        unknown = RAISE


class NoFields(FormSchema):
    """A button."""


class Line(fields.String):
    """One line of text without breaks, which mail and calendars would take for more."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return one_line(super()._deserialize(value, attr, data, **options))


class Paragraphs(fields.String):
    """Text with line breaks."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return running_text(super()._deserialize(value, attr, data, **options)).strip()


class Sentences(fields.String):
    """A list, one sentence a line."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        lines = [written for line in text.splitlines() if (written := one_line(line))]
        if len(lines) > MOST_LINES:
            raise ValidationError(N_("Please write at most 30 lines."))
        if any(len(line) > LONGEST_LINE for line in lines):
            raise ValidationError(TOO_LONG)
        return lines


def line(longest: int, *, required: bool = True) -> Line:
    """Return a field of one line."""
    return Line(**_text(longest, required=required))


def paragraphs(longest: int, *, required: bool = True) -> Paragraphs:
    """Return a field of running text."""
    return Paragraphs(**_text(longest, required=required))


def sentences() -> Sentences:
    """Return an optional field of sentences, one a line."""
    return Sentences(load_default=list)


def choice(*values: str) -> fields.String:
    """Return a field that takes one of these values."""
    return fields.String(
        required=True, validate=validate.OneOf(values, error=CHOOSE), error_messages={"required": CHOOSE}
    )


def _text(longest: int, *, required: bool) -> dict[str, Any]:
    checks: list[validate.Validator] = [validate.Length(max=longest, error=TOO_LONG)]
    if required:
        checks.append(validate.Length(min=1, error=MISSING))
        return {"required": True, "validate": checks, "error_messages": {"required": MISSING}}
    return {"load_default": "", "validate": checks}


def read_form(schema: Schema, form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what a form says.

    Raises:
        Invalid: naming for each field how to mend it, as marked sentences.
    """
    sent = {name: value for name, value in form.items() if name != TOKEN}
    try:
        found: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        raise Invalid(cast("dict[str, list[str]]", error.messages_dict)) from error
    return found


def in_words(problem: Invalid) -> dict[str, list[str]]:
    """Return a form's errors in the reader's language, as the macro `error_summary` takes them."""
    return {name: [translated(sentence) for sentence in told] for name, told in problem.fields.items()}
