"""Draw every kind of output from captures/ into docs/gallery, and write docs/gallery.md. Terminal pictures and pages need Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parent.parent
GALLERY = ROOT / "docs" / "gallery"
ONE = "captures/crashed-client-2019/capture.pcap"
MANY = "captures/mix2000/mix2000.pcap"

TERMINAL = {
    "terminal-one-80": ("One connection, 80 columns", [ONE], 80),
    "terminal-one-120": ("One connection, 120 columns", [ONE], 120),
    "terminal-many-100": ("Many connections", [MANY], 100),
    "terminal-explain": ("A word explained", ["--explain", "EPIPE"], 80),
    "terminal-error": ("An error", ["captures/crashed-client-2019/captur.pcap"], 100),
}
FILES = {
    "state-light.png": ("State diagram, light", [ONE]),
    "state-dark.png": ("State diagram, dark", [ONE, "--theme", "dark"]),
    "ladder.svg": ("Ladder", [ONE, "--draw", "ladder"]),
    "bytes.png": ("Bytes over time", ["captures/{story}/capture.pcap", "--draw", "bytes"]),
    "groups.png": (
        "Many connections on one machine",
        [MANY, "--draw", "groups", "--why", "peer-closed-idle-connection"],
    ),
}


def tcpexplain(*arguments: str, columns: int = 100, color: str = "always") -> str:
    """What the command prints, with colours."""
    environment = {**os.environ, "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "tcpexplain", *arguments, "--color", color],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def terminal_page(command: str, text: str, columns: int) -> str:
    """A terminal as an HTML page."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text(f"$ {command}", style="dim"))
    console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=False)
    inner = console.export_html(theme=theme(), inline_styles=True, code_format="{code}")
    return (
        '<meta charset="utf-8"><body style="margin:0;background:#16181d"><pre id="t" style="margin:0;padding:18px 20px;display:inline-block;'
        f"color:#d5dae3;font:15px/1.35 'DejaVu Sans Mono',monospace\">{inner}</pre>"
    )


def theme() -> object:
    """The sixteen colours of a dark terminal, as in the other pictures."""
    from rich.terminal_theme import TerminalTheme

    normal = [
        (32, 36, 44),
        (255, 138, 85),
        (47, 196, 154),
        (230, 181, 74),
        (86, 180, 233),
        (214, 139, 222),
        (86, 196, 213),
        (213, 218, 227),
    ]
    bright = [(127, 137, 152), *normal[1:7], (255, 255, 255)]
    return TerminalTheme((22, 24, 29), (213, 218, 227), normal, bright)


def screenshot(page: Path, picture: Path, width: int, height: int) -> None:
    """Let Chromium draw a page."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars", f"--user-data-dir={profile}",
                f"--window-size={width},{height}", "--virtual-time-budget=2000", f"--screenshot={picture}", page.as_uri(),
            ],
            check=True, capture_output=True,
        )  # fmt: skip


def terminals() -> None:
    """Pictures of the terminal."""
    for name, (_, arguments, columns) in TERMINAL.items():
        text = tcpexplain(*arguments, columns=columns)
        lines = text.count("\n") + 2
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            page.write_text(terminal_page(f"tcpexplain {' '.join(arguments)}", text, columns), encoding="utf-8")
            screenshot(page, GALLERY / f"{name}.png", round(columns * 9.04) + 40, round(lines * 20.25) + 40)


def pages() -> None:
    """Pictures of the HTML report."""
    for name, capture, height in (("report-one", ONE, 2250), ("report-many", MANY, 2500)):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "report.html"
            tcpexplain(capture, "-o", str(page))
            screenshot(page, GALLERY / f"{name}.png", 1100, height)


def files() -> None:
    """Pictures that tcpexplain writes itself."""
    story = next(
        (name for name in ("full-buffers-then-kill", "zero-window") if (ROOT / "captures" / name).exists()),
        "crashed-client-2019",
    )
    for name, (_, arguments) in FILES.items():
        tcpexplain(*(word.format(story=story) for word in arguments), "-o", str(GALLERY / name))


def write_page() -> None:
    """docs/gallery.md."""
    parts = ["# Gallery\n\nEverything on this page was drawn from `captures/` by `make gallery`.\n"]
    for name, (title, arguments, _) in TERMINAL.items():
        parts.append(f"## {title}\n\n`tcpexplain {' '.join(arguments)}`\n\n![{title}](gallery/{name}.png)\n")
    for name, (title, _) in FILES.items():
        parts.append(f"## {title}\n\n![{title}](gallery/{name})\n")
    parts.append(
        "## HTML report\n\n![The report of one connection](gallery/report-one.png)\n\n![The report of many](gallery/report-many.png)\n"
    )
    (ROOT / "docs" / "gallery.md").write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    """Draw everything."""
    GALLERY.mkdir(exist_ok=True)
    files()
    if shutil.which("chromium"):
        terminals()
        pages()
    else:
        print("Chromium is missing: terminal and page pictures stay as they are", file=sys.stderr)
    write_page()


if __name__ == "__main__":
    main()
