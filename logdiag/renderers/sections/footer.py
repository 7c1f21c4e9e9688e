"""What the report rests on: files, lines, what fell out and why, the assumption about clocks, the version."""

from __future__ import annotations

from collections import Counter
from typing import Final

from logdiag.renderers.document import Block, Bullets, Inline, Paragraph, Section, Table, place, plain
from logdiag.renderers.sections.material import Material, cell, clip, join
from logdiag.results.inputs import FileFault, InputFile, SkippedReason, UnreadFile
from logdiag.texts.sentences import say

FILES_SHOWN: Final = 40
FILES_NAMED: Final = 8
FOLDER_LENGTH: Final = 200
UNREAD_SHOWN: Final = 8
WORDINGS_SHOWN: Final = 6
TEMPLATE_LENGTH: Final = 80
FORMS_SHOWN: Final = 6
FIRST_LINE_LENGTH: Final = 60


def build_footer(material: Material) -> Section:
    """Account for every line that was read."""
    phrases, inputs = material.phrases, material.diagnosis.inputs
    name, _, zone = inputs.clock_assumption.partition(":")
    key = f"clock_assumption.{name}"
    assumption = phrases.text(key, zone=zone or "UTC") if phrases.has(key) else inputs.clock_assumption
    closing = [
        phrases.inline("footer.clock", assumption=assumption, zone=inputs.display_zone),
        phrases.inline("footer.span", start=inputs.start, end=inputs.end),
        phrases.inline("footer.made", version=material.version),
    ]
    if material.is_compact:
        closing = [join(closing[:2], phrases.mark("sentence")), *closing[2:], phrases.inline("footer.folded")]
    blocks: list[Block] = [Bullets(tuple(_accounts(material))), *_files(material)]
    return Section("footer", material.title("footer"), (*blocks, *(Paragraph(text) for text in closing)))


def _accounts(material: Material) -> list[Inline]:
    phrases, inputs = material.phrases, material.diagnosis.inputs
    accounts = [
        phrases.inline(
            "footer.files",
            files_count=len(inputs.files),
            lines_count=inputs.lines_count,
            events_count=inputs.events_count,
            unclassified_count=inputs.unclassified_count,
            skipped_count=inputs.skipped_count,
        )
    ]
    if inputs.duplicates_count:
        accounts.append(phrases.inline("footer.copies", duplicates_count=inputs.duplicates_count))
    faulty = [file for file in inputs.files if file.fault is not None]
    accounts += [_skipped(material, item) for item in inputs.skipped]
    if inputs.outside_window_count:
        accounts.append(phrases.inline("footer.outside", outside_window_count=inputs.outside_window_count))
    if inputs.left_alone_count:
        accounts.append(phrases.inline("footer.left_alone", left_alone_count=inputs.left_alone_count))
    accounts += [_unread(material, file) for file in inputs.unread[:UNREAD_SHOWN]]
    if len(inputs.unread) > UNREAD_SHOWN:
        accounts.append(phrases.inline("footer.more_unread", left_count=len(inputs.unread) - UNREAD_SHOWN))
    accounts += [_faulty(material, file.path, file.fault) for file in faulty[:UNREAD_SHOWN] if file.fault is not None]
    if len(faulty) > UNREAD_SHOWN:
        accounts.append(phrases.inline("footer.more_faulty", left_count=len(faulty) - UNREAD_SHOWN))
    lines = [*([_forms(material)] if inputs.forms else []), *([_levels(material)] if inputs.levels else [])]
    accounts += [join(lines, phrases.mark("clause"))] if material.is_compact and lines else lines
    if inputs.wordings:
        accounts += _wordings(material)
    return accounts


def _skipped(material: Material, item: SkippedReason) -> Inline:
    phrases = material.phrases
    reason = phrases.identified("skip", item.reason)
    first = place(material.place(item.first))
    return phrases.inline("footer.skipped", place=first, reason=reason, count=item.count)


def _unread(material: Material, file: UnreadFile) -> Inline:
    phrases = material.phrases
    path = place(material.shorten(file.path))
    return phrases.inline("footer.unread", path=path, why=phrases.identified("unread", file.why))


def _faulty(material: Material, path: str, fault: FileFault) -> Inline:
    phrases = material.phrases
    return phrases.inline(
        "footer.faulty",
        path=place(material.shorten(path)),
        why=say(f"fault.{fault.why}").write(phrases.language),
        first_line=cell(clip(fault.first_line, FIRST_LINE_LENGTH), from_log=True),
    )


def _forms(material: Material) -> Inline:
    """Name the forms of the files, the commonest first, with the number of lines in each."""
    phrases, forms = material.phrases, material.diagnosis.inputs.forms
    counted = (
        (*cell(row.form, from_log=True), *plain(f" {phrases.formats.number(row.lines_count)}"))
        for row in forms[:FORMS_SHOWN]
    )
    named = join(counted, phrases.mark("list"))
    left_count = len(forms) - FORMS_SHOWN
    key = "footer.more_forms" if left_count > 0 else "footer.forms"
    return phrases.inline(key, forms=named, left_count=left_count)


def _levels(material: Material) -> Inline:
    formats = material.phrases.formats
    counted = (
        (*cell(level, from_log=True), *plain(f" {formats.number(count)}"))
        for level, count in material.diagnosis.inputs.levels.items()
    )
    return material.phrases.inline(
        "footer.levels",
        levels=join(counted, material.phrases.mark("list")),
        decoded_count=sum(material.diagnosis.inputs.levels.values()),
    )


def _wordings(material: Material) -> list[Inline]:
    """What understood the events; what no rule was written for is shown, so that a person can overrule it."""
    phrases, wordings = material.phrases, material.diagnosis.inputs.wordings
    counts = Counter(wording.by for wording in wordings)
    numbers = {f"{by}_count": counts[by] for by in ("rule", "lexicon", "lifecycle")}
    shown = [wording for wording in wordings if wording.by != "rule"]
    lines = [phrases.inline("footer.wordings", **numbers)]
    if counts["code"]:
        lines.append(phrases.inline("footer.wordings_of_code", code_count=counts["code"]))
    lines += [
        phrases.inline(
            "footer.wording",
            template=cell(clip(wording.template, TEMPLATE_LENGTH), from_log=True),
            kind=wording.kind,
            count=wording.count,
            place=place(material.place(wording.example)),
        )
        for wording in shown[:WORDINGS_SHOWN]
    ]
    if len(shown) > WORDINGS_SHOWN:
        lines.append(phrases.inline("footer.more_wordings", left_count=len(shown) - WORDINGS_SHOWN))
    return lines


def _files(material: Material) -> list[Block]:
    phrases, found = material.phrases, material.diagnosis.inputs.files
    files = [file for file in found if file.lines_count]
    if not files:
        return []
    blocks = _sum_folders(material, files) if material.is_compact else _list_files(material, files)
    is_said = material.is_compact and any(finding.evidence for finding in material.diagnosis.findings)  # by symptoms
    if material.folder and not is_said:
        folder = clip(material.folder, FOLDER_LENGTH)
        blocks.insert(0, Paragraph(phrases.inline("footer.folder", folder=folder)))
    if len(files) < len(found):
        blocks.append(Paragraph(phrases.inline("footer.empty_files", empty_count=len(found) - len(files))))
    return blocks


def _list_files(material: Material, files: list[InputFile]) -> list[Block]:
    """A row for each file."""
    header = tuple(material.phrases.text(f"footer.{name}") for name in ("file", "service", "lines", "events", "skips"))
    rows = tuple(_file_row(material, item) for item in files[:FILES_SHOWN])
    blocks: list[Block] = [Table(header, rows, numeric=frozenset({2, 3, 4}), fixed=frozenset({2, 3, 4}))]
    if len(files) > FILES_SHOWN:
        left_count = len(files) - FILES_SHOWN
        blocks.append(Paragraph(material.phrases.inline("footer.more_files", left_count=left_count)))
    return blocks


def _sum_folders(material: Material, files: list[InputFile]) -> list[Block]:
    """A row for each folder, which is a process more often than not; of a single one the lines of each file."""
    phrases, formats = material.phrases, material.phrases.formats
    folders: dict[str, list[InputFile]] = {}
    for file in files:
        folders.setdefault(material.shorten(file.path).rpartition("/")[0], []).append(file)
    if len(folders) == 1:
        named = [
            (*cell(material.shorten(file.path), from_log=True), *plain(f" {formats.number(file.lines_count)}"))
            for file in files[:FILES_NAMED]
        ]
        key = "footer.more_lines" if len(files) > FILES_NAMED else "footer.lines_of"
        listed = join(named, phrases.mark("list"))
        return [Paragraph(phrases.inline(key, files=listed, left_count=len(files) - FILES_NAMED))]
    header = tuple(phrases.text(f"footer.{name}") for name in ("folder_name", "files_in", "lines", "events", "skips"))
    rows = tuple(_folder_row(material, name, inside) for name, inside in list(folders.items())[:FILES_SHOWN])
    figures = frozenset({1, 2, 3, 4})
    blocks: list[Block] = [Table(header, rows, numeric=figures, fixed=figures)]
    if len(folders) > FILES_SHOWN:
        blocks.append(Paragraph(phrases.inline("footer.more_folders", left_count=len(folders) - FILES_SHOWN)))
    return blocks


def _folder_row(material: Material, name: str, files: list[InputFile]) -> tuple[Inline, ...]:
    counts = (
        len(files),
        sum(file.lines_count for file in files),
        sum(file.events_count for file in files),
        sum(file.skipped_count for file in files),
    )
    return (cell(name or ".", from_log=True), *(plain(material.phrases.formats.number(count)) for count in counts))


def _file_row(material: Material, item: InputFile) -> tuple[Inline, ...]:
    formats = material.phrases.formats
    counts = (item.lines_count, item.events_count, item.skipped_count)
    return (
        place(material.shorten(item.path)),
        place(item.service),
        *(plain(formats.number(count)) for count in counts),
    )
