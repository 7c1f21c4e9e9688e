"""Which files of a folder are known to be written by the process that tells of its connections.

A folder is one process where winston writes a file for each of its services. Elsewhere people put side by side what
several programs wrote: the server, its database, a queue's workers, a proxy. Only of a file that is known to be of the
same process do lines show that it ran on; the lines of another program prove nothing of it, in either direction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from logdiag.deferred import compile_later

LEAST_LINES: Final = 3  # a choice: one line of such words may quote another program
# PostgreSQL, Redis, MySQL, RQ, Celery, RabbitMQ, as their sources word it: they hold no socket of a client's.
PRODUCTS: Final = compile_later(
    r"(?i)checkpoint (?:starting|complete): |duration: \S+ ms +(?:statement|execute|parse|bind)\b"
    r"|could not (?:receive|send) data (?:from|to) client|automatic (?:vacuum|analyze) of table"
    r"|background (?:saving|append only file rewriting) (?:started|terminated)|DB saved on disk"
    r"|changes in \S+ seconds\. saving|innodb: |mysqld: ready for connections"
    r"|\bjob ok \(|\btask \S+ (?:received|succeeded in|raised unexpected)|(?:accepting|closing) AMQP connection"
)


@dataclass(slots=True)
class WrittenFile:
    """A log file: the folder label of its process, its name without number and ending, how its lines are laid out.

    `is_captured`: a container's runtime wrote it, of one program each. `is_copy`: a by-product, as `X-error.log`.
    `tells`: its lines tell of connections. `loggers` are the services that its lines name, `writers` the processes.
    `products_count`: how many of its lines only a database, a queue or a proxy writes.
    """

    path: str
    source: str
    service: str
    form: str
    is_captured: bool = False
    is_copy: bool = False
    tells: bool = False
    loggers: set[str] = field(default_factory=set)
    writers: set[str] = field(default_factory=set)
    lines_count: int = 0
    products_count: int = 0

    def note(self, wording: str, logger: str | None) -> None:
        """Take in what one of its lines says, and which service it names."""
        self.lines_count += 1
        self.products_count += PRODUCTS.search(wording) is not None
        if logger is not None:
            self.loggers.add(logger)

    @property
    def is_of_service(self) -> bool:
        """Whether it is named after the one service that writes it."""
        return self.loggers == {self.service}

    @property
    def is_of_product(self) -> bool:
        """Whether a database, a queue or a proxy writes it, by its words."""
        return self.products_count >= min(LEAST_LINES, max(1, self.lines_count))


class Kinship(NamedTuple):
    """The files that other programs wrote, and those that may be of the process of their folder or not, by path."""

    apart: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()


def find_kinship(files: Iterable[WrittenFile]) -> Kinship:
    """Tell which files are not known to be of the process that tells of the connections of their folder.

    By its words it is another program's, or by a container's runtime, or as its lines name another process; else it may
    be. One file a service, each named after the one that writes it, is how one process writes; so are lines that name
    the same process. A log of requests in a form of its own may be the server's or a proxy's: it leaves both open.
    """
    folders: dict[str, list[WrittenFile]] = defaultdict(list)
    for file in files:
        folders[file.source].append(file)
    apart: set[str] = set()
    doubtful: set[str] = set()
    for members in folders.values():
        tellers = [file for file in members if file.tells]
        names = {file.service for file in tellers}
        for file in members if tellers else ():
            if file.service in names or not file.lines_count or _is_known(file, tellers):
                continue
            (doubtful if _may_be(file, tellers) else apart).add(file.path)
    return Kinship(frozenset(apart), frozenset(doubtful))


def _is_known(file: WrittenFile, tellers: Sequence[WrittenFile]) -> bool:
    """Whether a file is of the same process as one of those that tell of connections."""
    if any(file.writers & teller.writers for teller in tellers):
        return True
    alike = [teller for teller in tellers if teller.form == file.form]
    if not alike or file.is_of_product or file.is_captured:
        return False
    return file.is_copy or (file.is_of_service and any(teller.is_of_service for teller in alike))


def _may_be(file: WrittenFile, tellers: Sequence[WrittenFile]) -> bool:
    """Whether it may be of their process."""
    if file.is_of_product or file.is_captured:
        return False
    return any(not (teller.writers and file.writers) for teller in tellers)
