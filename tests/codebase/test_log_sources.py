"""The logger calls behind the lines of an incident, those of the application's own helpers among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.codebase.log_sources import describe_log_calls
from logdiag.codebase.timer_texts import read_timers
from tests.codebase.made_trees import survey

CODE = """
const { createLogger } = require('./logger');
const util = require('util');
const out = createLogger('x');
class Till {
  log(level, text) { console[level](text); }
  writeLog(text) { this.logger.info(`[Till] ${text}`); }
  dialog(text) { this.window.show(text); }
  go() {
    this.log('info', `till ${n} went dark`);
    out.warn('lamp is out: ' + why);
    logger.info(util.format('queue of %d parcels', n));
    this.writeLog('parcel lost');
    this.dialog('a window, no line');
    store.info('an answer, no line');
  }
}
function logLine(text) { console.log('[w]', text); }
logLine('wheel fell off');
"""
FILES = {"a.js": CODE, "logger.js": "exports.createLogger = name => winston.createLogger({ name });\n"}
WRITTEN = {
    "till <num> went dark": ("`till ${n} went dark`", 10),
    "lamp is out: rain": ("'lamp is out: ' + why", 11),
    "queue of <num> parcels": ("util.format('queue of %d parcels', n)", 12),
    "[Till] parcel lost": ("'parcel lost'", 13),
    "[w] wheel fell off": ("'wheel fell off'", 19),
    "parcel lost": None,  # the helper puts its tag before it
    "wheel fell off": None,
    "a window, no line": None,
    "an answer, no line": None,
}


@pytest.mark.parametrize("template", WRITTEN)
def test_a_line_is_traced_through_wrappers(tmp_path: Path, template: str) -> None:
    """Helpers that choose the level or put a tag before the text, made loggers, formats; other calls are none."""
    found = describe_log_calls(survey(tmp_path, FILES), (template,))
    assert [(row.text, row.line) for row in found] == ([WRITTEN[template]] if WRITTEN[template] else [])


def test_a_timer_announced_through_a_wrapper_is_known_by_it(tmp_path: Path) -> None:
    """What the function around a timer writes through a helper belongs to that timer, not to its twin."""
    text = """
class A {{
  writeLog(text) {{ this.logger.info('[{tag}] ' + text); }}
  start() {{ this.writeLog(`Snapshots every ${{PERIOD}}ms`); setInterval(() => socket.emit('x'), 30000); }}
}}
"""
    tree = survey(tmp_path, {"a.js": text.format(tag="A"), "b.js": text.format(tag="B")})
    template = "[B] Snapshots every <num>ms"
    written = {row.timer.file[-4:]: row.find_written((template,)) for row in read_timers(tree).timers}
    assert written == {"a.js": frozenset(), "b.js": frozenset({template})}
