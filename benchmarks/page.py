"""How large the HTML report of 10,000 disconnects is, how long it takes to write, to open, to zoom and to search.

    python -m benchmarks.page [--count 10000] [--workers 20] [--runs 7]

The incident: workers that a timer of 30.0058 s disconnects, one drop in twenty ahead of it, one push in thirty lost.
Needs a Chromium on the PATH. Times in the browser are medians over fresh pages.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from logdiag import __version__
from logdiag.pipeline import stages as pipeline
from logdiag.renderers.html import render_html

START: Final = datetime(2025, 11, 14, 3, 0, tzinfo=UTC)
PERIOD_S: Final = 30.0058
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
MEASURE: Final = """async () => {
  const passed = async (act) => {
    const from = performance.now();
    act();
    await new Promise(requestAnimationFrame);
    await new Promise(resolve => setTimeout(resolve));
    return performance.now() - from;
  };
  const [entry] = performance.getEntriesByType("navigation");
  const search = document.getElementById("drops-search");
  const course = charts.find(({ host }) => host.id === "course-chart");
  const zoom = await passed(() => move(course, "nearer"));
  search.value = "off the beat";
  const found = await passed(() => search.dispatchEvent(new Event("input")));
  return { open_ms: entry.loadEventEnd, zoom_ms: zoom, search_ms: found };
}"""


def write_logs(folder: Path, count: int, workers: int, rng: random.Random) -> None:
    """Write the logs of an incident with about `count` disconnects."""
    for number in range(workers):
        home = folder / f"worker-{number:02}"
        home.mkdir(parents=True)
        lines = list(_tell(count // workers, START + timedelta(seconds=rng.uniform(0, 30)), rng))
        for service in ("socket-client", "data-pusher"):
            own = [json.dumps(line) for line in lines if line["service"] == service]
            (home / f"{service}.log").write_text("\n".join(own) + "\n", encoding="utf-8")


def _tell(count: int, start: datetime, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Tell what one worker logs."""
    for beat in range(1, count + 1):
        drop = start + timedelta(seconds=PERIOD_S * beat + rng.gauss(0, 0.003))
        if rng.random() < 0.05:
            drop -= timedelta(seconds=rng.uniform(0, 12))
        yield _line(drop, "warn", "socket-client", "Disconnected from master: transport close")
        if rng.random() < 1 / 30:
            failed = drop + timedelta(milliseconds=175)
            yield _line(failed, "error", "data-pusher", "Failed to push data to Master: Socket is not connected")
        back = drop + timedelta(seconds=rng.uniform(1, 1.5))
        yield _line(back, "info", "socket-client", f"Connected to master (socket ID: {rng.getrandbits(80):020x})")


def _line(instant: datetime, level: str, service: str, message: str) -> dict[str, Any]:
    stamp = f"{instant:%Y-%m-%d %H:%M:%S}.{instant.microsecond // 1000:03}"
    return {"level": level, "message": message, "service": service, "timestamp": stamp}


def open_page(page_file: Path, runs: int) -> dict[str, float]:
    """Open a page in fresh contexts of one browser; return medians in milliseconds."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        measured: list[dict[str, float]] = []
        for _ in range(runs):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.goto(page_file.as_uri())
            measured.append(page.evaluate(MEASURE))
            context.close()
        browser.close()
    return {name: statistics.median(one[name] for one in measured) for name in measured[0]}


def main() -> None:
    """Make the incident, write its page, open it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_logs(Path(folder) / "logs", chosen.count, chosen.workers, random.Random(7))
        diagnosis = pipeline.diagnose(pipeline.Request(paths=(f"{folder}/logs",))).diagnosis
        started = time.process_time()
        text = render_html(diagnosis, version=__version__)
        written_s = time.process_time() - started
        page_file = Path(folder) / "report.html"
        page_file.write_text(text, encoding="utf-8", newline="\n")
        figures = open_page(page_file, chosen.runs)
        print(f"disconnects   {len(diagnosis.disconnects):>8,}")
        print(f"size          {page_file.stat().st_size / 1e6:>8.2f} MB")
        print(f"written in    {written_s:>8.2f} CPU s")
    for name, label in (("open_ms", "opened in"), ("zoom_ms", "zoomed in"), ("search_ms", "searched in")):
        print(f"{label:13} {figures[name]:>8.0f} ms")


if __name__ == "__main__":
    main()
