"""Timers of source trees, found by this process or by another."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.sources import open_sources

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def test_timers_do_not_depend_on_who_looks_for_them() -> None:
    """Another process, and this one after other questions, find the same timers with the same texts."""
    paths = (str(SAMPLES / "2025-11-14-source"),)
    with open_sources(paths, processes_count=2, shared_bytes=0) as shared, open_sources(paths) as alone:
        there, here = shared.find_timers(), alone.find_timers()
    assert there == here
    assert len(here.timers) == 5
    assert any(row.timer.reaches_socket and row.texts for row in here.timers)


def test_a_tree_of_another_process_is_left_as_it_was() -> None:
    """Looking for timers parses files of its own: the survey that is asked for settings stays as it is."""
    with open_sources((str(SAMPLES / "2025-11-14-source"),)) as sources:
        before = sources.survey.application.generation
        found = sources.find_timers()
        assert sources.survey.application.generation == before
        assert found.unparsed == frozenset()
