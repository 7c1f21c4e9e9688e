"""Whole logs of databases, queues and shells: the connections of their clients are none of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from logdiag.events import BOUNDS
from logdiag.parsers.forms.forms import find_layouts
from logdiag.parsers.rule_files import load_rules
from logdiag.reading import find_log_files, read_lines
from logdiag.scanning.lines import scan_lines

# As the programs write them; `{n}` counts.
LINES: Final = {
    "redis": (
        "1:M 05 Oct 2026 10:00:{n}.000 - Accepted 10.0.0.5:400{n}",
        "1:M 05 Oct 2026 10:00:{n}.100 - Client closed connection id={n} addr=10.0.0.5:400{n} laddr=10.0.0.2:6379",
        "1:M 05 Oct 2026 10:00:{n}.200 . 0 clients connected (0 replicas), 1048576 bytes in use",
        "1:S 05 Oct 2026 10:00:{n}.300 # Connection with master lost.",
    ),
    "postgres": (
        "2026-10-05 10:00:{n}.123 UTC [10{n}] LOG:  connection received: host=10.0.0.5 port=400{n}",
        "2026-10-05 10:00:{n}.423 UTC [10{n}] app@o LOG:  connection authorized: user=app database=o",
        "2026-10-05 10:00:{n}.623 UTC [10{n}] app@o LOG:  disconnection: session time: 0:00:00.777 user=app",
    ),
    "mysql": (
        "2026-10-05T10:00:{n}.123456Z {n} [Note] [MY-010914] [Server] Aborted connection {n} to db: 'o' user: 'app'",
        "2026-10-05T10:00:{n}.423456Z {n} [Warning] Aborted connection {n} to db: 'o' (Got timeout reading)",
    ),
    "pgbouncer": (
        "2026-10-05 10:00:{n}.123 UTC [77] LOG C-0x55d0{n}: o/app@10.0.0.5:400{n} login attempt: db=o user=app",
        "2026-10-05 10:00:{n}.523 UTC [77] LOG C-0x55d0{n}: o/app@10.0.0.5:400{n} closing because: client close",
    ),
    "haproxy": (
        "Oct 05 10:00:{n} haproxy[9]: 10.0.0.5:4 [05/Oct/2026:10:00:{n}.123] db mysql/d1 1/0/1203 45 -- 1/1/1/1/0 0/0",
        "Oct 05 10:00:{n} haproxy[9]: 10.0.0.5:4 [05/Oct/2026:10:00:{n}.123] in redis/r1 1/0/1203 45 cD 1/1/1/1/0 0/0",
    ),
    "sshd": (
        "Oct 05 10:00:{n} host sshd[10{n}]: Accepted publickey for deploy from 10.0.0.5 port 400{n} ssh2: RSA SHA256:a",
        "Oct 05 10:00:{n} host sshd[10{n}]: Disconnected from user deploy 10.0.0.5 port 400{n}",
        "Oct 05 10:00:{n} host sshd[10{n}]: Connection closed by authenticating user root 10.0.0.9 port 4 [preauth]",
    ),
    "mail": (
        "Oct 05 10:00:{n} mail postfix/smtpd[10{n}]: connect from unknown[10.0.0.5]",
        "Oct 05 10:00:{n} mail postfix/smtpd[10{n}]: lost connection after CONNECT from unknown[10.0.0.5]",
        "Oct 05 10:00:{n} mail dovecot: imap(anna)<10{n}><abc>: Disconnected: Logged out in=123 out=456",
    ),
    "rabbit": (
        "2026-10-05 10:00:{n}.123456+00:00 [info] <0.1{n}.0> accepting AMQP connection <0.1{n}.0> (10.0.0.5:4 -> x:56)",
        "2026-10-05 10:00:{n}.523456+00:00 [info] <0.1{n}.0> closing AMQP connection <0.1{n}.0> (10.0.0.5:4 -> x:56)",
    ),
    "zookeeper": (
        "2026-10-05 10:00:{n},123 - INFO  [F:NIOServerCnxnFactory@2] - Accepted socket connection from /10.0.0.5:4{n}",
        "2026-10-05 10:00:{n},223 - INFO  [F:NIOServerCnxn@1] - Closed socket connection for client /10.0.0.5:4{n} w",
    ),
    "mountd": (
        'Oct 05 10:00:{n} host rpc.mountd[700]: v4.2 client attached: 0x1a0{n} from "10.0.0.5:900"',
        'Oct 05 10:00:{n} host rpc.mountd[700]: v4.2 client detached: 0x1a0{n} from "10.0.0.5:900"',
    ),
}


@pytest.mark.parametrize("file", ["app.log", "{program}.log"])
@pytest.mark.parametrize("program", LINES)
def test_connections_of_other_programs_are_none_of_ours(program: str, file: str, tmp_path: Path) -> None:
    """By what they say, whatever their file is called."""
    rows = [line.format(n=n) for n in range(10, 30) for line in LINES[program]]
    (tmp_path / file.format(program=program)).write_text("\n".join(rows) + "\n", encoding="utf-8")
    ((one, layout),) = find_layouts(find_log_files([str(tmp_path)]).files).items()
    scan = scan_lines(one, read_lines(one), load_rules(), layout)
    assert scan.records_seen
    assert [(event.kind, event.message) for event in scan.events if event.kind in BOUNDS] == []
