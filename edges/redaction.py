"""Take secrets out of text, in every spelling that tools give them, also when the text comes in pieces."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from bootstrap.secret import Secret

MASK = "<secret>"
SHORTEST = 4
"""Characters. A shorter value is no secret, and would match everywhere."""
_SHORTEST_ENCODED = 8
_SHORTEST_LINE = 16


class Redactor:
    """Knows the spellings of some secrets. `text` takes a whole text; `feed` and `flush` one that comes in pieces."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        found = {spelling for secret in set(secrets) for spelling in spellings(secret.reveal())}
        # Plain searches, longest first: one alternation of some hundred texts is ten times slower on megabytes.
        self._spellings = sorted(found, key=lambda text: (-len(text), text))
        self._held = ""

    def text(self, text: str) -> str:
        """The text with every secret in it replaced by <secret>."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text

    def hits(self, text: str) -> bool:
        """Whether the text contains a secret."""
        return any(spelling in text for spelling in self._spellings)

    def feed(self, piece: str) -> str:
        """What can be shown now; what may be the beginning of a secret is held back until the next piece or `flush`."""
        held = self._held + piece
        border = self._border(held)
        self._held = held[border:]
        return self.text(held[:border])

    def flush(self) -> str:
        """The rest, once no more comes."""
        rest, self._held = self._held, ""
        return self.text(rest)

    def _border(self, held: str) -> int:
        """Where the first tail begins that a further piece could complete to a secret, or a secret that it cuts."""
        border = min((self._open_tail(held, spelling) for spelling in self._spellings), default=len(held))
        while (cut := min((self._cut(held, each, border) for each in self._spellings), default=border)) < border:
            border = cut
        return border

    def _cut(self, held: str, spelling: str, border: int) -> int:
        at = held.rfind(spelling, 0, border + len(spelling) - 1)
        return at if 0 <= at < border < at + len(spelling) else border

    def _open_tail(self, held: str, spelling: str) -> int:
        for at in range(max(0, len(held) - len(spelling) + 1), len(held)):
            if held[at] == spelling[0] and spelling.startswith(held[at:]):
                return at
        return len(held)


def spellings(value: str) -> set[str]:
    """All texts by which a value may be printed: itself, its lines, escaped for JSON, URL or shell, in base64.

    Long lines of a value count on their own, as YAML and diffs indent them.
    """
    found = {text for text in (value, value.strip(), *_long_lines(value)) if len(text) >= SHORTEST}
    return found | {text for part in found for text in _encoded(part) if len(text) >= _SHORTEST_ENCODED}


def _long_lines(value: str) -> Iterator[str]:
    yield from (line.strip() for line in value.splitlines() if len(line.strip()) >= _SHORTEST_LINE)


def _encoded(value: str) -> Iterator[str]:
    for plain in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield plain
        yield plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")  # as Go writes it
    yield from (quote(value, safe=""), quote(value), quote_plus(value), shlex.quote(value).strip("'"))
    yield from _base64(value.encode())


def _base64(value: bytes) -> Iterator[str]:
    """The value alone, and as it looks inside of a longer text, where it may begin at any of three bit positions."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(value).decode()
        for shift in range(3):
            text = encode(b"\0" * shift + value).decode().rstrip("=")
            whole = (len(value) + shift) % 3 == 0
            yield text[(0, 2, 3)[shift] : None if whole else -1]
