"""The words of a line that matter: from those on that are known, without times and levels before them."""

from __future__ import annotations

from tcpexplain.log.recognise import recognise
from tcpexplain.runtimes import pattern


def words_of(text: str) -> str:
    """The known words and what follows them; the whole line if none are known."""
    known = recognise(text)
    for wording in (known.wording, known.inner):
        if wording and len(wording.text) > 4 and (found := pattern(wording.text).search(text)):
            return text[found.start() :]
    return text
