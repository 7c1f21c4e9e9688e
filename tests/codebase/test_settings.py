"""Settings in force: set ones, defaults by version, proxies, Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.codebase.settings import feed, find_settings
from logdiag.results.code import CodeSetting
from tests.codebase.made_trees import survey

SERVER = "const { Server } = require('socket.io');\nconst io = new Server(http, {});\n"


def settings_of(folder: Path, files: dict[str, str]) -> dict[str, CodeSetting]:
    """The settings of a tree by name."""
    return {row.name: row for row in find_settings(survey(folder, files))}


DEFAULTS = {
    # pingTimeout, pingInterval, maxHttpBufferSize; whether a run may see another pingTimeout
    "1.7.4": (60000.0, 25000.0, 1e8, False),
    "2.0.4": (60000.0, 25000.0, 1e8, False),
    "~2.3.0": (5000.0, 25000.0, 1e8, False),
    "2.5.0": (20000.0, 25000.0, 1e6, False),
    "^2.3.0": (20000.0, 25000.0, 1e6, True),
    "^3.1.2": (5000.0, 25000.0, 1e6, False),
    "^4.0.0": (20000.0, 25000.0, 1e6, False),
    "4.x": (20000.0, 25000.0, 1e6, False),
    ">=3": (20000.0, 25000.0, 1e6, True),
}


@pytest.mark.parametrize("version", DEFAULTS)
def test_defaults_are_those_of_the_version(tmp_path: Path, version: str) -> None:
    """60 s in 2.0, 5 s from 2.1 and in 3.x, 20 s from 2.5 and 4.0; 100 MB, 1 MB from 2.5; a range is a guess."""
    manifest = f'{{"dependencies": {{"socket.io": "{version}"}}}}'
    rows = settings_of(tmp_path, {"a.js": SERVER, "package.json": manifest})
    timeout, interval, limit = rows["pingTimeout"], rows["pingInterval"], rows["maxHttpBufferSize"]
    assert (timeout.value, interval.value, limit.value, timeout.is_guess) == DEFAULTS[version]
    assert feed(tuple(rows.values()), "pingTimeout") == (None if timeout.is_guess else timeout.value)
    assert timeout.default


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{"packages": {"node_modules/socket.io": {\n "version": "2.4.1"}}}'),
        ("package-lock.json", '{"dependencies": {"socket.io": {"version": "2.4.1"}, "socket.io-client": {}}}'),
        ("yarn.lock", 'socket.io-client@^2.3.0:\n  version "2.5.0"\n\nsocket.io@^2.3.0:\n  version "2.4.1"\n'),
        ("pnpm-lock.yaml", "packages:\n  /socket.io-client@2.5.0:\n    a: b\n  /socket.io@2.4.1:\n    a: b\n"),
    ],
)
def test_a_lock_file_settles_the_version(tmp_path: Path, name: str, text: str) -> None:
    """What is installed is what the lock holds, not the newest that the range allows."""
    manifest = '{"dependencies": {"socket.io": "^2.3.0"}}'
    row = settings_of(tmp_path, {"a.js": SERVER, "package.json": manifest, name: text})["pingTimeout"]
    assert (row.value, row.is_guess) == (5000.0, False)


def test_of_an_unknown_version_no_default_is_told(tmp_path: Path) -> None:
    """Without a manifest there is none to tell."""
    assert settings_of(tmp_path, {"a.js": SERVER}) == {}


def test_set_ones_are_no_defaults_and_foreign_ones_are_none(tmp_path: Path) -> None:
    """An option at its line; the same name in another library's options is no setting."""
    text = "const { Server } = require('socket.io');\nconst io = new Server(http, {\n  pingTimeout: 60 * 1000,\n});\n"
    other = "const pool = new Pool({ pingTimeout: 1, maxHttpBufferSize: 2 });\nconst a = { pingInterval: 3 };\n"
    rows = settings_of(tmp_path, {"a.js": text + other})
    assert [(row.name, row.value, row.line, row.default) for row in rows.values()] == [
        ("pingTimeout", 60000.0, 3, False)
    ]


MADE = {
    "const io = require('socket.io')(http, { pingTimeout: 7000 });": 7000.0,
    "const io = require('socket.io').listen(http, { pingTimeout: 7000 });": 7000.0,
    "const socketio = require('socket.io');\nconst io = socketio(http, { pingTimeout: 7000 });": 7000.0,
    "const socketio = require('socket.io');\nconst io = new socketio.Server(http, { pingTimeout: 7000 });": 7000.0,
    "import { Server as Hub } from 'socket.io';\nconst io = new Hub(http, { pingTimeout: 7000 });": 7000.0,
    "const io = require('socket.io')(http);\nio.set('heartbeat timeout', 7000);": 7000.0,
    "const io = require('socket.io')(http);": 5000.0,
}


@pytest.mark.parametrize("text", MADE)
def test_a_server_is_made_in_many_ways(tmp_path: Path, text: str) -> None:
    """Required and called at once, listening, by another name; set later in the old way; else the default holds."""
    manifest = '{"dependencies": {"socket.io": "~2.2.0"}}'
    found = find_settings(survey(tmp_path, {"a.js": text, "package.json": manifest}))
    assert [row.value for row in found if row.name == "pingTimeout"] == [MADE[text]]


PYTHON = {
    "python-socketio==4.6.1": (60.0, 1e8),
    "python-socketio==5.11.0": (20.0, 1e6),
    "python-socketio[client]>=5": (20.0, 1e6),
    "flask": (20.0, 1e6),
}


@pytest.mark.parametrize("requirement", PYTHON)
def test_python_socketio(tmp_path: Path, requirement: str) -> None:
    """Seconds, with the names and defaults of python-socketio; what is set is fed to the checks in milliseconds."""
    text = "import socketio\nsio = socketio.AsyncServer(\n    ping_interval=10,\n)\n"
    rows = settings_of(tmp_path, {"a.py": text, "requirements.txt": f"{requirement}\n"})
    assert (rows["ping_timeout"].value, rows["max_http_buffer_size"].value) == PYTHON[requirement]
    assert (rows["ping_interval"].value, rows["ping_interval"].line, rows["ping_interval"].default) == (10.0, 3, False)
    assert feed(tuple(rows.values()), "pingInterval") == 10000.0


PROXIES = {
    "nginx.conf": (
        (
            "server {\n  location / {\n    proxy_pass http://app;\n    proxy_read_timeout 30s;\n"
            "  # proxy_send_timeout 5s;\n  }\n}\n"
        ),
        [("nginx", "proxy_read_timeout", "30s", 4)],
    ),
    "haproxy.cfg": (
        "defaults\n  timeout client 25s\n  timeout server 26s\nbackend b\n  timeout tunnel 1h\n",
        [
            ("HAProxy", "timeout client", "25s", 2),
            ("HAProxy", "timeout server", "26s", 3),
            ("HAProxy", "timeout tunnel", "1h", 5),
        ],
    ),
    "Caddyfile": (
        (
            "example.com {\n  reverse_proxy app:3000 {\n    transport http {\n"
            "      read_timeout 30s\n    }\n    stream_timeout 24h\n  }\n}\n"
        ),
        [("Caddy", "read_timeout", "30s", 4), ("Caddy", "stream_timeout", "24h", 6)],
    ),
    "traefik.yml": (
        (
            "entryPoints:\n  web:\n    transport:\n"
            "      respondingTimeouts:\n        readTimeout: 60s\n        idleTimeout: 180s\n"
        ),
        [("Traefik", "readTimeout", "60s", 5), ("Traefik", "idleTimeout", "180s", 6)],
    ),
    "ingress.yaml": (
        'metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\n',
        [("ingress-nginx", "proxy-read-timeout", "3600", 3)],
    ),
    "compose.yml": ("services:\n  db:\n    readTimeout: 5s\n    timeout client: 3\n", []),
    "app.cfg": ("[server]\ntimeout server = 30\nread_timeout 5\n", []),
}


@pytest.mark.parametrize("name", PROXIES)
def test_timeouts_of_proxies(tmp_path: Path, name: str) -> None:
    """Each product's timeouts at their lines; what is commented out, or another program's, is none."""
    text, expected = PROXIES[name]
    found = find_settings(survey(tmp_path, {"a.js": "a;\n", name: text}))
    assert [(row.product, row.name, row.value, row.line) for row in found] == expected


@pytest.mark.parametrize(
    ("options", "is_guess"),
    [("{}", False), ("{ ...base }", False), ("{ ...given }", True), ("Object.assign(options, base)", True),
     ("options", True), ("http", False)],
)  # fmt: skip
def test_a_default_is_a_guess_where_options_are_not_all_told(tmp_path: Path, options: str, *, is_guess: bool) -> None:
    """What comes in from outside may set anything."""
    text = (
        "const { Server } = require('socket.io');\nconst base = { cors: 1 };\n"
        f"module.exports = (http, options, given) => new Server({options});\n"
    )
    found = survey(tmp_path, {"a.js": text, "package.json": '{"dependencies": {"socket.io": "4.7.0"}}'})
    rows = {row.name: row for row in find_settings(found)}
    assert (rows["pingTimeout"].value, rows["pingTimeout"].is_guess) == (20000.0, is_guess)


def test_options_that_a_server_is_given_when_it_listens(tmp_path: Path) -> None:
    """`io.listen(http, options)` and `io.attach(…)` set what a server made before lacks; another object's do not."""
    text = """
const SocketIO = require('socket.io').Server;
const TRANSPORTS = ['polling'];
function init(http) {
  const io = new SocketIO({ path: '/x', pingInterval: 9000 });
  const options = { transports: config.get('t') || TRANSPORTS, pingTimeout: 7000, pingInterval: 1 };
  io.listen(http, options);
  store.attach(http, { maxHttpBufferSize: 5 });
}
"""
    rows = settings_of(tmp_path, {"a.js": text})
    assert {name: (row.value, row.line, row.is_guess) for name, row in rows.items()} == {
        "pingInterval": (9000.0, 5, False),
        "pingTimeout": (7000.0, 6, False),
        "transports": ("['polling']", 6, True),
    }


def test_a_package_imported_by_its_parts_is_that_package(tmp_path: Path) -> None:
    """`import socketio.exceptions` binds `socketio` too; an alias binds the part alone."""
    text = "import socketio\nimport socketio.exceptions\nrelay = socketio.AsyncClient(reconnection=False)\n"
    rows = settings_of(tmp_path, {"a.py": text, "b.py": "import socketio.x as y\nz = y.AsyncClient(reconnection=3)\n"})
    assert (rows["reconnection"].value, rows["reconnection"].file.endswith("a.py")) == (False, True)


def test_a_proxy_of_the_examples_is_not_in_force(tmp_path: Path) -> None:
    """What lies among examples or tests configures nothing; the same file beside the application does."""
    proxy = "server { location / { proxy_pass http://app; proxy_read_timeout 61s; } }\n".replace("; ", ";\n")
    files = {"a.js": "let a;\n", "examples/nginx.conf": proxy}
    assert settings_of(tmp_path / "one", files) == {}
    assert settings_of(tmp_path / "two", {**files, "deploy/nginx.conf": proxy})["proxy_read_timeout"].value == "61s"


def test_what_a_run_may_overwrite_is_a_guess(tmp_path: Path) -> None:
    """Entries of an object that is filled by key at run time are guesses; those of one that is only read so are not."""
    values = """
const filled = { io: { pingTimeout: 7000 } };
const merged = { pingInterval: 8000 };
const fixed = { maxHttpBufferSize: 9000 };
for (const key in stored) { filled[key] = stored[key] || fixed[key]; }
Object.assign(merged, require('./local.json'));
const copy = Object.assign({}, fixed); fixed['name'] = 'x';
module.exports = { filled, merged, fixed };
"""
    text = """
const { Server } = require('socket.io');
const { filled, merged, fixed } = require('./values');
new Server(http, { pingTimeout: filled.io.pingTimeout, pingInterval: merged.pingInterval,
  maxHttpBufferSize: fixed.maxHttpBufferSize });
"""
    rows = settings_of(tmp_path, {"a.js": text, "values.js": values})
    assert {name: (row.value, row.is_guess) for name, row in rows.items()} == {
        "pingTimeout": (7000.0, True),
        "pingInterval": (8000.0, True),
        "maxHttpBufferSize": (9000.0, False),
    }


ASGI = "import socketio\nsio = socketio.AsyncServer(async_mode='asgi'{})\n"
LATER = {
    # the code, in which file and with which name, value and doubt the interval stands
    "a second number is what the server adds": (
        {"a.py": ASGI.format(", ping_interval=(25, 5)")}, ("a.py", 2, "ping_interval", 25.0, False),
    ),
    "its own server": (
        {"a.py": ASGI.format("") + "sio.eio.ping_interval = 10\n"}, ("a.py", 3, "ping_interval", 10.0, False),
    ),
    "a server of a framework": (
        {"a.py": "from nicegui import core\ncore.sio.eio.ping_interval = 4\n"},
        ("a.py", 2, "ping_interval", 4.0, False),
    ),
    "options of the engine": (
        {"a.js": SERVER + "io.engine.opts.pingInterval = 9e3;\n"}, ("a.js", 3, "pingInterval", 9000.0, False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LATER)
def test_options_may_be_set_once_the_server_is_made(tmp_path: Path, name: str) -> None:
    """Attributes of the engine, and the pair that python-engineio takes, are settings as any other."""
    files, expected = LATER[name]
    row = settings_of(tmp_path, files)[expected[2]]
    assert (row.file.rpartition("/")[2], row.line, row.name, row.value, row.is_guess) == expected
    assert not row.default


def test_a_default_that_another_module_may_overrule_is_a_guess(tmp_path: Path) -> None:
    """One module makes the server, another sets its interval: the default is not said to be in force."""
    files = {"a.py": ASGI.format(""), "b.py": "import socketio\nfrom a import sio\nsio.eio.ping_timeout = 7\n"}
    rows = [row for row in find_settings(survey(tmp_path, files)) if row.name == "ping_timeout"]
    assert [(row.value, row.default, row.is_guess) for row in rows] == [(20.0, True, True), (7.0, False, False)]
    assert feed(tuple(rows), "pingTimeout") is None


TAKEN = "const { Server } = require('socket.io');\nconst io = new Server(3000, { pingTimeout: %s });\n"
NESTED = '{\n "socket": {\n  "pingTimeout": 8000\n }\n}'
ELSEWHERE = {
    "a file that is required": ("const c = require('../conf/live');\n" + TAKEN % "c.socket.pingTimeout",
                                "conf/live.json", NESTED, 8000.0, False),
    "an import": ("import c from '../conf/live.json';\n" + TAKEN % "c.socket.pingTimeout",
                  "conf/live.json", NESTED, 8000.0, False),
    "the package config": ("const c = require('config');\n" + TAKEN % "c.get('socket.pingTimeout')",
                           "config/default.json", NESTED, 8000.0, True),
    "the environment": (TAKEN % "Number(process.env.PING_TIMEOUT)", ".env", "# ms\nPING_TIMEOUT=7000\n", 7000.0, True),
    "the environment before its fallback": (TAKEN % "parseInt(process.env.PING_TIMEOUT || '5000')", ".env",
                                            "export PING_TIMEOUT='7000' # ms\n", 7000.0, True),
    "an example is not in force": (TAKEN % "+process.env.PING_TIMEOUT || 5000", ".env.example", "PING_TIMEOUT=7000\n",
                                   5000.0, True),
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_values_are_followed_into_data_files(tmp_path: Path, name: str) -> None:
    """JSON that is required is as sure as code; `config` and `.env` may be overruled by a run, and are guesses."""
    code, way, text, value, is_guess = ELSEWHERE[name]
    tree = survey(tmp_path, {"src/a.js": code, way: text})
    row = next(row for row in find_settings(tree) if row.name == "pingTimeout" and not row.default)
    assert (row.value, row.is_guess) == (value, is_guess)
    assert len(tree.application.tree.sources) == 1, "data is no source"


def test_a_variable_of_python_has_its_fallback(tmp_path: Path) -> None:
    """`int(os.getenv("X", "60"))` is 60 seconds unless a run says otherwise."""
    text = "import os, socketio\nsio = socketio.Server(ping_timeout=int(os.getenv('PING_TIMEOUT', '60')))\n"
    row = settings_of(tmp_path, {"a.py": text})["ping_timeout"]
    assert (row.value, row.is_guess, row.default) == (60.0, True, False)
