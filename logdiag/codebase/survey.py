"""A source tree surveyed: all that the other modules find, as one result."""

from __future__ import annotations

from dataclasses import dataclass

from logdiag.codebase.calls import CallGraph
from logdiag.codebase.sides import Sides
from logdiag.codebase.timers import OF_INTEREST, FoundTimer, Timers
from logdiag.codebase.trees.application import Application
from logdiag.codebase.trees.grammars import require_grammars
from logdiag.codebase.trees.names import Names
from logdiag.codebase.trees.tree import holds_any, is_test, read_trees
from logdiag.codebase.trees.values import Values
from logdiag.results.code import CodeTimer


@dataclass(frozen=True, slots=True)
class Survey:
    """An application opened for questions: its files, names, values, calls and sides."""

    application: Application
    values: Values
    graph: CallGraph
    sides: Sides

    def start_anew(self) -> Survey:
        """A survey of the same trees that nobody has asked anything yet."""
        return _survey(self.application.start_anew())


def open_survey(paths: tuple[str, ...]) -> Survey:
    """Read the trees. Raises InputError where the extra is missing, a path is none, or nothing there is source."""
    require_grammars()
    return _survey(Application(read_trees(paths)))


def _survey(application: Application) -> Survey:
    names = Names(application)
    return Survey(application, Values(names), CallGraph(names), Sides(application.tree))


def find_timers(survey: Survey) -> list[tuple[CodeTimer, FoundTimer]]:
    """All timers of the application, unranked, each with where it stands."""
    application = survey.application
    files = [file for file in application.tree.sources if holds_any(file.data, OF_INTEREST) and not is_test(file.way)]
    application.load(files)
    paths = {file.path for file in files}
    finder = Timers(survey.values)
    modules = [module for module in application.modules if module.file.path in paths]
    found = [timer for module in modules for timer in finder.find(module)]
    return [(_describe(survey, timer), timer) for timer in found]


def _describe(survey: Survey, found: FoundTimer) -> CodeTimer:
    reaches = [reach for run in found.callbacks if (reach := survey.graph.find_reach(run)) is not None]
    reach = min(reaches, key=lambda reach: reach.has_guess, default=None)
    around = found.module.function_at(found.node)
    return CodeTimer(
        seconds=found.seconds,
        kind=found.kind,
        function=around.label if around is not None else found.module.file.name,
        expression=found.expression,
        side=survey.sides.of(found.module.file),
        reaches_socket=reach is not None,
        matches_pattern=None,
        rank=None,
        file=found.module.file.path,
        line=found.line,
        does=None if reach is None else reach.does,
        way=() if reach is None else reach.way,
        is_guess=found.is_guess,
    )
