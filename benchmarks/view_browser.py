"""The browser half of ``view.py``: one page in a fresh Chromium, offline, no GPU.

A page may say when it has drawn (``data-drawn`` on the root element); else the first
canvas that is not blank counts. CPU seconds are those of the renderer and GPU
processes together, from the browser's own account.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SIZE = {"width": 1400, "height": 900}
_DRAWN = """() => {
  const root = document.documentElement;
  if (root && root.dataset.drawn !== undefined) return performance.now();
  for (const canvas of document.querySelectorAll("canvas")) {
    if (!canvas.width || !canvas.height) continue;
    const small = document.createElement("canvas");
    small.width = small.height = 48;
    const pen = small.getContext("2d", {willReadFrequently: true});
    try {
      pen.drawImage(canvas, 0, 0, 48, 48);
      const pixels = new Uint32Array(pen.getImageData(0, 0, 48, 48).data.buffer);
      if (pixels.some((pixel) => pixel !== pixels[0])) return performance.now();
    } catch { /* not readable: not drawn yet */ }
  }
  return null;
}"""
_RECORD = """() => {
  window.__frames = [];
  let last = performance.now();
  const tick = (now) => {
    window.__frames.push(now - last);
    last = now;
    window.__frame = requestAnimationFrame(tick);
  };
  window.__frame = requestAnimationFrame(tick);
}"""
_STOP = "() => { cancelAnimationFrame(window.__frame); return window.__frames.slice(1); }"


def measure(page: Path, *, bound_s: float) -> dict[str, Any]:
    """Return time and CPU to the first picture, frames while moving, and the heap.

    In a process of its own: a page that never answers is ended with its browser.
    """
    command = [sys.executable, __file__, str(page), str(bound_s)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        said, _ = running.communicate(timeout=2 * bound_s + 60)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return {"drawn_ms": None, "first_cpu_s": None}
    if running.returncode:
        sys.exit(running.returncode)
    found: dict[str, Any] = json.loads(said)
    return found


def main() -> None:
    from playwright.sync_api import sync_playwright

    path, bound_s = Path(sys.argv[1]), float(sys.argv[2])
    program = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if not program:
        sys.exit("error: no Chromium\nhint: set CHROMIUM to its path, or use --no-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            json.dump(_measured(browser, path, bound_s), sys.stdout)
        finally:
            browser.close()


def _measured(browser: Any, path: Path, bound_s: float) -> dict[str, Any]:
    account = browser.new_browser_cdp_session()
    context = browser.new_context(viewport=_SIZE, offline=True)
    page = context.new_page()
    page.set_default_timeout(bound_s * 1000)
    before = _cpu(account)
    drawn = _until_drawn(page, path, bound_s)
    found: dict[str, Any] = {"drawn_ms": drawn, "first_cpu_s": _cpu(account) - before}
    if drawn is None:
        return found
    page.wait_for_timeout(300)
    spot = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll("canvas")]
            .map((canvas) => canvas.getBoundingClientRect())
            .sort((a, b) => b.width * b.height - a.width * a.height);
          const box = boxes[0];
          return {x: box.x + box.width / 2, y: box.y + box.height / 2, w: box.width, h: box.height};
        }"""
    )
    # Beside the middle: a ground to take hold of is likelier there than in the thick.
    x, y = spot["x"] - 0.42 * spot["w"], spot["y"] - 0.42 * spot["h"]
    before = _cpu(account)
    page.evaluate(_RECORD)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x + 5 * step, y + 3 * step)
    page.mouse.up()
    drag = page.evaluate(_STOP)
    page.mouse.move(spot["x"], spot["y"])
    page.evaluate(_RECORD)
    for step in range(24):
        page.mouse.wheel(0, -120 if step < 12 else 120)
        page.wait_for_timeout(16)
    zoom = page.evaluate(_STOP)
    found["moving_cpu_s"] = _cpu(account) - before
    for name, frames in (("drag", drag), ("zoom", zoom)):
        ordered = sorted(frames) or [0.0]
        found[f"{name}_ms_median"] = ordered[len(ordered) // 2]
        found[f"{name}_ms_p95"] = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    session = context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    found["heap_MB"] = metrics["JSHeapUsedSize"] / 1e6
    return found


def _until_drawn(page: Any, path: Path, bound_s: float) -> float | None:
    from playwright.sync_api import Error

    end = time.monotonic() + bound_s
    try:
        page.goto(path.resolve().as_uri(), wait_until="commit")
        while time.monotonic() < end:
            drawn: float | None = page.evaluate(_DRAWN)
            if drawn is not None:
                return drawn
            page.wait_for_timeout(50)
    except Error:  # too busy to answer within the bound
        return None
    return None


def _cpu(account: Any) -> float:
    processes = account.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(p["cpuTime"] for p in processes if p["type"] in ("renderer", "GPU"))


if __name__ == "__main__":
    main()
