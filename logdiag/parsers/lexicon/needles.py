"""What a raw line must contain, if the lexicon shall have something to say about it: few and selective expressions.

They hold for Hyperscan and for `re` alike (bytes, whatever the case), and say more than words do: `socket` alone stands
in every other line, a socket that closes does not. Beyond ASCII case counts: such words lack their first letter.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import count
from typing import Final, NamedTuple

from logdiag.parsers.lexicon.feeds import STATES
from logdiag.parsers.lexicon.sends import SENDING
from logdiag.parsers.searches import GAP, PLAIN_QUESTIONS, Chain

_SAME: Final = GAP.decode()  # within one text of the record, however far: Hyperscan compiles a number ten times as long
_LINK: Final = r"(?:socket[ .:(#\]]|socketmanager|signalr|ws[ :#\[\]>])"  # not a service's name: socket-client
_WHO: Final = r"(?:user|client|player|worker|agent|member|device|driver|peer|participant|visitor|socket)"
_SERVER: Final = r"(?:server|master|hub|gateway|backend|coordinator)"
_CANNOT: Final = ("cannot", "can't", "could not", "couldn't", "unable to", "failed to", "attempted to", "tried to")
_SEND: Final = ("send", "emit", "push", "publish", "deliver", "sync", "report", "broadcast", "upload")
_STALE: Final = r"(?:stale|inactive|idle|duplicate|zombie|old|dead|unresponsive|expired|previous|existing)"
_ENDS: Final = (
    r"(?:clos(?:ed|es|e(?:[^a-z]|$))|lost|error|opened|open(?:[^a-z]|$)|fail|rejected|denied|unavailable"
    r"|timeout|timed out|terminated|dropped|gone|broken)"
)
_UP: Final = r"(?:initiali|initiated|ready|started|running|unauthori)"
_COME_OR_GO: Final = r"[^a-z\n](?:joined|offline|online|leaving|left|started)(?:[^a-z]|$)"
_TIMEOUT: Final = r"timeout[^a-z\n\"]{1,5}[0-9]"
_COMERS: Final = ("user", "client", "player", "worker", "agent", "member", "device", "driver", "peer", "participant")
_LINKS: Final = ("socket", "ws", "signalr")
_SERVERS: Final = ("server", "master", "hub", "gateway", "backend", "coordinator")
_HELPLESS: Final = ("cannot", "can't", "could", "unable to", "failed to", "attempted to", "tried to")
_ANNOUNCING: Final = (*SENDING, "reporting", "relaying", "syncing")
_SENDING: Final = tuple(f"{before}{verb}" for verb in _ANNOUNCING for before in ('"', "] "))
# What becomes of a push that has a name (`deliveries`).
_FATES: Final = (
    "giving up", "gave up", "given up", "dropping", "dropped", "discard", "abandon", "delivered", "undeliverable",
    "delivery failed", "not sent", "never sent", " acked", "acknowledg", "unconfirmed", " confirmed", "ack timeout",
    "ack timed", "no ack", "without ack", "ack received", "waiting for ack", "waiting for an ack",
    "waiting for the ack", "operation has timed out", "waiting for confirmation", "waiting for reply",
    "waiting for response", "handed ", " lost", " perdu", "aucun accus", "did not ack", "didn't ack", "descartad",
    "perdid", "no entregad", "entregue", "sin confirm",
    "sin acuse", "sem confirm", "no confirmad", "confirmad", "non livr", "sans accus", "sans acquit", "sans confirm",
    "acquitt", "verworfen", "verloren", "zugestellt", "nicht gesendet", "aufgegeben", "bestätigt", "bestatigt",
    "bestätigung", "fehlgeschlagen", "scartat", "consegnat", "confermat", "senza conferma", "teslim edil", "onaylan",
    "odrzucon", "utracon", "dostarczon", "potwierdz", "verworpen", "bezorgd", "bevestigd", "тброшен", "отерян",
    "оставлен", "тправлен", "одтвержден", "тправк", "тправля", "丢弃", "丢失", "放弃", "送达", "投递失败", "上报失败",
    "上传失败", "同步失败", "未确认", "已确认", "未收到", "回执", "应答", "确认超时", "破棄", "失われ", "未達",
    "届きません", "確認", "送信失敗", "送信完了", "폐기", "유실", "미확인", "확인됨", "已推送", "已上报", "已上传",
    "已发送", "上传成功", "上传完成", "上报成功", "上报完成", "推送成功", "推送完成", "发送成功", "发送完成",
    "推送超时", "上报超时", "上传超时", "发送超时", "开始上传", "开始发送", "开始推送", "开始上报", "正在上传",
    "正在推送", "正在上报",
)  # fmt: skip
# What other languages have words for in any order (`tongues`), beside those for a connection.
_ELSEWHERE: Final = (
    "sessão ", "sessao ", "sesión ", "sitzung ", "sessione ", "сесси", "sesja ", "oturum ",
    "ligação", "ligações", "ligacao", "ligou-se", "ligado ao", "ligada ao", "ligar ", "nova tentativa",
    "servidor", "expuls", "autenticaç", "autenticac", "conecto", "conectó", "conectar", "conecta", "serveur",
    "liaison", "authentifi", "server gestartet", "server wird", "server lauscht", "gestartet", "lauscht",
    "abgelehnt", "verweigert", "trenne ", "zwangs", "getrennt", "verbinden", "collegament", "collegato",
    "espuls", "del server", "al server", "server avviato", "server in ascolto", "connett", "serwer", "klient",
    "połącz", "polacz", "łączeni", "rozłącz", "rozlacz", "odrzuc", "sunucu", "istemci", "stemci",
    "gönderilemedi", "kullanıcı", "ервер", "связ", "лиент", "ользовател", "отправить", "тправ", "оединит",
    "коннект", "サーバ", "送信", "クライアント", "ソケット", "セッション", "端末", "通信が", "再接続", "서버",
    "클라이언트", "사용자", "세션", "전송", "재연결", "소켓", "握手", "服务器", "服务端", "服务启动",
    "正在停止",
)  # fmt: skip
_NO_TOKEN: Final = ("unauthori", "authentication", "unauthenticated", "invalid token")


class Expression(NamedTuple):
    """What a line of interest matches; `rough` is an expression for the end of each match that is found faster.

    `choices`: all that it matches, where that is a number of texts, each as an expression.
    """

    exact: bytes
    rough: bytes | None = None
    choices: tuple[bytes, ...] = ()


class Needle(NamedTuple):
    """An expression, and the texts of which each match begins with one: to look for them first is quick.

    `end`: that part of it, if there is one, which few lines match though what stands before it is left out. `wholes`:
    all that it matches, if that is a number of texts.
    """

    texts: tuple[str, ...]
    expression: str = ""
    end: str = ""
    wholes: tuple[str, ...] = ()

    @property
    def pattern(self) -> Expression:
        """For Hyperscan: the expression; without one, any of the texts."""
        choices = self.wholes if self.expression else self.texts
        exact = self.expression or "|".join(map(re.escape, self.texts))
        texts = tuple(re.escape(text).encode() for text in choices)
        return Expression(exact.encode(), self.end.encode() or None, texts)


_ROWS: Final = (
    Needle(("connect",), r"connect(?:ed|ing|ions?|s)?(?:[^a-z0-9_]|_[eft]|_clos|_lost|_open|_drop|_re[fs]|$)"),
    Needle(("reconnect", "se connecter", "verbinden", "connettersi", "conex", "conectad", "conectou", "conectand")),
    Needle(("reconectar", "reconectando")),
    Needle(("connexion", "conness", "verbunden", "verbindung", "getrennt")),
    Needle(("bağlan", "baglan", "ayrıldı", "ayrildi", "kesildi", "koptu", "çıkış yaptı")),
    Needle(("одключ", "тключ", "оединен")),
    Needle(
        ("连接", "断开", "断线", "掉线", "上线", "下线", "离线", "重连", "断连", "心跳", "踢", "顶号", "接入", "挤下线")
    ),
    Needle(
        (
            "链接成功",
            "已链接",
            "断开链接",
            "链接断开",
            "链接已",
            "链接关闭",
            "链接失败",
            "链接错误",
            "链接异常",
            "链接超时",
        )
    ),
    Needle(("接続", "切断", "コネクション", "연결", "접속", "커넥션")),
    Needle(("ołączon", "ołączeni", "ozłączon", "verbonden", "verbroken", "verbinding", "conectat", "ідключ")),
    Needle(
        (
            "ulandi",
            "uzildi",
            "ulanish xatosi",
            "anslut",
            "anslöt",
            "frånkoppl",
            "关闭了链接",
            "关闭了连接",
            "断开了链接",
            "eio open",
        )
    ),
    Needle(("kết nối", "ket noi", "terhubung", "terputus", "tersambung", "koneksi", "menghubungkan", "menyambung")),
    Needle(('"open"', '"close"', '"opened"', '"closed"', "onopen", "onclose")),  # by a logger called after its socket
    Needle(("disconected", "disconnceted", "disconneted", "disconncted", "disonnected", "discconected")),
    Needle(("closed (cl", "closed (so", "closed (sid", "closed (conn", "close (cl"), r"closed? \([a-z_]+="),
    Needle(("connected",), r"connected[a-z0-9_-]{16}aa[a-z0-9_-]{2}(?:[^a-z0-9_-]|$)"),
    Needle(("加入房间", "监听", "运行", "间隔", "每隔", "未捕获", "初始化", "启动")),
    Needle(("发送", "推送"), rf"(?:发送|推送){_SAME}失败"),
    Needle(_LINKS, rf"{_LINK}{_SAME}(?:{_ENDS}|{_UP})"),
    Needle(("socketio ",), rf"socketio {_SAME}{_UP}"),  # as Flask names its extension
    Needle(_ELSEWHERE),
    Needle(
        ("close=", "close_code=", "closecode=", "close-code=", "close_status="), r"close[a-z_-]{0,8}=\"?[14][0-9]{3}"
    ),
    Needle((" online ", " offline "), r" (?:on|off)line (?:session|sid|conn|connection|socket|id|client)[=:_]"),
    Needle(("session opened", "session ended", "session closed"), rf"session (?:opened|ended|closed){_SAME}conn"),
    # Names of events.
    Needle(("socket_clos", "socket_open", "socket_lost", "socket_err", "socket_fail", "socket_time")),
    Needle(("ws_clos", "ws_open", "ws_lost", "ws_err", "ws_fail", "ws_time", "wsclose", "wsopen", "wserror")),
    Needle(('"event":"error"', '"event": "error"', '"type":"error"', '"type": "error"', '"eventName":"error"')),
    Needle(("socketclient",), r"socketclient[^a-z]{1,3}retry"),
    Needle(("scheduling a restart", "scheduling restart")),
    Needle(("session ",), r"session (?:(?:open|clos|establish)ed|(?:un|de)?registered|added|removed)"),
    Needle(("registered session", "removed session", "세션 등록", "세션 추가", "세션 제거", "세션 삭제", "세션 해제")),
    Needle(("conn ", "conn=", "conn#", "conn["), rf"conn[ =#\[]{_SAME}{_ENDS}"),
    Needle(("initiali",), rf"initiali[sz]ing{_SAME}socket"),
    Needle(
        _NO_TOKEN,
        r"(?:unauthori[sz]ed|authentication|unauthenticated|invalid token)"
        rf"{_SAME}(?:socket|client|user|agent|worker)",
    ),
    Needle(
        ("unauthori", "invalid token", "no token"),
        rf"(?:unauthori[sz]ed|invalid token|no token){_SAME}(?:device|terminal|sensor|kiosk|station|driver)",
    ),
    Needle(
        ("rejected ", "rejecting ", "denied ", "denying ", "refused ", "refusing "),
        rf"(?:re(?:ject|fus)|den[iy])(?:ed|ing) (?:un|banned){_SAME}(?:connection|client|user|socket|ip|device)",
    ),
    Needle(("erro", "fehler"), rf"(?:erro|error|fehler|errore){_SAME}socket"),
    Needle(_COMERS, rf"{_WHO}[ :#]{_SAME}{_COME_OR_GO}", _COME_OR_GO),
    Needle(
        ("online", "offline"), r"(?:on|off)line[ :,(\[]{1,3}(?:session|socket|conn(?:ection)?|sid|cid)(?:_?id)?[=: ]"
    ),
    Needle(("kick", "evict", "boot"), r"(?:kick|evict|boot)(?:ed|ing)[^a-z]"),
    Needle(
        ("close", "ended", "terminated"),
        r"(?:closed?|ended|terminated)[ :=(\[-]{1,3}(?:with |received |sent )?(?:code[ :=]{1,3})?"
        r"(?:10[01][0-9]|[34][0-9]{3})[^0-9a-z]",
    ),
    Needle(("forc",), r"forc(?:e|ed|ing|ibly)[ -](?:clos|logout|logged)"),
    Needle(
        ("terminat", "clos", "remov", "dropp"), rf"(?:terminat|clos|remov|dropp)(?:ing|ed) (?:[a-z0-9]+ )?{_STALE} "
    ),
    Needle(("already ",), rf"already {_WHO}"),
    Needle(("unauthorized", "timeout", "expired"), r"(?:unauthorized|timeout|expired), (?:clos|terminat)ing"),
    Needle(_SERVERS, rf"{_SERVER}{_SAME}(?:listening|started|running|initiali|ready)"),
    Needle(
        ("starting ",),
        rf"starting (?:[a-z0-9_.-]+ )?(?:[a-z0-9_.-]+ )?{_SERVER}(?:[^a-z0-9_ -]|$| on | at | with | v?[0-9])",
    ),
    Needle(("listening on ", "listening at ", "escuchando", "rodando na porta", "en écoute", "lauscht", "in ascolto")),
    Needle(("dinleniyor", "запущен", "superseded")),
    Needle(_FATES),
    Needle(
        ("sent", "pushed", "delivered", "shipped", "uploaded", "published", "transmitted", "emitted"),
        r"[0-9a-f][^a-z0-9]{1,2}(?:was |has been )?(?:sent|pushed|delivered|shipped|uploaded|published|transmitted"
        r"|emitted)(?:[^a-z]|$)",
    ),
    Needle(
        ("push", "send", "upload", "report", "deliver", "publish", "shipment", "sync", "batch", "message ", "record "),
        r"(?:push|send|upload|report|deliver|publish|shipment|sync|batch|message |record )"
        rf"{_SAME}(?:failed|timed out|timeout)",
    ),
    Needle(_SENDING),  # at the beginning of a text
    Needle(SENDING, rf"(?:{'|'.join(SENDING)}){_SAME}(?:(?:bytes|size)=[0-9]{{3}}|[0-9]{{3}} bytes)"),
    Needle(
        _HELPLESS,
        rf"(?:{'|'.join(_CANNOT)}) (?:{'|'.join(_SEND)})",
        wholes=tuple(f"{cannot} {send}" for cannot in _CANNOT for send in _SEND),
    ),
    Needle(
        (" to ",),
        rf" to (?:the )?{_SERVER}",
        wholes=tuple(f" to {the}{server}" for the in ("", "the ") for server in _SERVERS),
    ),
    Needle(("established",), r"established\"? {0,2}[^\n]{0,80}wss?://"),
    Needle((" joined ", "agent started", "worker started", "client started")),
    Needle((" boot ", " booted", " booting", " up on :", " up on port", " up on http")),
    Needle(("heartbeat ",), r"heartbeat (?:message )?(?:sent|emitted|to )"),
    Needle(("send", "sent", "emit"), r"(?:sending|sent|send|emitting|emitted) (?:[a-z]+ )?heartbeat"),
    Needle(("session id unknown", "unsupported protocol", "invalid session", "bad handshake", "transport unknown")),
    Needle(("unsupported version of", "not an accepted origin", "maxhttpbuffersize")),
    Needle(("packet queue is empty", "pong response has not", "no pong received", "client is gone", "no close frame")),
    Needle(("keepalive ping timeout", "transport close", "transport error", "ping timeout", "parse error")),
    Needle(("namespace disconnect", "forced close", "forced server close")),
    Needle(
        ("interval", "every", "each", "period", "cada", "alle", "ogni"),
        r"(?:interval|every|each|period|intervalle|cada|alle|ogni)[^a-z\n\"]{1,6}(?:in )?[0-9]",
    ),
    Needle(STATES),
    Needle(
        ("monitor", "watchdog", "checker"),
        rf"(?:monitor|watchdog|checker){_SAME}{_TIMEOUT}",
        _TIMEOUT,
    ),
)

_QUESTIONS: Final = count()  # before a pattern of all texts pays
NEEDLES: Final = tuple(row.pattern for row in _ROWS)

# What a message that the lexicon takes for a connect mostly contains one of.
OPENING_WORDS: Final = (
    "onnected", "CONNECTED", "onnection", "onnect ", "onectad", "onnecté", "erbunden", "连接", "上线",
    "接続", "연결", "kết nối", "terhubung",
)  # fmt: skip


@cache
def _compile_texts() -> re.Pattern[bytes]:
    """Any of the texts, wherever one begins: the longest of those that begin there."""
    return re.compile(b"(?=(" + _join({text.encode() for row in _ROWS for text in row.texts}) + b"))")


def _join(texts: set[bytes]) -> bytes:
    """A pattern for the longest of the texts, as a tree of their common beginnings: faster than a flat choice."""
    rests: dict[bytes, set[bytes]] = {}
    for text in texts - {b""}:
        rests.setdefault(text[:1], set()).add(text[1:])
    if not rests:
        return b""
    branches = b"(?:" + b"|".join(re.escape(head) + _join(rests[head]) for head in sorted(rests)) + b")"
    return branches + b"?" if b"" in texts else branches


@cache
def _list_chains(text: bytes) -> tuple[Chain, ...]:
    """What can begin with a text: the expressions of all rows that have it, or a beginning of it."""
    return tuple(_compile_chain(row) for row, texts in _list_rows() if text.startswith(texts))


@cache
def _list_rows() -> tuple[tuple[Needle, tuple[bytes, ...]], ...]:
    """Each row, and its texts as they stand in raw lines."""
    return tuple((row, tuple(text.encode() for text in row.texts)) for row in _ROWS)


@cache
def _compile_chain(row: Needle) -> Chain:
    return Chain(row.pattern.exact)


def may_understand(raw: bytes) -> bool:
    """Whether the lexicon may have something to say about a raw line: for few lines, as Hyperscan compiles long."""
    return ask_rows(raw.lower()) if next(_QUESTIONS) < PLAIN_QUESTIONS else ask_texts(raw.lower())


def ask_rows(lowered: bytes) -> bool:
    """Row by row: nothing is compiled but the expressions of rows that have a text in the line."""
    return any(
        any(map(lowered.__contains__, texts)) and _compile_chain(row).search(lowered, 0, len(lowered)) is not None
        for row, texts in _list_rows()
    )


def ask_texts(lowered: bytes) -> bool:
    """The same by one pattern of all texts, which takes long to compile and a tenth of the time for each line."""
    tried: set[Chain] = set()
    for found in _compile_texts().finditer(lowered):
        for chain in _list_chains(found[1]):
            if chain not in tried and chain.search(lowered, 0, len(lowered)) is not None:  # it may begin before a text
                return True
            tried.add(chain)
    return False
