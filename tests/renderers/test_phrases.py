"""Texts, numbers, durations and times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.analyzers.causes.catalogue import load_catalogue
from logdiag.parsers.forms import records
from logdiag.parsers.forms.layouts import Fault
from logdiag.renderers.document import Span, Style, flatten
from logdiag.renderers.phrases import LANGUAGES, Phrases
from logdiag.results.causes import Check, Outcome
from logdiag.results.evidence import Number
from logdiag.texts.sentences import load_texts
from tests.folding import each

CAUSE_IDS = [
    "payload-too-large", "client-close", "server-kick", "server-timer", "wall-clock-schedule",
    "connection-age-limit", "idle-timeout", "heartbeat-timeout", "event-loop-blocked", "client-restart",
    "server-restart", "unstable-network", "transport-failure", "version-mismatch", "auth-rejected",
    "duplicate-connection",
]  # fmt: skip
FINDING_IDS = [
    "periodic-disconnects", "unexplained-disconnects", "unlogged-ends", "lost-pushes", "probably-lost-pushes",
    "low-availability", "some-downtime", "traffic-learned", "traffic-unread",
    "orderly-stops", "unmatched-pushes", "killing-retries", "retries-seen", "nothing-recognised",
    "no-json-lines", "hidden-by-level", "skipped-lines", "sampled-surroundings", "zone-assumed", "order-assumed",
    "day-first-assumed",
    "year-assumed", "date-assumed", "zone-measured", "outside-window", *Fault,
]  # fmt: skip
BLIND_SPOT_IDS = [
    "payload-size", "close-code", "server-side-missing", "server-lines-unknown", "server-lines-untied",
    "server-reason-missing",
    "push-lines-missing", "no-traffic-lines", "process-starts-missing", "receipts-missing", "settings-unknown",
]  # fmt: skip
SKIP_REASONS = [
    records.NOT_JSON, records.CUT_OFF, records.NUL_BYTES, records.INVALID_JSON, records.NO_TIMESTAMP,
    records.TOO_DEEP, records.TOO_MANY_VALUES,
]  # fmt: skip
PHRASES = Phrases("en", "Asia/Shanghai")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_has_its_texts(language: str) -> None:
    """Every cause, finding and blind spot of the contract can be phrased in every language."""
    texts = load_texts(language)
    cause_parts = ("title", "summary", "next_experiment", "fix", "remedy_title", "remedy_pros.0", "remedy_cons.0")
    wanted = [f"cause.{cause}.{part}" for cause in CAUSE_IDS for part in cause_parts]
    wanted += [f"finding.{finding}.{part}" for finding in FINDING_IDS for part in ("title", "text")]
    wanted += [f"blind_spot.{spot}.{part}" for spot in BLIND_SPOT_IDS for part in ("text", "add_to_logs")]
    assert [key for key in wanted if key not in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_its_texts(language: str) -> None:
    """Every check of the catalogue says its question and its three outcomes, every cause how it looks in logs."""
    texts = load_texts(language)
    checks = {check.id for cause in load_catalogue() for check in cause.checks}
    wanted = [f"check.{check}.{part}" for check in checks for part in ("ask", "group", *Outcome)]
    wanted += [f"cause.{cause.id}.{part}" for cause in load_catalogue() for part in ("title", "group", "signs.0")]
    wanted += [f"skip.{reason}" for reason in SKIP_REASONS]
    assert sorted(key for key in wanted if key not in texts) == []
    said = {key.split(".")[1] for key in texts if key.startswith("check.")}
    assert sorted(said - checks) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_experiment_could_kill_its_cause(language: str) -> None:
    """Each experiment names a result that must come and one that refutes the cause."""
    texts = load_texts(language)
    for cause in CAUSE_IDS:
        text = texts[f"cause.{cause}.next_experiment"]
        assert re.search(r"must|必须", text), cause
        assert re.search(r"dead|not to blame|该原因即被排除|无关", text), cause


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ({"count": 0, "of_count": 9, "pushes_count": 40}, "No push comes right before these drops"),
        ({"count": 2, "of_count": 9, "pushes_count": 40}, "Only 2 of 9 drops"),
        ({"count": 9, "of_count": 9, "pushes_count": 40, "arrived_count": 9}, "9 such pushes arrived"),
    ],
)
def test_a_text_fits_its_numbers(numbers: dict[str, Number], text: str) -> None:
    """A count of none and a number that is not known have texts of their own."""
    assert text in flatten(PHRASES.check(Check("no-push-trigger", Outcome.SUPPORTS, numbers, ())))


def test_one_is_told_apart_from_many() -> None:
    """A single drop off the beat is told with its time, its distance from the beat, and the odds."""
    numbers: dict[str, Number] = {
        "count": 1,
        "of_count": 2,
        "lead_ms": 6.0,
        "early_s": -0.2,
        "drop_time": "2025-11-14T08:29:52.608+00:00",
        "chance_probability": 2e-4,
        "p_value": 4e-4,
    }
    text = flatten(PHRASES.check(Check("push-moves-beat", Outcome.SUPPORTS, numbers, ())))
    assert text.startswith("The drop at 2025-11-14 16:29:52.608 came 200 ms before its beat, 6 ms after a push began.")
    assert text.endswith("1 in 2,500.")


@pytest.mark.parametrize(
    ("of_count", "words"), [(1, "At this drop the server's log does not show"), (9, "that it ran on (9 drops).")]
)
def test_a_server_not_seen_to_run_on_is_said_of_the_drops_asked_about(of_count: int, words: str) -> None:
    """A cause that claims some of the drops says nothing of the others, at which the server may have run on."""
    numbers: dict[str, Number] = {"count": 0, "of_count": of_count, "broken_count": 0, "stopped_count": None}
    assert words in flatten(PHRASES.check(Check("server-log-broke-off", Outcome.UNKNOWN, numbers, ())))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_can_be_filled(language: str) -> None:
    """No template has a placeholder that cannot be parsed; a line of code is no template."""
    for key, template in load_texts(language).items():
        if not key.endswith("add_to_logs"):
            names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
            assert all(name.isidentifier() for name in names), key


@each(
    ("seconds", "text"),
    [
        (None, "unknown"),
        (float("nan"), "unknown"),
        (0.0, "0 s"),
        (0.006, "6 ms"),
        (0.0031, "3.1 ms"),
        (-0.2, "-200 ms"),
        (0.9996, "1 s"),
        (1.218, "1.218 s"),
        (30.0, "30 s"),
        (59.9996, "1 min"),
        (241.0, "4 min 1 s"),
        (3600.0, "1 h"),
        (7500.0, "2 h 5 min"),
        (90000.0, "1 d 1 h"),
        (-61.0, "-1 min 1 s"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    """A duration is in ms under a second, in s under a minute, then in two units."""
    assert PHRASES.formats.duration(seconds) == text


@each(
    ("value", "text"),
    [(0.948, "94.8 %"), (1.0, "100 %"), (0.99999, "99.999 %"), (0.0, "0 %"), (1e-9, "< 0.0001 %"), (None, "unknown")],
)
def test_shares_never_round_to_all_or_nothing(value: float | None, text: str) -> None:
    """100 % means all, 0 % means none; anything else shows that it is not."""
    assert PHRASES.formats.share(value) == text


@each(
    ("probability", "text"),
    [
        (4e-7, "1 in 2.5 million"),
        (2.5e-5, "1 in 40,000"),
        (0.03, "1 in 33"),
        (0.19, "1 in 5.3"),
        (0.4, "40 %"),
        (0.0, "less than 1 in 1 trillion"),
        (None, "unknown"),
    ],
)
def test_odds(probability: float | None, text: str) -> None:
    """A probability reads as odds, with two digits that mean something."""
    assert PHRASES.formats.odds(probability) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (30.0058, 0.0006, "30.0058 ± 0.0006 s"),
        (30.0058, 0.1, "30.0 ± 0.1 s"),
        (45.0, 2.0, "45 ± 2 s"),
        (30.006, 0.00000004, "30.006000 ± 0.000001 s"),
        (30.0058, None, "30.006 s"),
        (None, 0.1, "unknown"),
    ],
)
def test_periods_show_what_their_error_allows(value: float | None, error: float | None, text: str) -> None:
    """A period has as many decimals as its error."""
    assert PHRASES.formats.with_error(value, error) == text


@pytest.mark.parametrize(("nats", "text"), [(-1.0, "1.0"), (10.7, "44,000"), (1000.0, "more than 1 trillion")])
def test_likelihoods(nats: float, text: str) -> None:
    """Nats read as "so many to 1", and beyond the range of meaning as more than that."""
    assert PHRASES.formats.likelihood(nats) == text


@each(
    ("value", "text"),
    [(0.07194, "0.072"), (0.5774, "0.58"), (12.34, "12"), (0.0, "0"), (1234.5, "1,234"), (None, "unknown")],
)
def test_estimates_have_two_digits(value: float | None, text: str) -> None:
    """A number that is only an estimate shows two digits that mean something."""
    assert PHRASES.formats.rough(value) == text


def test_times_are_local() -> None:
    """A time is shown in the display zone, to the millisecond; an unknown zone name means UTC."""
    instant = datetime(2025, 11, 14, 8, 29, 52, 608_999, tzinfo=UTC)
    assert PHRASES.formats.stamp(instant) == "2025-11-14 16:29:52.608"
    assert Phrases("en", "Not/AZone").formats.clock(instant) == "08:29:52.608"
    assert PHRASES.until(instant, instant + timedelta(hours=1)) == "17:29:52.608"
    assert PHRASES.until(instant, instant + timedelta(days=1)) == "2025-11-15 16:29:52.608"


def test_units_are_read_from_names() -> None:
    """A check without a text is read out with its numbers, each by the unit in its name."""
    numbers = {"lag_ms": 6.0, "wait_s": 61.0, "size_bytes": 1_300_000, "p_value": 2.5e-5, "seen_count": None}
    text = flatten(PHRASES.check(Check("no-such-check", Outcome.SUPPORTS, numbers, ())))
    assert text == "no such check (lag 6 ms, wait 1 min 1 s, size 1,300,000 bytes, p value 1 in 40,000, seen unknown)"


def test_values_cannot_act_as_markup() -> None:
    """Backticks and stars mark styles in a template, never in a value."""
    line = PHRASES.inline("remark.server-says", reason="`x` **y** {z}")
    assert line == (Span("server: "), Span("`x` **y** {z}", Style.CODE))


@pytest.mark.parametrize(("count", "text"), [(1, "1 push lost for certain"), (2, "2 pushes lost for certain")])
def test_plurals(count: int, text: str) -> None:
    """A noun follows its number."""
    assert PHRASES.text("summary.cost_lost", lost_certain_count=count) == text


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.9, "very likely"), (0.89, "likely"), (0.7, "likely"), (0.5, "more likely than not"), (0.49, "not established")],
)
def test_confidence_in_words(confidence: float, words: str) -> None:
    """The words change exactly on their thresholds."""
    assert PHRASES.confidence(confidence) == words


@given(st.floats() | st.integers(-(10**18), 10**18))
def test_every_number_can_be_written(value: float) -> None:
    """No number, however large or strange, breaks a sentence."""
    formats = PHRASES.formats
    for write in (formats.number, formats.rough, formats.share, formats.odds, formats.milliseconds, formats.duration):
        assert write(value)


@given(st.datetimes(timezones=st.just(ZoneInfo("UTC"))))
def test_every_instant_can_be_written(instant: datetime) -> None:
    """No instant, however far off, breaks a sentence."""
    assert PHRASES.formats.stamp(instant)


def test_the_words_of_the_system_stand_behind_our_own() -> None:
    """A reason with a detail is translated but for the detail."""
    reason = "compressed data damaged (Error -3)"
    assert Phrases("zh").identified("skip", reason) == "压缩数据已损坏（Error -3）"
    assert Phrases("en").identified("skip", reason) == "the compressed data are damaged (Error -3)"


def test_nothing_has_no_sign() -> None:
    """What is written as 0 is not written as -0, in whatever unit."""
    formats = PHRASES.formats
    written = [formats.milliseconds(-0.04), formats.duration(-4e-5), formats.signed(-4e-5), formats.seconds(-4e-5)]
    assert written == ["0 ms", "0 ms", "0 ms", "0.000"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_advice_where_nothing_is_of_socket_io_names_nothing_of_it(language: str) -> None:
    """A broker's user has no `socket.emit`: each line to add, and each remedy, has words for any stack."""
    plain = Phrases(language, voices=("plain",)).texts
    shown = [
        text
        for key, text in plain.items()
        if key.startswith(("cause.client-close.", "remedy.retry.", "remedy.poison.", "remedy.acknowledge."))
        or (key.startswith("blind_spot.") and key.endswith(".add_to_logs"))
    ]
    strange = ("Socket.IO", "socket.on", "emit(", "emitWithAck", "io.engine", "new Error", "process.pid", "logger.")
    assert not [text for text in shown if any(word in text for word in strange)]
