"""Timers and their seconds, read off small trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.codebase.schedules import read_cron
from logdiag.results.code import CodeTimerKind
from tests.codebase.made_trees import timers_of

INTERVALS = {
    "30000": (30.0, False),
    "30 * 1000": (30.0, False),
    "30_000": (30.0, False),
    "PERIOD": (45.0, False),
    "CONFIG.sync.everyMs": (20.0, False),
    "process.env.PERIOD || 30000": (30.0, True),
    "process.env.PERIOD ?? 3e4": (30.0, True),
    "parseInt(process.env.PERIOD || '15000', 10)": (15.0, True),
    "process.env.PERIOD ? Number(process.env.PERIOD) : 12000": (12.0, True),
    "Math.round(1.5 * 60 * 1000)": (90.0, False),
    "ms('5m')": (300.0, False),
    "shared.BEAT": (7.0, False),
}


@pytest.mark.parametrize("expression", INTERVALS)
def test_intervals_are_worked_out(tmp_path: Path, expression: str) -> None:
    """Constants, sums, the environment with its default, objects and other files; what a run may change is a guess."""
    text = f"""
const shared = require('./shared');
const PERIOD = 45 * 1000;
const CONFIG = {{ sync: {{ everyMs: 20000 }} }};
function start() {{ setInterval(tick, {expression}); }}
"""
    (timer,) = timers_of(tmp_path, {"a.js": text, "shared.js": "exports.BEAT = 7000;\n"})
    assert (timer.seconds, timer.is_guess) == INTERVALS[expression]
    assert (timer.expression, timer.function, timer.line) == (expression, "start", 5)


@pytest.mark.parametrize("expression", ["process.env.PERIOD", "options.period", "next()", "1000 / 0"])
def test_what_only_a_run_knows_is_no_timer(tmp_path: Path, expression: str) -> None:
    """An interval that cannot be told from the text is left out, not guessed."""
    assert timers_of(tmp_path, {"a.js": f"setInterval(tick, {expression});\n"}) == []


def test_a_name_that_is_set_anew_is_a_guess(tmp_path: Path) -> None:
    """One of two assignments can be told, the other only by a run."""
    text = "function go(d) { let t = now() - d; if (t < 0) { t = 1000; } setInterval(tick, t); }\n"
    (timer,) = timers_of(tmp_path, {"a.js": text})
    assert (timer.seconds, timer.is_guess) == (1.0, True)


def test_intervals_come_through_parameters_and_fields(tmp_path: Path) -> None:
    """A default parameter, a class field, an option of the constructor: each from where it is given."""
    text = """
class Beat {
  everyMs = 5000;
  constructor({ slowMs = 60000 } = {}, options) {
    this.slowMs = slowMs;
    this.fastMs = options.fastMs;
  }
  a(everyMs = 30000) { setInterval(f, everyMs); }
  b() { setInterval(f, this.everyMs); }
  c() { setInterval(f, this.slowMs); }
  d() { setInterval(f, this.fastMs); }
}
new Beat({}, { fastMs: 250 });
"""
    found = {timer.function: (timer.seconds, timer.is_guess) for timer in timers_of(tmp_path, {"a.js": text})}
    assert found == {"Beat.a": (30.0, True), "Beat.b": (5.0, False), "Beat.c": (60.0, True), "Beat.d": (0.25, True)}


def test_what_sets_itself_anew_is_a_timer(tmp_path: Path) -> None:
    """A timeout whose callback sets it again and an endless loop with a pause come again; a single timeout does not."""
    text = """
function poll() { work(); setTimeout(poll, 10000); }
function poll2() { work(); setTimeout(() => { poll2(); }, 11000); }
async function loop() { while (running) { await work(); await sleep(12000); } }
async function loop2() { while (running) { await new Promise((r) => setTimeout(r, 13000)); } }
function once() { setTimeout(() => work(), 14000); }
async function attempts() { for (let i = 0; i < 3; i++) { await sleep(15000); } }
"""
    found = [(timer.function, timer.kind, timer.seconds) for timer in timers_of(tmp_path, {"a.js": text})]
    assert found == [
        ("poll", CodeTimerKind.REARMED, 10.0),
        ("poll2", CodeTimerKind.REARMED, 11.0),
        ("loop", CodeTimerKind.LOOP, 12.0),
        ("loop2", CodeTimerKind.LOOP, 13.0),
    ]


def test_schedulers_are_timers(tmp_path: Path) -> None:
    """node-cron, cron, node-schedule, NestJS and toad-scheduler, JavaScript and TypeScript."""
    script = """
cron.schedule('*/30 * * * * *', job);
new CronJob('0 */2 * * * *', job);
schedule.scheduleJob('*/10 * * * *', job);
new SimpleIntervalJob({ seconds: 20 }, task);
"""
    nest = "class Jobs {\n  @Interval(5000)\n  beat(): void { work(); }\n}\n"
    found = [(timer.kind, timer.seconds) for timer in timers_of(tmp_path, {"a.js": script, "b.ts": nest})]
    cron, interval = CodeTimerKind.CRON, CodeTimerKind.INTERVAL
    assert found == [(cron, 30.0), (cron, 120.0), (cron, 600.0), (interval, 20.0), (interval, 5.0)]


def test_python_sleeps_in_seconds(tmp_path: Path) -> None:
    """`await sio.sleep(30)` in a loop is a timer of 30 s that emits."""
    text = """
import socketio
sio = socketio.AsyncServer()
PERIOD = 30

async def beat():
    while True:
        await sio.emit("beat", {})
        await sio.sleep(PERIOD)
"""
    (timer,) = timers_of(tmp_path, {"server.py": text})
    assert (timer.seconds, timer.kind, timer.does, timer.side) == (30.0, CodeTimerKind.LOOP, "emit", "server")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("*/7 * * * * *", None), ("0,30 * * * *", 1800.0), ("0 0 * * 1", None), ("x y z", None), ("@hourly", 3600.0)],
)
def test_cron_has_a_period_only_where_it_is_even(text: str, seconds: float | None) -> None:
    """Every seventh second leaves a shorter gap at the full minute: no period."""
    assert read_cron(text) == seconds


PYTHON_TIMERS = {
    "def tick():\n    sio.emit('a')\n    threading.Timer(15.0, tick).start()\n": (15.0, "rearmed-timeout"),
    "def tick():\n    sio.emit('a')\n    loop.call_later(5, tick)\n": (5.0, "rearmed-timeout"),
    "@scheduler.scheduled_job('interval', minutes=2)\ndef sweep():\n    sio.emit('a')\n": (120.0, "interval"),
    "def job():\n    sio.emit('a')\nscheduler.add_job(job, 'interval', seconds=60)\n": (60.0, "interval"),
    "async def run():\n    while True:\n        await sio.emit('a')\n        await asyncio.sleep(30)\n": (30.0, "loop"),
}


@pytest.mark.parametrize("text", PYTHON_TIMERS)
def test_timers_of_python(tmp_path: Path, text: str) -> None:
    """Timers that start themselves anew, schedulers by call and by decorator, loops that sleep: in seconds."""
    (timer,) = timers_of(tmp_path, {"a.py": "import socketio\nsio = socketio.Server()\n" + text})
    assert (timer.seconds, timer.kind, timer.reaches_socket) == (*PYTHON_TIMERS[text], True)


def test_a_timer_of_python_that_runs_once_is_none(tmp_path: Path) -> None:
    """`threading.Timer` alone fires once."""
    assert not timers_of(tmp_path, {"a.py": "def later():\n    threading.Timer(9, print).start()\n"})


IO = "const io = require('socket.io')(80);\n"
WRAPPED = {
    "a class": (
        (
            "class IntervalTask { constructor(fn, ms) { this.t = setInterval(fn, ms); } }\n"
            "new IntervalTask(() => io.emit('a'), 30 * 1000);\nnew IntervalTask(() => tidy(), 40 * 1000);\n"
        ),
        [(30.0, 3, "30 * 1000", True), (40.0, 4, "40 * 1000", False)],
    ),
    "seconds": (
        (
            "class Job { constructor(run, time) { this.job = setInterval(run, time * 1000); } }\n"
            "new Job(() => io.emit('a'), 45);\n"
        ),
        [(45.0, 3, "45", True)],
    ),
    "a unit that is named": (
        (
            "function every(n, unit, fn) { return setInterval(fn, n * (unit === 'seconds' ? 1000 : 60000)); }\n"
            "every(30, 'seconds', () => io.emit('a'));\nevery(2, 'minutes', () => io.emit('b'));\n"
        ),
        [(30.0, 3, "30, 'seconds'", True), (120.0, 4, "2, 'minutes'", True)],
    ),
    "nobody says what runs": (
        "function start(ms = 30000) { setInterval(() => io.emit('a'), ms); }\nstart();\n",
        [(30.0, 2, "ms", True)],
    ),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_the_call_of_a_wrapper_is_the_timer(tmp_path: Path, name: str) -> None:
    """What says how often and what runs is the timer; the interval within the wrapper is the same for all of them."""
    code, expected = WRAPPED[name]
    found = timers_of(tmp_path, {"a.js": IO + code})
    assert [(timer.seconds, timer.line, timer.expression, timer.reaches_socket) for timer in found] == expected


def test_wrappers_are_followed_into_other_files(tmp_path: Path) -> None:
    """The file that uses a wrapper need not name any timer itself; a namesake of another module is none."""
    files = {
        "task.js": "exports.every = function every(fn, ms) { setInterval(fn, ms); };\n",
        "a.js": IO + "const { every } = require('./task');\nevery(() => io.emit('a'), 30000);\n",
        "b.js": IO + "const { every } = require('lodash');\nevery(() => io.emit('b'), 50000);\n",
    }
    found = timers_of(tmp_path, files)
    assert [(timer.file[-4:], timer.seconds, timer.reaches_socket) for timer in found] == [("a.js", 30.0, True)]
