"""The page that explains captures in the browser: a file is dropped, and the report appears; nothing is asked of anybody else."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

pytestmark = pytest.mark.needs("pyodide")
ROOT = Path(__file__).parents[2]
CRASHED = ROOT / "captures" / "crashed-client-2019" / "capture.pcap"
PATIENCE = 120.0
"""Seconds for Python to start in a browser, on a machine that has much else to do."""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files; everything that is asked for is in ``asked``."""

    asked: list[str]

    def log_message(self, *_):
        self.asked.append(f"{self.command} {self.path}")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The page's address, and what was asked of its server."""
    folder = tmp_path_factory.mktemp("site") / "browser"
    subprocess.run([sys.executable, str(ROOT / "packaging" / "webpage.py"), str(folder)], check=True)
    handler = type("Recorded", (Quiet,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", handler.asked
    server.shutdown()
    thread.join()
    server.server_close()


def drop(page, name, data):
    page.evaluate(
        f"""(() => {{
          const held = new DataTransfer();
          held.items.add(new File([Uint8Array.from(atob("{b64encode(data).decode()}"), (one) => one.charCodeAt(0))], "{name}"));
          dispatchEvent(new DragEvent("drop", {{ dataTransfer: held, cancelable: true }}));
        }})()"""
    )


def test_a_dropped_capture_is_explained_and_never_leaves(browser, site, tmp_path):
    address, asked = site
    with browser.page(address) as page:
        drop(page, "capture.pcap", CRASHED.read_bytes())
        page.until("!document.getElementById('report').hidden", PATIENCE)
        assert (
            page.evaluate("document.getElementById('says').textContent")
            == "Capture capture.pcap: 1 connection, 1 failed"
        )
        assert "write-after-close" in page.evaluate("document.getElementById('report').srcdoc")
        # The report really shows itself in its frame, scripts and all.
        page.evaluate("new Promise((done) => setTimeout(done, 500))")
        page.screenshot(tmp_path / "report.png", whole=False)
        page.evaluate("document.getElementById('anonymize').checked = true")
        drop(page, "secret.pcap", CRASHED.read_bytes())
        page.until("document.getElementById('says').textContent.startsWith('Capture capture-')", PATIENCE)
        told = page.evaluate("document.getElementById('report').srcdoc")
        assert "write-after-close" in told
        assert "10.10.121." not in told
        assert "secret" not in told
        page.screenshot(tmp_path / "anonymized.png", whole=False)
        drop(page, "notes.txt", b"no capture at all")
        page.until("document.getElementById('says').className === 'bad'", PATIENCE)
        assert "notes.txt is not a packet capture" in page.evaluate("document.getElementById('says').textContent")
        assert page.problems() == []
        assert all(url.startswith((address, "blob:", "about:srcdoc")) for url in page.requests())
    assert {line.split()[0] for line in asked} == {"GET"}
