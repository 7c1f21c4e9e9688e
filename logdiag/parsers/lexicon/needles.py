"""What a raw line must contain, if the lexicon shall have something to say about it: few and selective expressions.

They hold for Hyperscan and for `re` alike (bytes, whatever the case), and say more than words do: `socket` alone stands
in every other line, a socket that closes does not. Beyond ASCII case counts: such words lack their first letter.
"""

from __future__ import annotations

from typing import Final

_SAME: Final = r'[^\n"]'  # within one text of the record
_LINK: Final = r"(?:socket|[^a-z]ws[^a-z]|socket\.io|engine\.io|signalr)"
_WHO: Final = r"(?:user|client|player|worker|agent|member|device|driver|peer|participant|visitor|socket)"
_STALE: Final = r"(?:stale|inactive|idle|duplicate|zombie|old|dead|unresponsive|expired|previous|existing)"
_SEND: Final = r"(?:send|sent|emit|push|sync|publish|deliver|report|upload)"
_SERVER: Final = r"(?:server|master|hub|gateway|backend|coordinator)"

_ENDS: Final = (
    r"(?:clos(?:ed|es)|lost|error|open(?:ed)?[^a-z]|fail|rejected|denied|unavailable|timeout|timed out|terminated"
    r"|dropped)"
)
_CANNOT: Final = r"(?:cannot|can't|could not|couldn't|unable to|failed to|attempted to|tried to)"

_EXPRESSIONS: Final = (
    r"connect(?:ed|ing|ions?|s)?(?:[^a-z0-9_]|_[eft]|$)",
    r"未捕获|初始化|reconect|se connecter|verbinden|connettersi",
    r"conex|conectad|conectou|conectand|connexion|conness|verbunden|verbindung|getrennt",
    r"bağlan|baglan|ayrıldı|ayrildi|kesildi|koptu|çıkış yaptı",
    r"одключ|тключ|оединен",
    r"连接|断开|断线|掉线|上线|下线|离线|重连|断连|心跳|踢|顶号|加入房间|监听|间隔|每隔|接入|挤下线|退出登录",
    r"(?:服务|主控|网关|master|server) ?(?:器|端)?.{0,12}启动|发送.{0,24}失败|推送.{0,24}失败",
    rf"{_LINK}{_SAME}{{0,40}}{_ENDS}",
    rf"{_LINK}{_SAME}{{0,30}}(?:initiali|initiated|ready|started|running|unauthori)|initiali[sz]ing{_SAME}{{0,20}}socket",
    r"(?:unauthori[sz]ed|authentication|unauthenticated|invalid token)[^\n\"]{0,30}(?:socket|client|user|agent|worker)",
    r"(?:erro|error|fehler|errore)[^\n\"]{1,12}socket",
    rf"{_WHO}{_SAME}{{0,50}}[^a-z](?:joined|offline|online|leaving|left)(?:[^a-z]|$)",
    r"(?:kick|evict|boot)(?:ed|ing)[^a-z]|forc(?:e|ed|ing|ibly)[ -](?:clos|logout|logged)",
    rf"(?:terminat|clos|remov|dropp)(?:ing|ed) (?:[a-z0-9]+ )?{_STALE} |already {_WHO}|superseded",
    r"(?:unauthorized|timeout|expired), (?:clos|terminat)ing",
    rf"{_SERVER}{_SAME}{{0,40}}(?:listening|started|running|initiali|ready)|listening (?:on|at) ",
    r"escuchando|rodando na porta|en écoute|lauscht|in ascolto|dinleniyor|запущен",
    r"(?:agent|worker|client)[^\n\"]{0,20} started",
    rf"{_CANNOT} (?:send|emit|push|publish|deliver|sync|report|broadcast|upload)",
    rf"{_SEND}[a-z]*{_SAME}{{1,40}}(?:to (?:the )?{_SERVER})",
    r"heartbeat|keepalive sent",
    r"session id unknown|unsupported protocol|invalid session|bad handshake|transport unknown|unsupported version of",
    r"not an accepted origin|maxhttpbuffersize",
    r"packet queue is empty|pong response has not|no pong received|client is gone",
    r"no close frame|keepalive ping timeout",
    r"transport (?:closed?|error)|ping timeout|parse error|namespace disconnect|forced (?:server )?close",
    r"(?:interval|every|each|period|intervalle|cada|alle|ogni)[^a-z\n\"]{1,6}(?:in )?[0-9]",
    r"(?:monitor|watchdog|checker)[^\n\"]{0,40}timeout[^a-z\n\"]{1,5}[0-9]",
    r"max(?:imum)? reconnect|reconnects? (?:fail|attempt)",
)  # fmt: skip

NEEDLES: Final = tuple(expression.encode() for expression in _EXPRESSIONS)
