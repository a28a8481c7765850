"""Driving Firefox by its own remote protocol (Marionette), with nothing but the standard library.

A message is its length, a colon, and JSON. Commands are those of WebDriver; in the
"chrome" context a script sees the browser itself: its console and what it requests.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_PREFS = {
    "marionette.port": 0,  # any free one; the browser writes down which
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "extensions.update.enabled": False,
    "app.update.enabled": False,
    # Nothing can leave: whatever is not a file goes to a proxy that is not there.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "ui.prefersReducedMotion": 1,
}
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def program() -> str | None:
    """Return the Firefox of this machine, if there is one (``FIREFOX`` names another)."""
    return os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One window without a head; ``close`` ends it."""

    def __init__(self, folder: Path) -> None:
        command = program()
        assert command is not None
        profile = folder / "profile"
        profile.mkdir(parents=True)
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFS.items()]
        (profile / "user.js").write_text("\n".join(lines), "utf-8")
        self._process = subprocess.Popen(
            [command, "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
             "--profile", str(profile)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(folder), "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
        )  # fmt: skip
        try:
            self._socket = socket.create_connection(("127.0.0.1", self._port(profile)), 20)
            self._socket.settimeout(60)
            self._read = b""
            self._number = 0
            self._message()  # it says who it is
            self("WebDriver:NewSession", capabilities={"alwaysMatch": {}})
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def _port(self, profile: Path) -> int:
        for _ in range(600):
            with_port = profile / "MarionetteActivePort"
            if with_port.is_file() and (text := with_port.read_text("ascii")).strip():
                return int(text)
            if self._process.poll() is not None:
                raise RuntimeError(f"Firefox ended with {self._process.returncode}")
            time.sleep(0.1)
        raise TimeoutError("Firefox does not start")

    def _message(self) -> Any:
        while b":" not in self._read:
            self._read += self._more()
        length, _, self._read = self._read.partition(b":")
        while len(self._read) < int(length):
            self._read += self._more()
        told, self._read = self._read[: int(length)], self._read[int(length) :]
        return json.loads(told)

    def _more(self) -> bytes:
        found = self._socket.recv(1 << 16)
        if not found:
            raise ConnectionError("Firefox hung up")
        return found

    def __call__(self, command: str, **parameters: Any) -> Any:
        self._number += 1
        sent = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(str(len(sent)).encode() + b":" + sent)
        _, _, error, result = self._message()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def size(self, width: int, height: int) -> None:
        """Give the page itself this size; what surrounds it comes on top."""
        for _ in range(2):
            frame = self.run("return [outerWidth - innerWidth, outerHeight - innerHeight];")
            self("WebDriver:SetWindowRect", width=width + frame[0], height=height + frame[1])

    def open(self, address: str) -> None:
        """Open a page, and listen to what it asks for and complains of."""
        self("Marionette:SetContext", value="chrome")
        self.run(
            """Services.console.reset();
            window.asked = [];
            if (window.watch) Services.obs.removeObserver(window.watch, "http-on-modify-request");
            // Of what is requested, that on behalf of a page; Firefox itself has errands of its own.
            window.watch = { observe(subject) {
              const channel = subject.QueryInterface(Ci.nsIChannel);
              if (channel.loadInfo.browsingContextID) window.asked.push(channel.URI.spec);
            } };
            Services.obs.addObserver(window.watch, "http-on-modify-request");"""
        )
        self("Marionette:SetContext", value="content")
        self("WebDriver:Navigate", url=address)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function in the page; what it returns comes back."""
        return self("WebDriver:ExecuteScript", script=script, args=list(arguments), sandbox=None)

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        for _ in range(200):
            if self.run(f"return {script};"):
                return
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}")

    def click(self, x: float, y: float) -> None:
        """Press and release the first button somewhere in the window."""
        where = {"type": "pointerMove", "x": int(x), "y": int(y)}
        steps = [where, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "actions": steps}
        self("WebDriver:PerformActions", actions=[mouse])

    def press(self, key: str) -> None:
        """Press and release a key."""
        steps = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self("WebDriver:PerformActions", actions=[{"type": "key", "id": "keys", "actions": steps}])

    def heard(self) -> tuple[list[str], list[str]]:
        """Return what pages complained of, and what was requested, since the last ``open``."""
        self("Marionette:SetContext", value="chrome")
        found = self.run(
            """return [Services.console.getMessageArray()
              .filter((one) => one instanceof Ci.nsIScriptError && /^(file|blob|about:srcdoc)/.test(one.sourceName))
              .map((one) => one.errorMessage), window.asked];"""
        )
        self("Marionette:SetContext", value="content")
        return found[0], found[1]

    def picture(self) -> bytes:
        """Return the page as it is seen, as PNG."""
        return base64.b64decode(self("WebDriver:TakeScreenshot", full=False, hash=False))

    def close(self) -> None:
        """End the browser."""
        with suppress(OSError, RuntimeError):
            self("Marionette:Quit", flags=["eForceQuit"])
        self._socket.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
