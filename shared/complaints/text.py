"""Text as somebody typed it, in the form in which it can be kept."""

from __future__ import annotations


def as_kept(text: str) -> str:
    """The text as it was typed; a form ends its lines otherwise than a script.

    JSON may carry half a character, which nothing can store: a question mark stands for it.
    """
    whole = text.encode("utf-8", "replace").decode()
    return whole.replace("\r\n", "\n").replace("\r", "\n").strip()
