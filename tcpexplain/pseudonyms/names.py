"""Other names for names: addresses, files, hosts, programs; by one key, so the same name has the same one everywhere."""

from __future__ import annotations

import re
import secrets
from hashlib import blake2s
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from tcpexplain import registry
from tcpexplain.errors import TcpexplainError, Warning  # noqa: A004 (the word users see)
from tcpexplain.pseudonyms.prefixes import Addresses
from tcpexplain.readers import STDIN

if TYPE_CHECKING:
    from collections.abc import Mapping


ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]*){2,})")
"""What may be an address in a sentence."""
SUFFIXES = frozenset(
    [".cap", ".dmp", ".txt", ".json", ".pdml", ".gz", ".zst", ".xz", ".bz2", ".lz4"]
    + [f".{name}" for name in registry.names("tcpexplain.readers")]
)
"""Endings of files that say what is in them, and nothing else."""
LISTED = "left out: "
"""How a list of files begins that were not read (``reading.paths``)."""
STANDARD = (STDIN, "-", "--demo", "lo", "any", "")
"""What is called so everywhere."""
FEWEST = 16
"""Bytes that a key has at least: fewer can be tried out."""
Key = bytes | bool


class Pseudonyms:
    """What stands for each address and name.

    Parameters
    ----------
    key
        ``FEWEST`` bytes or more, which give the same names in every run; True or None for some that nobody knows, which do not.
    """

    def __init__(self, key: Key | None = None) -> None:
        given = key if isinstance(key, bytes) else secrets.token_bytes(32)
        if len(given) < FEWEST:
            raise TcpexplainError(
                "a key of so few bytes can be guessed",
                code="TE051",
                note=f"it has {len(given)}, and needs {FEWEST}",
                help="head -c 32 /dev/urandom > key   then   tcpexplain capture.pcap --anonymize-key key",
            )
        self._key = blake2s(given).digest()
        self.addresses = Addresses(self._key)
        self.files: dict[str, str] = {}
        """What stands for each file that was met."""
        self.folders: dict[str, str] = {}
        """The same for the folders they are in."""

    def word(self, what: str, name: str) -> str:
        """``host-5c1f09ab`` for a name of some kind."""
        digest = blake2s(name.encode(errors="surrogateescape"), key=self._key, person=what.encode()[:8]).hexdigest()
        return f"{what}-{digest[:8]}"

    def file(self, path: str) -> str:
        """``capture-5c1f09ab.pcap`` for a file, wherever it is; what is called so everywhere stays."""
        if path in STANDARD:
            return path
        if path not in self.files:
            endings = [one for one in PurePath(path).suffixes[-2:] if one.lower() in SUFFIXES]
            self.files[path] = self.files[str(Path(path).absolute())] = self.word("capture", path) + "".join(endings)
            for folder in map(str, (PurePath(path).parent, Path(path).absolute().parent)):
                if len(folder) > 1:
                    self.folders[folder] = self.word("folder", folder)
        return self.files[path]

    def interface(self, name: str) -> str:
        """``interface-5c1f09ab`` for an interface that is not called as every machine's are."""
        return name if name in STANDARD else self.word("interface", name)

    def address_text(self, text: str) -> str:
        """The same for a text, which stays if it is none."""
        try:
            return self.addresses.text(text)
        except ValueError:
            return text

    def sentence(self, text: str) -> str:
        """A text with other addresses, and other names for the files that were met; a list of other files is left out."""
        if text.startswith(LISTED):
            return ""
        alone = {PurePath(real).name: other for real, other in self.files.items()}
        return ADDRESS.sub(self._found, replaced(text, {**alone, **self.folders, **self.files}))

    def _found(self, found: re.Match[str]) -> str:
        """The other address for what looks like one; a colon or a full stop behind it is the sentence's."""
        for bare in (found[0], found[0].rstrip("."), found[0].rstrip(".:")):
            if (other := self.address_text(bare)) != bare:
                return other + found[0][len(bare) :]
        return found[0]

    def warning(self, one: Warning) -> Warning:
        """The same warning without names."""
        return Warning(one.code, *map(self.sentence, (one.message, one.note, one.help)))

    def error(self, one: TcpexplainError) -> TcpexplainError:
        """The same error without names."""
        # What may have been meant is the name of another file.
        meant = "" if one.code == "TE001" and one.help.startswith("did you mean") else one.help
        message, note, help_ = map(self.sentence, (one.message, one.note, meant))
        return TcpexplainError(message, code=one.code, note=note, help=help_, exit_status=one.exit_status)


def replaced(text: str, names: Mapping[str, str]) -> str:
    """A text with other names, wherever they are no parts of words."""
    if not names:
        return text
    longest_first = sorted(names, key=len, reverse=True)
    some = "|".join(map(re.escape, filter(None, longest_first)))
    return re.sub(rf"(?<![\w.-])(?:{some})(?![\w-])", lambda found: names[found[0]], text)


def read_key(path: str) -> bytes:
    """The bytes of a key that lies in a file.

    Raises
    ------
    TcpexplainError
        TE051 if it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise TcpexplainError(
            "cannot read the key", code="TE051", note=f"{path}: {why[:1].lower()}{why[1:]}",
            help=f"head -c 32 /dev/urandom > {path}",
        ) from None  # fmt: skip
