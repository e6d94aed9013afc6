"""Write the pages of the reference that follow from the code. ``python docs/generate.py``; ``--check`` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

DOCS = Path(__file__).parent
SCHEMA = DOCS.parent / "tcpexplain" / "schema" / "tcpexplain-1.json"
sys.path.insert(0, str(DOCS.parent / "tests"))


def transitions() -> str:
    """The state machine as a table."""
    from tcpexplain.machine.transitions import TRANSITIONS

    rows = "\n".join(f"| {row.state} | {row.event} | {row.next} | {row.reference} |" for row in TRANSITIONS)
    return (
        "# Transitions\n\nEvery change of state is one of these rows. A pair of state and event without a row leaves the state alone.\n\n"
        f"| state | event | next state | reference |\n|---|---|---|---|\n{rows}\n"
    )


def sockets() -> str:
    """The rows of every system."""
    from tcpexplain.sockets import CONDITIONS, SHARED, names, profile

    parts = [
        "# What the calls return\n\nThe first row of a call whose conditions all hold gives the outcome; a system's own rows come before those of POSIX.\n"
        "`<error>` stands for the errno of the pending error, `<soft>` for that of an ICMP error that has not ended the connection.\n\n## Conditions\n",
        "\n".join(f"`{word}`\n: {meaning}\n" for word, meaning in CONDITIONS.items()),
    ]
    for name in sorted((*names(), SHARED)):
        found = profile(name)
        rows = "\n".join(
            f"| {row.call} | {', '.join(row.when) or 'else'} | {row.outcome or '-'} | {row.source} |"
            for row in found.rows
        )
        parts.append(f"\n## {name}\n\n| call | when | outcome | source |\n|---|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def causes() -> str:
    """The manual pages, in the order of precedence."""
    from tcpexplain.causes import ranked
    from tcpexplain.evidence.cause import GROUPS

    parts = [
        "# Causes\n\nOne cause for each connection: the first of this order that holds. Everything else that holds stands in `also`.\n"
    ]
    rows = "\n".join(
        f"| {cause.GROUP} | [{cause.CODE}](#{cause.CODE}) | {cause.SEVERITY} | {cause.PAGE.title} |"
        for cause in ranked()
    )
    parts.append(f"| group | code | severity | what happened |\n|---|---|---|---|\n{rows}\n")
    for group in GROUPS:
        parts.append(f"\n## {group}\n")
        parts += [cause_page(cause) for cause in ranked() if group == cause.GROUP]
    return "\n".join(parts)


def cause_page(cause: object) -> str:
    """One manual page."""
    page = cause.PAGE  # type: ignore[attr-defined]
    sections = (
        ("What happened", page.what),
        ("How it is recognised", page.recognised),
        ("What the application sees", page.sees),
        ("What to do", page.do),
        ("Near misses", page.near_misses),
    )
    text = "\n\n".join(f"**{head}.** {escape(body)}" for head, body in sections if body)
    references = f"\n\n*{'; '.join(page.references)}*" if page.references else ""
    return f"### {cause.CODE}\n\n*{cause.SEVERITY}.* {escape(page.title)}.\n\n{text}{references}\n"  # type: ignore[attr-defined]


def escape(text: str) -> str:
    """Plain text as Markdown."""
    return text.replace("\\", "\\\\").replace("*", r"\*").replace("_", r"\_").replace("<", r"\<").replace("[", r"\[")


def cli() -> str:
    """The help of both commands."""
    from click.testing import CliRunner

    from tcpexplain.cli.arguments import STATUSES, command

    text = CliRunner().invoke(command, ["--help"], prog_name="tcpexplain", terminal_width=100).output
    statuses = "\n".join(f"| {status} | {meaning} |" for status, meaning in STATUSES.items())
    return (
        f"# Command line\n\n```text\n{text.rstrip()}\n```\n\n"
        f"## Exit status\n\n| status | meaning |\n|---|---|\n{statuses}\n\n"
        "With `--fail-on`, the status is also 1 where the reader of a pipe leaves early.\n\n"
        "## Shell completion\n\n    tcpexplain --install-completion            # for the shell in use; or bash, zsh, fish\n\n"
        "Options, causes, errno names and pages are completed. The script is written where the shell looks for it:\n"
        "`~/.local/share/bash-completion/completions/tcpexplain`, `~/.local/share/zsh/site-functions/_tcpexplain`,\n"
        "`~/.config/fish/completions/tcpexplain.fish`.\n\n"
        "## Manual page\n\n`man tcpexplain` has every option; pip installs the page into `share/man`.\n"
    )


def manual() -> str:
    """The manual page tcpexplain(1)."""
    from tcpexplain.cli.manpage import page

    return page()


def schema() -> str:
    """The JSON Schema."""
    text = schema_file()
    return (
        "# JSON\n\n`--json` writes JSON Lines: a line about the capture, one for each connection, a summary. Fields are only ever added within schema 1.\n\n"
        f"```json\n{json.dumps(json.loads(text), indent=1)}\n```\n"
    )


def schema_file() -> str:
    """The schema itself, with the systems that there are, and the columns of connections of which it says nothing yet."""
    from tcpexplain.analysis.systems import PREDICTED
    from tcpexplain.vantage.stacks import SYSTEMS

    text = SCHEMA.read_text(encoding="utf-8")
    found = json.loads(text)
    system = found["$defs"]["system"]["properties"]
    system["os"]["enum"], system["fingerprint"]["enum"] = [*PREDICTED], [*SYSTEMS[1:], None]
    add_columns(found["$defs"])
    return json.dumps(found, indent=1, ensure_ascii=text.isascii()) + "\n"


TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"}
KINDS = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "word": {"type": "string"},
    "words": {"type": "array", "items": {"type": "string"}},
    "ints": {"type": "array", "items": {"type": "integer"}},
    "time": TIME,
}
"""What JSON has for a cell of a table."""


def add_columns(definitions: dict) -> None:
    """Add the fields that ``tables.schema`` has, and a connection lacks here."""
    from tcpexplain.tables.schema import FIELDS

    for one in FIELDS:
        if one.json is None or one.kind is None:
            continue
        within = definitions["connection"]
        *above, last = one.json.split(".")
        for name in above:
            within = within["properties"].setdefault(name, {"type": "object", "properties": {}, "required": []})
            within = definitions[within["$ref"].rpartition("/")[2]] if "$ref" in within else within
        if last not in within["properties"]:
            told = dict(KINDS[one.kind])
            if one.lacks:
                told["type"] = [told["type"], "null"]
            within["properties"][last] = told | ({"description": one.about} if one.about else {})


def columns() -> str:
    """The columns of every table."""
    from tcpexplain.tables.schema import MAY_LACK, TABLES

    told = described()
    parts = [
        "# Tables\n\n`-o x.csv`, `-o x.parquet`, `.to_pandas()` and `.to_polars()` have these columns. A file called `events.csv` or `x.events.parquet` "
        "holds events, `segments` and `messages` likewise; any other holds connections.\n\n"
        "`words` and `ints` are several in a cell, separated by blanks in CSV; `time` is an instant in UTC.\n"
    ]
    for what, kinds in TABLES.items():
        rows = "\n".join(
            f"| `{name}` | {kind} | {'yes' if name in MAY_LACK else ''} | {escape(told.get(name, '') if what == 'connections' else '')} |"
            for name, kind in kinds.items()
        )
        parts.append(f"\n## {what}\n\n| column | holds | may be missing | |\n|---|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def described() -> dict[str, str]:
    """What each column of connections is: as its entry says, or as the JSON schema does."""
    from tcpexplain.tables.schema import FIELDS, columns_of

    connection = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["connection"]
    found = {}
    for one in FIELDS:
        said = connection["properties"].get(one.json or "", {}).get("description", "")
        found |= dict.fromkeys(columns_of(one), one.about or said)
    return found


def glossary() -> str:
    """The terms of the texts."""
    from tcpexplain.manual.glossary import TERMS

    rows = "\n".join(f"`{term}`\n: {escape(meaning)}\n" for term, meaning in TERMS.items())
    return (
        "# Glossary\n\nThe terms that reports, pages and this documentation use, each with one meaning; `tcpexplain --explain glossary` shows them too. "
        f"Terms of TCP are those of RFC 9293, names of calls and errors those of POSIX.\n\n{rows}"
    )


PAGES = {
    SCHEMA: schema_file,
    "reference/transitions.md": transitions,
    "reference/sockets.md": sockets,
    "reference/causes.md": causes,
    "reference/cli.md": cli,
    "reference/json.md": schema,
    "reference/glossary.md": glossary,
    "reference/tables.md": columns,
    "tcpexplain.1": manual,
}


def cause_list() -> str:
    """The README's list: code, severity, title."""
    from tcpexplain.causes import ranked

    rows = "\n".join(f"| `{cause.CODE}` | {cause.SEVERITY} | {cause.PAGE.title} |" for cause in ranked())
    return f"| cause | severity | |\n|---|---|---|\n{rows}\n"


def accuracy_table() -> str:
    """The README's table of accuracy: the first of docs/accuracy.md between its markers."""
    text = (DOCS / "accuracy.md").read_text(encoding="utf-8")
    return (
        text.split("<!-- table -->")[1].split("<!-- /table -->")[0].strip() + "\n" if "<!-- table -->" in text else ""
    )


def floors() -> str:
    """The order of imports: what a floor is for, and its folders."""
    from layers import FLOORS

    width = max(len(title) for title, _ in FLOORS)
    return "```text\n" + "".join(f"{title:{width}}  {' '.join(names)}\n" for title, names in FLOORS) + "```\n"


def folders() -> str:
    """The same, with what each folder says of itself."""
    from layers import FLOORS, about

    rows = [
        f"| {title if place == 0 else ''} | `{name}` | {about(name).rstrip('.').replace('``', '`')} |"
        for title, names in FLOORS
        for place, name in enumerate(names)
    ]
    return "| floor | folder | what is in it |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def says(module: object) -> str:
    """What a module says of itself first, in a cell of a table."""
    return (module.__doc__ or "").split("\n")[0].rstrip(".").replace("``", "`").replace("|", "\\|")


def readers() -> str:
    """The readers that a file can be given to."""
    from tcpexplain.readers import for_files
    from tcpexplain.registry import member

    rows = "\n".join(f"| `{name}` | {says(member('tcpexplain.readers', name))} |" for name in for_files())
    return f"| reader | reads |\n|---|---|\n{rows}\n"


def links() -> str:
    """The link types by what people call them."""
    from tcpexplain.wire.linktype import LINKTYPES

    labels = dict.fromkeys(row.label for row in LINKTYPES)
    rows = "\n".join(
        f"| {label} | {', '.join(f'{row.number} ({row.name})' for row in LINKTYPES if row.label == label)} |"
        for label in labels
    )
    return f"| link layer | link types |\n|---|---|\n{rows}\n"


def protocols() -> str:
    """The protocols whose messages are read."""
    from tcpexplain.messages import languages

    rows = "\n".join(f"| {one.NAME} | {says(one)} |" for one in sorted(languages(), key=lambda one: one.NAME.lower()))
    return f"| protocol | what is read of it |\n|---|---|\n{rows}\n"


def products() -> str:
    """The programs whose log lines are known, with the names that ``--runtime`` takes."""
    from tcpexplain.runtimes import products as every

    rows = "\n".join(f"| `{one.name}` | {one.title} | {one.versions} |" for one in every())
    return f"| `--runtime` | program or library | versions |\n|---|---|---|\n{rows}\n"


SECTIONS = {
    DOCS.parent / "README.md": {"causes": cause_list, "accuracy": accuracy_table},
    DOCS.parent / "CONTRIBUTING.md": {"floors": floors},
    DOCS / "explanation" / "architecture.md": {"folders": folders},
    DOCS / "explanation" / "messages.md": {"protocols": protocols},
    DOCS / "howto" / "logs.md": {"products": products},
    DOCS / "reference" / "formats.md": {"readers": readers, "links": links},
}
"""Pages of which only what stands between markers is generated."""


def filled(path: Path) -> str:
    """A page with its generated sections."""
    text = path.read_text(encoding="utf-8")
    for name, make in SECTIONS[path].items():
        before, rest = text.split(f"<!-- {name} -->\n", 1)
        after = rest.split(f"<!-- /{name} -->", 1)[1]
        text = f"{before}<!-- {name} -->\n{make()}<!-- /{name} -->{after}"
    return text


def stale() -> list[str]:
    """Pages that are not what the code says."""
    old = [
        str(name)
        for name, make in PAGES.items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != make()
    ]
    return old + [path.name for path in SECTIONS if filled(path) != path.read_text(encoding="utf-8")]


def main() -> int:
    """Write, or compare."""
    if "--check" in sys.argv:
        for name in stale():
            print(f"{name} is not current: python docs/generate.py")
        return 1 if stale() else 0
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
    for path in SECTIONS:
        path.write_text(filled(path), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
