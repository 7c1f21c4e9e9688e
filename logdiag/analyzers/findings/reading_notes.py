"""What a reader should know of the reading itself: lines and files not understood or left out, and guesses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from logdiag.results.causes import SHOWN, Finding
from logdiag.results.evidence import Evidence, Number
from logdiag.results.finding_ids import UNREAD_LOSSES
from logdiag.results.inputs import FileFault, InputFile, Inputs
from logdiag.verdict import Severity


def find_nothing(levels: Mapping[str, int], lines_count: int, *, records_seen: bool) -> tuple[Finding, ...]:
    """Why nothing was recognised, if there was no connection event at all."""
    seen = ", ".join(sorted(levels)) or None
    numbers: dict[str, Number] = {"lines_count": lines_count, "levels": seen}
    if not records_seen:
        return (Finding("no-json-lines", Severity.INFO, numbers, ()),)
    if levels and not {"info", "debug", "trace", "verbose", "silly"} & set(levels):
        return (Finding("hidden-by-level", Severity.INFO, numbers, ()),)
    return (Finding("nothing-recognised", Severity.INFO, numbers, ()),)


def note_outside(count: int, first: datetime, last: datetime) -> tuple[Finding, ...]:
    """No line lies within the window asked for: how many lie outside, and when the first and the last are of."""
    numbers: dict[str, Number] = {"count": count, "first_time": first.isoformat(), "last_time": last.isoformat()}
    return (Finding("outside-window", Severity.INFO, numbers, ()),)


def note_likely(likely: Sequence[tuple[str, Evidence]]) -> tuple[Finding, ...]:
    """Wordings that nothing understood but that look as if they told of connections, each with its first line."""
    if not likely:
        return ()
    numbers: dict[str, Number] = {"count": len(likely), "templates": " · ".join(template for template, _ in likely)}
    return (Finding("likely-wordings", Severity.INFO, numbers, tuple(place for _, place in likely)),)


def note_unread(unread: Sequence[tuple[str, int, Evidence]]) -> tuple[Finding, ...]:
    """Lines that speak of connections that came or went and were not understood: no health beside them."""
    if not unread:
        return ()
    numbers: dict[str, Number] = {
        "count": sum(count for _, count, _ in unread),
        "templates": " · ".join(template for template, _, _ in unread[:SHOWN]),
    }
    return (Finding("unread-lives", Severity.INFO, numbers, tuple(place for _, _, place in unread[:SHOWN])),)


def note_unread_losses(unread: Sequence[tuple[str, int, Evidence]]) -> tuple[Finding, ...]:
    """Lines that speak of lost messages and were not understood: no health beside them."""
    return tuple(replace(one, id=UNREAD_LOSSES) for one in note_unread(unread))


def note_borrowed(places: Sequence[Evidence]) -> tuple[Finding, ...]:
    """Lines without a stamp that have the time of the line before."""
    if not places:
        return ()
    return (Finding("borrowed-times", Severity.INFO, {"count": len(places)}, tuple(places[:SHOWN])),)


def note_traffic(templates: Sequence[str], *, is_unread: bool) -> tuple[Finding, ...]:
    """Which wordings were taken for traffic by what they do, or that there were too many lines to look at any."""
    if is_unread:
        return (Finding("traffic-unread", Severity.INFO, {}, ()),)
    if not templates:
        return ()
    numbers: dict[str, Number] = {
        "count": len(templates),
        "templates": " · ".join(templates[:SHOWN]),
        "left_count": max(len(templates) - SHOWN, 0) or None,
    }
    return (Finding("traffic-learned", Severity.INFO, numbers, ()),)


def note_idle_rules(rules: Sequence[tuple[str, str]]) -> tuple[Finding, ...]:
    """Rules of the user's, by id and file, that no line matched."""
    if not rules:
        return ()
    names = ", ".join(f"{name} ({place})" for name, place in rules[:SHOWN])
    return (Finding("idle-rules", Severity.INFO, {"count": len(rules), "rules": names}, ()),)


def find_reading_notes(inputs: Inputs, zoneless: Evidence | None) -> tuple[Finding, ...]:
    """What a reader should know of the reading itself: lines and files not understood or only sampled, and guesses.

    `zoneless` is the first line whose stamp names no zone, None if the user named one or every stamp does.
    """
    notes = []
    if inputs.skipped_count:
        first = tuple(reason.first for reason in inputs.skipped)[:SHOWN]
        numbers: dict[str, Number] = {"skipped_count": inputs.skipped_count, "lines_count": inputs.lines_count}
        notes.append(Finding("skipped-lines", Severity.INFO, numbers, first))
    if inputs.sampling is not None:
        read = inputs.sampling
        numbers = {
            "stretches_count": read.stretches_count,
            "stretches_s": read.stretches_s,
            "lines_count": read.lines_count,
        }
        notes.append(Finding("sampled-surroundings", Severity.INFO, numbers, ()))
    notes += [_note_fault(why, files) for why, files in _group_faults(inputs.files).items()]
    for guess in ("order-assumed", "day-first-assumed", "year-assumed", "date-assumed"):
        if files := [file for file in inputs.files if guess in file.guesses]:
            notes.append(Finding(guess, Severity.INFO, {"count": len(files), "path": files[0].path}, ()))
    if inputs.zones:
        notes.append(_note_zones(inputs))
    elif zoneless is not None:
        notes.append(Finding("zone-assumed", Severity.INFO, {"zone": inputs.display_zone}, (zoneless,)))
    return tuple(notes)


def _note_zones(inputs: Inputs) -> Finding:
    """The files that were read in another zone than the rest; the numbers are those of the best measured one."""
    best = max(inputs.zones, key=lambda reading: reading.ids_count)
    numbers: dict[str, Number] = {
        "count": len(inputs.zones),
        "path": best.file,
        "offset_s": best.offset_s,
        "ids_count": best.ids_count,
        "zone": inputs.display_zone,
    }
    return Finding(
        "zone-measured", Severity.INFO, numbers, tuple(Evidence(one.file, 1) for one in inputs.zones)[:SHOWN]
    )


def _group_faults(files: Sequence[InputFile]) -> Mapping[str, list[tuple[InputFile, FileFault]]]:
    """The files of which nothing could be placed in time, by the reason."""
    groups: dict[str, list[tuple[InputFile, FileFault]]] = defaultdict(list)
    for file in files:
        if file.fault is not None:
            groups[file.fault.why].append((file, file.fault))
    return groups


def _note_fault(why: str, files: Sequence[tuple[InputFile, FileFault]]) -> Finding:
    numbers: dict[str, Number] = {
        "count": len(files),
        "unplaced_count": sum(file.lines_count for file, _ in files),
        "first_line": files[0][1].first_line,
    }
    places = tuple(Evidence(file.path, fault.line) for file, fault in files)
    return Finding(why, Severity.INFO, numbers, places[:SHOWN])
