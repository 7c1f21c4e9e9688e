"""`logdiag rules`: which messages logdiag understands, and which rule would fire on one."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from logdiag import __version__
from logdiag.cli import clock, exits, language, options, streams
from logdiag.cli.options import ListFormat
from logdiag.cli.paths import open_stdin
from logdiag.renderers.escape import escape_terminal
from logdiag.texts.sentences import say

if TYPE_CHECKING:
    from logdiag.parsers.forms.dialects import Record
    from logdiag.parsers.rules import Match, Rule, RuleSet

LABEL_COLUMNS: Final = 8
LINE_BEGINNINGS: Final = (*"{[<(", *"0123456789")  # with words only lines begin in which a collector stands first


@dataclass(frozen=True, slots=True)
class Trial:
    """A message held against the rules; `service` None means any."""

    message: str
    service: str | None
    match: Match | None


def rules(
    more_paths: options.MorePaths = None,
    *,
    propose: options.ProposeFrom = None,
    test: options.TestMessage = None,
    service: options.Service = None,
    rules_files: options.RulesFiles = None,
    source: options.Sources = None,
    list_format: options.ListForm = ListFormat.TEXT,
    lang: options.Lang = None,
) -> exits.ExitCode:
    """List the event rules in the order in which they are tried; the first that matches wins."""
    from logdiag.parsers.rule_files import load_rules

    rule_set = load_rules(rules_files or [])
    if source:
        rule_set = learn_from_code(rule_set, tuple(source))
    if propose is not None:
        streams.write_stdout(propose_file(rule_set, (*propose, *(more_paths or ())), language.choose(lang, sys.stdout)))
        return exits.ExitCode.OK
    if test is not None and more_paths:
        rule_set = learn_from(rule_set, tuple(more_paths))
    trial = None if test is None else try_message(rule_set, test, service)
    if list_format is ListFormat.JSON:
        streams.write_stdout(render_json(rule_set, trial))
    else:
        spoken = language.choose(lang, sys.stdout)
        lines = list_rules(rule_set, spoken) if trial is None else describe_trial(trial, spoken)
        streams.write_stdout("".join(f"{escape_terminal(line)}\n" for line in lines))
    return exits.ExitCode.OK


def propose_file(rule_set: RuleSet, paths: tuple[str, ...], spoken: str) -> str:
    """Return a rules file for the logs under `paths`, as text. Raises InputError."""
    from datetime import UTC

    from logdiag.parsers.proposals import propose_rules, write_file
    from logdiag.reading import discard_spooled, find_log_files

    found = find_log_files(paths, open_stdin(paths))
    try:
        return write_file(propose_rules(found.files, rule_set, UTC), spoken)
    finally:
        discard_spooled(found.files)


def learn_from_code(rule_set: RuleSet, paths: tuple[str, ...]) -> RuleSet:
    """Return the rules with those that the source trees state. Raises InputError."""
    from logdiag.pipeline.sources import read_sources

    return read_sources(paths).add_rules(rule_set)


def learn_from(rule_set: RuleSet, paths: tuple[str, ...]) -> RuleSet:
    """Return the rules, and behind them what the logs under `paths` teach. Raises InputError."""
    from datetime import UTC

    from logdiag.parsers.forms.forms import find_layouts
    from logdiag.parsers.lifecycles import learn_rules
    from logdiag.reading import discard_spooled, find_log_files

    files = find_log_files(paths, open_stdin(paths)).files
    try:
        return replace(rule_set, learned=learn_rules(files, rule_set, find_layouts(files, UTC)))
    finally:
        discard_spooled(files)


def try_message(rule_set: RuleSet, text: str, service: str | None) -> Trial:
    """Find the rule for a bare message, or for a whole log line of any form, which brings its own service and level."""
    trials = [_try_record(rule_set, record, service) for record in _read_records(text)]
    read = next((trial for trial in trials if trial.match is not None), trials[0] if trials else None)
    if read is not None and (read.match is not None or text.lstrip().startswith(LINE_BEGINNINGS)):
        return read
    from logdiag.parsers.untimed import open_bare

    message, service = open_bare(text, service)
    return Trial(message, service, _lift_limits(rule_set, service).interpret(message, service))


def _try_record(rule_set: RuleSet, record: Record, service: str | None) -> Trial:
    service = record.service or service  # as a line's own service goes before the name of its file
    return Trial(record.message, service, rule_set.interpret(record.message, service, record.fields, record.level))


def _read_records(text: str) -> list[Record]:
    """The records of a line, as a file of such lines is read; none if it is but a message."""
    from logdiag.parsers.forms.forms import read_alone
    from logdiag.parsers.forms.records import UnreadableError

    try:
        records = list(read_alone(text))
    except (UnreadableError, RecursionError):
        return []
    return [record for record in records if record.message or text.lstrip().startswith("{")]


def _lift_limits(rule_set: RuleSet, service: str | None) -> RuleSet:
    """A bare message has no level, and perhaps no service: what is unknown shall not keep a rule from firing."""
    rows = (replace(rule, levels=()) for rule in rule_set.rules)
    lifted = tuple(rows if service is not None else (replace(rule, service_pattern=None) for rule in rows))
    return replace(rule_set, rules=lifted)


def list_rules(rule_set: RuleSet, spoken: str) -> Iterator[str]:
    """Yield two lines a rule: what it is for, and what it looks for."""
    anywhere = say("rules.any_service").write(spoken)
    width = max((len(rule.id) for rule in rule_set.rules), default=0)
    for rule in rule_set.rules:
        yield f"{rule.id:<{width}}  {rule.kind:<18}  {', '.join(rule.services) or anywhere}"
        yield f"    {rule.pattern.pattern}  ({rule.origin})"


def describe_trial(trial: Trial, spoken: str) -> Iterator[str]:
    """Yield what fires and what it extracts; or what to do where nothing does."""
    if trial.match is None:
        missed = say("rules.none_fires", message=trial.message)
        if trial.service:
            missed = say("rules.none_fires_there", message=trial.message, service=trial.service)
        yield missed.write(spoken)
        yield say("rules.try_own").write(spoken)
        return
    from rich.cells import cell_len

    labelled = ((say(f"rules.{key}").write(spoken), text) for key, text in _list_rows(trial.match, spoken).items())
    for name, value in [*labelled, *trial.match.extracted.items()]:
        yield f"{name}{' ' * (LABEL_COLUMNS - cell_len(name))} {value}"


def _list_rows(match: Match, spoken: str) -> dict[str, str]:
    """What is said of a match, by the key of its label: who understood it, its kind, its side."""
    rows = {"by": say(f"rules.{match.by}").write(spoken), "kind": match.kind.value}
    if match.by == "lifecycle":
        return rows
    if match.rule is not None:
        rows = {"rule": f"{match.rule.id} ({match.rule.origin})", "kind": match.kind.value}
        return rows | {"only_in": ", ".join(match.rule.services) or say("rules.any_service").write(spoken)}
    if match.is_side_sure:
        return rows if match.side is None else rows | {"side": say(f"rules.{match.side}").write(spoken)}
    if match.side is None:
        return rows | {"side": say("rules.side_open").write(spoken)}
    return rows | {"side": say("rules.side_guessed", side=say(f"rules.{match.side}").write(spoken)).write(spoken)}


def render_json(rule_set: RuleSet, trial: Trial | None) -> str:
    """Return the list as the one object of docs/contracts.md, 2, with the trial or null."""
    from logdiag.renderers.json import envelope, write_json

    content = {
        **envelope("rules", generated_at=clock.generated_at(), version=__version__),
        "rules": [_describe_rule(rule) for rule in rule_set.rules],
        "test": None if trial is None else _describe_match(trial),
    }
    return write_json(content)


def _describe_rule(rule: Rule) -> Mapping[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "contains": rule.contains,
        "pattern": rule.pattern.pattern,
        "services": rule.services,
        "levels": rule.levels,
        "examples": rule.examples,
        "origin": rule.origin,
    }


def _describe_match(trial: Trial) -> Mapping[str, Any]:
    return {
        "message": trial.message,
        "service": trial.service,
        "rule": None if trial.match is None or trial.match.rule is None else trial.match.rule.id,
        "kind": None if trial.match is None else trial.match.kind,
        "extracted": {} if trial.match is None else trial.match.extracted,
        "by": None if trial.match is None else trial.match.by,
        "side": None if trial.match is None else trial.match.side,
        "is_side_sure": None if trial.match is None else trial.match.is_side_sure,
    }
