"""A headless Chromium, driven by the DevTools protocol over two pipes: nothing to install, no port to be free."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from base64 import b64decode
from pathlib import Path
from select import select
from tempfile import mkdtemp

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--password-store=basic",
    "--remote-debugging-pipe",
)
PATIENCE = 30.0
"""Seconds for an answer of the browser."""


class Chromium:
    """One browser process; close it when done."""

    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)))
        self.profile = mkdtemp(prefix="tcpexplain-chromium-")
        (theirs_in, self.to), (self.from_, theirs_out) = os.pipe(), os.pipe()
        # The browser wants the numbers 3 and 4; they may be taken by the very pipes.
        high = [os.dup2(fd, 200 + number) for number, fd in enumerate((theirs_in, theirs_out))]

        def numbered():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, *OPTIONS, f"--user-data-dir={self.profile}", "about:blank"],
            preexec_fn=numbered,  # noqa: PLW1509 (no threads yet; pass_fds cannot renumber)
            pass_fds=(3, 4),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in (theirs_in, theirs_out, *high):
            os.close(fd)
        self.number = 0
        self.buffer = b""
        self.answers = {}
        self.events = []

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        os.close(self.to)
        os.close(self.from_)
        shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method, session=None, **parameters):
        """Call a method; its result."""
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]
        end = time.monotonic() + PATIENCE
        while number not in self.answers:
            self.receive(end - time.monotonic())
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def receive(self, timeout):
        """Take in whatever comes within ``timeout`` seconds."""
        if timeout <= 0 or not select([self.from_], [], [], timeout)[0]:
            raise TimeoutError("the browser does not answer")
        data = os.read(self.from_, 1 << 20)
        if not data:
            raise RuntimeError("the browser has gone")
        *messages, self.buffer = (self.buffer + data).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)

    def page(self, path, **settings):
        """Open a file."""
        return Page(self, path, **settings)


class Page:
    """One tab with one file in it; what went wrong in it is in ``problems()``."""

    def __init__(self, browser, path, *, dark=False, width=1000, height=900, scripts=True, printed=False):
        self.browser = browser
        self.target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.send("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.send(
            "Emulation.setEmulatedMedia",
            media="print" if printed else "screen",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        url = str(path) if str(path).startswith("http://") else Path(path).resolve().as_uri()
        self.send("Page.navigate", url=url)
        self.wait_for_event("Page.loadEventFired")

    def close(self):
        self.browser.send("Target.closeTarget", targetId=self.target)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def send(self, method, **parameters):
        return self.browser.send(method, self.session, **parameters)

    def events(self, *names):
        """What the page reported, of these methods."""
        return [
            event["params"]
            for event in self.browser.events
            if event.get("sessionId") == self.session and event["method"] in names
        ]

    def wait_for_event(self, name):
        end = time.monotonic() + PATIENCE
        while not self.events(name):
            self.browser.receive(end - time.monotonic())

    def problems(self):
        """Errors and warnings of the console (a violated policy is one), exceptions, dialogs."""
        self.evaluate("0")
        thrown = [event["exceptionDetails"]["text"] for event in self.events("Runtime.exceptionThrown")]
        said = [
            event["args"]
            for event in self.events("Runtime.consoleAPICalled")
            if event["type"] in ("error", "warning", "assert")
        ]
        logged = [event["entry"]["text"] for event in self.events("Log.entryAdded")]
        dialogs = [event["message"] for event in self.events("Page.javascriptDialogOpening")]
        return [*thrown, *said, *logged, *dialogs]

    def requests(self):
        """The addresses it asked for besides its own."""
        asked = [event["request"]["url"] for event in self.events("Network.requestWillBeSent")]
        return [url for url in asked[1:] if not url.startswith("data:")]

    def evaluate(self, expression):
        """The value of an expression (of a promise: what it comes to)."""
        result = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", str(result)))
        return result["result"].get("value")

    def until(self, expression, patience=PATIENCE):
        """Wait until an expression is true; its value (of a node: true)."""
        expression = f"((found) => (found instanceof Node ? true : found))({expression})"
        end = time.monotonic() + patience
        while not (value := self.evaluate(expression)):
            if time.monotonic() > end:
                raise TimeoutError(expression)
            self.evaluate("new Promise(requestAnimationFrame)")
        return value

    def press(self, key, text=""):
        """Press a key and let go."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "/": 191}
        event = {"key": key, "windowsVirtualKeyCode": codes.get(key, 0)}
        text = text or ("\r" if key == "Enter" else key if len(key) == 1 else "")
        self.send("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text):
        """Type into whatever has the focus."""
        self.send("Input.insertText", text=text)

    def allow_clipboard(self):
        for name in ("clipboard-read", "clipboard-write"):
            self.browser.send("Browser.setPermission", permission={"name": name}, setting="granted")

    def paper(self, width, height):
        """The page as PDF; width and height in inches."""
        printed = self.send("Page.printToPDF", paperWidth=width, paperHeight=height, printBackground=True)
        return b64decode(printed["data"])

    def screenshot(self, path, *, whole=True):
        """A PNG of the page."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12_000), "scale": 1}}
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=whole, **(clip if whole else {}))
        Path(path).write_bytes(b64decode(shot["data"]))
