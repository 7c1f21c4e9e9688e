"""What the source says: suspected timers, settings in force, weak places, and where the lines come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from logdiag.renderers.document import Block, Bullets, CodeLines, Inline, Paragraph, Subheading, code, flatten
from logdiag.renderers.sections.material import Material, join
from logdiag.results.code import CallStep, Code, CodeSetting, CodeTimer, LogSource, Patch, Weakness

TIMER: Final = "timer"  # the id of its remark; the others are those of weaknesses
SUSPECTS_SHOWN: Final = 8
ROWS_SHOWN: Final = 25
STEPS_SHOWN: Final = 6
PATCHES_SHOWN: Final = 2


def build_code(material: Material, found: Code) -> list[Block]:
    """Build the part about the source trees."""
    phrases = material.phrases
    blocks: list[Block] = [
        Subheading(phrases.inline("code.title")),
        _extent(material, found),
        *_timers(material, found),
    ]
    for key, items in (
        ("settings", [_setting(material, row) for row in found.settings]),
        ("weaknesses", [describe_weakness(material, row) for row in found.weaknesses]),
        ("log_sources", [_log_source(material, row) for row in found.log_sources]),
    ):
        if items:
            blocks += [Paragraph(phrases.inline(f"code.{key}")), Bullets(_shorten(material, items))]
        if key == "weaknesses":
            blocks += _patches(material, found)
    return blocks


class CodeRemark(NamedTuple):
    """What is to be said at a line of the code: an id and a title of its kind, and a sentence.

    `is_to_blame` where a push of this incident was lost there.
    """

    id: str
    title: str
    text: str
    file: str
    line: int
    is_to_blame: bool

    @property
    def concerns_drops(self) -> bool:
        """Whether it has to do with the disconnects of this incident: a timer on their beat, or a push lost there."""
        return self.id == TIMER or self.is_to_blame


def list_remarks(material: Material) -> Iterator[CodeRemark]:
    """The likeliest timer and the weak places, for outputs that stand beside the code; none without source."""
    found = material.diagnosis.code
    if found is None:
        return
    for timer in list_first(found):
        text = flatten(describe_timer(material, timer))
        yield CodeRemark(TIMER, material.phrases.text("code.suspect"), text, timer.file, timer.line, is_to_blame=False)
    for row in found.weaknesses:
        title = material.phrases.text(f"code.weakness_kind.{row.kind}")
        text = flatten(describe_weakness(material, row))
        yield CodeRemark(row.kind, title, text, row.file, row.line, is_to_blame=row.explains_count > 0)


def _patches(material: Material, found: Code) -> list[Block]:
    """The first suggestions, those at places that lost pushes of this incident before others."""
    blocks: list[Block] = []
    for setting, patch in [(row, row.patch) for row in found.settings if row.patch]:
        what = material.phrases.inline("code.patch_limit", name=code(setting.name))
        blocks.append(Paragraph(material.phrases.inline("code.patch", what=what)))
        blocks.append(CodeLines(code(_place(setting.file, patch.first_line)), write_diff(patch)))
    rows = sorted(found.weaknesses, key=lambda row: -row.explains_count)
    for row, patch in [(row, row.patch) for row in rows if row.patch][:PATCHES_SHOWN]:
        what = material.phrases.inline("code.patch_wait")
        blocks.append(Paragraph(material.phrases.inline("code.patch", what=what)))
        blocks.append(CodeLines(code(_place(row.file, row.line)), write_diff(patch)))
    return blocks


def write_diff(patch: Patch) -> tuple[str, ...]:
    """The lines of a patch: first and last line if they stay, between them those that go, then those that come."""
    before, after = patch.before, patch.after
    head = 1 if before[:1] == after[:1] else 0
    foot = 1 if len(before) > 1 and before[-1] == after[-1] else 0
    return (
        *(f" {line}" for line in before[:head]),
        *(f"-{line}" for line in before[head : len(before) - foot]),
        *(f"+{line}" for line in after[head : len(after) - foot]),
        *(f" {line}" for line in before[len(before) - foot :]),
    )


def _shorten(material: Material, items: list[Inline], most: int = ROWS_SHOWN) -> tuple[Inline, ...]:
    left_count = len(items) - most
    more = [material.phrases.inline("analysis.more", left_count=left_count)] if left_count > 0 else []
    return (*items[:most], *more)


def _extent(material: Material, found: Code) -> Paragraph:
    left_count = sum(row.count for row in found.left_out)
    return Paragraph(
        material.phrases.inline(
            "code.extent", files_count=found.files_count, left_count=left_count, timers_count=len(found.timers)
        )
    )


def _timers(material: Material, found: Code) -> list[Block]:
    suspects = [describe_timer(material, timer) for timer in found.suspects]
    key = "code.timers" if suspects else "code.no_timers"
    blocks: list[Block] = [Paragraph(material.phrases.inline(key))]
    blocks += [Bullets(_shorten(material, suspects, SUSPECTS_SHOWN))] if suspects else []
    first_count = len(list_first(found))
    if first_count > 1:
        blocks.append(Paragraph(material.phrases.inline("code.tied", first_count=first_count)))
    return blocks


def list_first(found: Code) -> list[CodeTimer]:
    """The likeliest timer, or all that share its rank."""
    return [timer for timer in found.suspects if timer.rank == 1]


def describe_timer(material: Material, timer: CodeTimer) -> Inline:
    """One line: where it stands, how often it comes, what it reaches, what the logs say of it."""
    phrases = material.phrases
    way = join([_step(step) for step in timer.way[-STEPS_SHOWN:]], " → ")
    return phrases.inline(
        "code.timer",
        place=code(_place(timer.file, timer.line)),
        function=code(timer.function),
        expression=code(timer.expression),
        seconds_s=timer.seconds,
        relation=phrases.text(f"code.relation.{timer.relation}", pattern=timer.matches_pattern),
        reach=phrases.inline("code.reaches", does=code(timer.does or ""), way=way)
        if timer.reaches_socket
        else phrases.inline("code.reaches_not"),
        guess=phrases.text("code.guess") if timer.is_guess else "",
        answer=_answer(material, timer),
    )


def _answer(material: Material, timer: CodeTimer) -> str:
    """What the logs say of the timer that this code announces, and of its kind."""
    phrases = material.phrases
    said = "" if timer.answer is None else phrases.text(f"code.answer.{timer.answer}", chance=timer.chance_ratio)
    if timer.excess_s is None:
        return said
    return said + phrases.text("code.late" if timer.excess_s > 0 else "code.early", excess_s=timer.excess_s)


def _step(step: CallStep) -> Inline:
    return code(f"{step.function} ({_place(step.file.rpartition('/')[2], step.line)})" + ("?" if step.is_guess else ""))


def _place(file: str, line: int) -> str:
    return f"{file}:{line}"


def _setting(material: Material, row: CodeSetting) -> Inline:
    phrases = material.phrases
    value = f"{row.value:.15g}" if isinstance(row.value, float) else str(row.value)
    return phrases.inline(
        "code.setting_default" if row.default else "code.setting",
        name=code(row.name),
        value=code(value.lower() if isinstance(row.value, bool) else value),
        product=row.product,
        place=code(_place(row.file, row.line)),
        guess=phrases.text("code.guess") if row.is_guess else "",
    )


def describe_weakness(material: Material, row: Weakness) -> Inline:
    """One line: where it stands, what it does, how many pushes of this incident it explains."""
    phrases = material.phrases
    lines = _place(row.file, row.line) + (f"-{row.end_line}" if row.end_line > row.line else "")
    return phrases.inline(
        "code.weakness",
        place=code(lines),
        function=code(row.function),
        what=phrases.text(f"code.weakness_kind.{row.kind}"),
        explains=phrases.text("code.explains", explains_count=row.explains_count) if row.explains_count else "",
    )


def _log_source(material: Material, row: LogSource) -> Inline:
    phrases = material.phrases
    return phrases.inline(
        "code.log_source",
        template=code(row.template),
        place=code(_place(row.file, row.line)),
        handler=phrases.inline("code.handler", event=code(row.handler)) if row.handler else "",
    )
