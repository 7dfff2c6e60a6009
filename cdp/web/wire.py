"""Fields and schemas of the wire: what may come in is bounded, and what is not known is refused.

A text may hold no control character and no lone surrogate: no store takes them, and a log line
must not be forged with one.
"""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, missing, validate

UNKNOWN: Final = "unknown field"
NAME: Final = r"^[a-z][a-z0-9_]{0,62}$"
ONE_FIELD: Final = r"[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?"
EVENT_TYPE: Final = r"[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31}){0,3}"
CURSOR: Final = r"^[A-Za-z0-9_-]{1,600}$"
KEY: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"
LANGUAGE: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
REGION: Final = r"^[A-Z]{2}$"
_REFUSED: Final = frozenset({"Cc", "Cs"})


class WireSchema(Schema):
    """Base of every schema: fields that are not known are refused, and the known ones named.

    `load` costs more than most requests do otherwise. `plainly` reads what is plainly right, by the
    same validators of the same fields; whatever is not, is for `load` to read or to refuse.
    """

    class Meta:
        """In the order in which they are written."""

        ordered = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        known = ", ".join(sorted(item.data_key or name for name, item in self.fields.items()))
        self.error_messages["unknown"] = f"{UNKNOWN}; known are {known}"
        self._texts = _plain_texts(self)
        self._needed = {
            item.data_key or name
            for name, item in self.fields.items()
            if item.required or item.load_default is not missing
        }

    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """The value of fields that were read; a schema that has one says so with `post_load`."""
        return data

    def plainly(self, body: Any) -> Any:
        """What `load` makes of an object of plain texts that are all right; None: ask `load`."""
        if type(body) is not dict or not self._needed.issubset(body):
            return None
        data = {}
        for name, value in body.items():
            known = self._texts.get(name)
            if known is None or type(value) is not str:
                return None
            attribute, validators = known
            try:
                for validator in validators:
                    validator(value)
            except ValidationError:
                return None
            data[attribute] = value
        return self.make(data)


class Text(fields.String):
    """A text of at least one and at most `most` characters, without control characters."""

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(validate=[validate.Length(1, most), _printable], **options)


class Pattern(fields.String):
    """A text of a closed form; `about` says which in words."""

    def __init__(self, pattern: str, about: str, **options: Any) -> None:
        form = validate.Regexp(pattern, error=f"must be {about}")
        super().__init__(validate=[form, _printable], **options)


class ListOf(fields.List[Any]):
    """From `least` to `most` items; how many there are is seen before the first one is read."""

    def __init__(
        self, item: fields.Field[Any], most: int, *, least: int = 1, **options: Any
    ) -> None:
        super().__init__(item, validate=validate.Length(least, most), **options)
        self._most = most

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> list[Any]:
        # A long list of bad items would cost seconds, and as many faults, to refuse one by one.
        if isinstance(value, list) and len(value) > self._most:
            raise ValidationError(f"takes at most {self._most} items")
        return super()._deserialize(value, *args, **options)


class Names(fields.String):
    """Names with commas between them, at most `most`, as a set; none is not a list."""

    def __init__(self, form: str, most: int, about: str, **options: Any) -> None:
        self._most = most
        pattern = f"^{form}(,{form}){{0,{most - 1}}}$"
        validator = validate.Regexp(pattern, error=f"must be {about}, with commas between them")
        super().__init__(validate=validator, **options)

    def deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        """The text is checked, then taken apart."""
        text = super().deserialize(value, *args, **options)
        return frozenset(text.split(",")) if isinstance(text, str) else text


_PLAIN: Final = frozenset({fields.String, Text, Pattern})


def _plain_texts(schema: Schema) -> dict[str, tuple[str, Sequence[Callable[[str], Any]]]]:
    """By their names on the wire, the fields that take a text as it is."""
    return {
        item.data_key or name: (item.attribute or name, tuple(item.validators))
        for name, item in schema.fields.items()
        if type(item) in _PLAIN and not item.dump_only
    }


def name(**options: Any) -> Pattern:
    """A lower-case name, such as that of a purpose or of an identifier type."""
    return Pattern(NAME, "a lower-case name", **options)


def field_name(**options: Any) -> Pattern:
    """The name of a field; that of a computed trait has a point in it."""
    return Pattern(f"^{ONE_FIELD}$", "a field name", **options)


def key(**options: Any) -> Pattern:
    """A key of something configured; no place for free text."""
    return Pattern(KEY, "letters, digits and . _ : -, at most 128", **options)


class ProblemFaultSchema(WireSchema):
    """Where a request does not fit, and why."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer (RFC 6901)"})
    detail = fields.String(required=True)


class ProblemSchema(WireSchema):
    """Problem details (RFC 9457); `reason` is the stable code for machines."""

    type = fields.String(required=True, metadata={"description": "about:blank"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "what to do next"})
    reason = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.List(
        fields.Nested(ProblemFaultSchema), metadata={"description": "the first 20 of them"}
    )
    current = fields.List(
        fields.UUID(), metadata={"description": "profile_split: the profiles it stands for now"}
    )
    retry_after = fields.Integer(
        metadata={"description": "seconds, as in the header Retry-After (409, 429, 503)"}
    )
    stores = fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"description": "not_ready only"}
    )


def _printable(text: str) -> None:
    if not text.isprintable() and any(unicodedata.category(char) in _REFUSED for char in text):
        raise ValidationError("may hold no control characters")
