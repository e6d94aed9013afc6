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
sys.path.insert(0, str(ROOT / "tests"))

from browser.chromium import NAMES, Chromium  # noqa: E402

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
PAGES = {
    "report-one": ("The report of one connection", ONE, 1140),
    "report-many": ("The report of many", MANY, 1140),
    "report-phone": ("On a phone", ONE, 390),
}
HIGHEST = 2800
FILES = {
    "state-light.png": ("State diagram, light", [ONE]),
    "state-dark.png": ("State diagram, dark", [ONE, "--theme", "dark"]),
    "state-forged.png": ("State diagram with a forged RST", ["captures/forged-reset-in-window/capture.pcap"]),
    "ladder.svg": ("Ladder", [ONE, "--draw", "ladder"]),
    "bytes.png": ("Bytes over time", ["captures/{story}/capture.pcap", "--draw", "bytes"]),
    "groups.png": (
        "Many connections on one machine",
        [MANY, "--draw", "groups", "--why", "peer-closed-idle-connection"],
    ),
}


def tcpexplain(*arguments: str, columns: int = 100, color: str = "always") -> str:
    """What the command prints, with colours."""
    environment = {**os.environ, "COLUMNS": str(columns), "COLORTERM": "truecolor", "PYTHONIOENCODING": "utf-8"}
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
    console.print(Text(f"$ {command}"))
    console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=False)
    inner = console.export_html(inline_styles=True, code_format="{code}")
    return (
        '<!doctype html><meta charset="utf-8"><body style="margin:0;background:#16181d"><pre style="margin:0;padding:18px 20px;display:inline-block;'
        f"color:#d5dae3;font:15px/1.35 'DejaVu Sans Mono',monospace\">{inner}</pre>"
    )


def terminals(browser: Chromium) -> None:
    """Pictures of the terminal."""
    for name, (_, arguments, columns) in TERMINAL.items():
        text = tcpexplain(*arguments, columns=columns)
        draw(
            browser, name, terminal_page(f"tcpexplain {' '.join(arguments)}", text, columns), round(columns * 9.04) + 40
        )


def pages(browser: Chromium) -> None:
    """Pictures of the HTML report."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        for name, (_, capture, width) in PAGES.items():
            tcpexplain(capture, "-o", str(page))
            draw(browser, name, page.read_text(encoding="utf-8"), width)


def draw(browser: Chromium, name: str, html: str, width: int) -> None:
    """Let Chromium draw a page from top to bottom, at most ``HIGHEST`` pixels of it."""
    from PIL import Image

    picture = GALLERY / f"{name}.png"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(html, encoding="utf-8")
        with browser.page(path, width=width, height=200) as page:
            page.screenshot(picture)
    with Image.open(picture) as drawn:
        if drawn.height > HIGHEST:
            drawn.crop((0, 0, drawn.width, HIGHEST)).save(picture)


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
    parts.append("## HTML report\n")
    parts += [f"![{title}](gallery/{name}.png)\n" for name, (title, _, _) in PAGES.items()]
    (ROOT / "docs" / "gallery.md").write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    """Draw everything."""
    GALLERY.mkdir(exist_ok=True)
    files()
    if not any(map(shutil.which, NAMES)):
        print("Chromium is missing: terminal and page pictures stay as they are", file=sys.stderr)
    else:
        browser = Chromium()
        terminals(browser)
        pages(browser)
        browser.close()
    write_page()


if __name__ == "__main__":
    main()
