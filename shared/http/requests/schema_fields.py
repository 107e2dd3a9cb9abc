"""Fields of request schemas, whose messages are in Indonesian and say what to do."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_UNNAMED = "Isian ini"


class RequestSchema(Schema):
    """The body that a route reads; fields it doesn't declare are refused."""

    class Meta:
        """How marshmallow treats the body."""

        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow's own way
        "type": "Kirim satu objek dengan isian yang diminta.",
        "unknown": "Isian ini tidak dikenal.",
    }


class Text(fields.String):
    """Text of bounded length, without control characters, and (with `strip`) outer spaces.

    `label`: what the field is called on the page, for the sentences about it.
    """

    default_error_messages = {  # noqa: RUF012
        "required": "Isian ini wajib diisi.",
        "null": "Isian ini wajib diisi.",
        "invalid": "Isian ini harus berupa teks.",
        "invalid_utf8": "Isian ini harus berupa teks.",
        "empty": "Isian ini wajib diisi.",
        "long": "Isian ini terlalu panjang. Paling banyak {maximum} karakter.",
        "control": "Isian ini memuat karakter yang tidak dapat dibaca. Ketik ulang.",
    }

    def __init__(
        self,
        *,
        maximum: int,
        minimum: int = 1,
        strip: bool = True,
        label: str = _UNNAMED,
        **options: Any,
    ):
        self.maximum, self.minimum, self.strip = maximum, minimum, strip
        options.setdefault("metadata", {}).update(minLength=minimum, maxLength=maximum)
        super().__init__(**options)
        for key, text in self.error_messages.items():
            self.error_messages[key] = str(text).replace(_UNNAMED, label)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > self.maximum:
            raise self.make_error("long", maximum=self.maximum)
        if _CONTROL.search(text):
            raise self.make_error("control")
        if self.strip:
            text = text.strip()
        if len(text) < self.minimum:
            raise self.make_error("empty")
        return text


class Day(fields.Date):
    """A calendar day as ISO text, YYYY-MM-DD."""

    default_error_messages = {  # noqa: RUF012
        "required": "Tanggal wajib diisi.",
        "null": "Tanggal wajib diisi.",
        "invalid": "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-11-20.",
    }

    def __init__(self, **options: Any):
        super().__init__(format="iso", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            raise self.make_error("invalid") from None


class Flag(fields.Boolean):
    """True or false in JSON, and nothing that could be read as either."""

    default_error_messages = {  # noqa: RUF012
        "required": "Isi dengan true atau false.",
        "null": "Isi dengan true atau false.",
        "invalid": "Isi dengan true atau false.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value
