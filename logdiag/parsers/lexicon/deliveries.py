"""What became of a message that has a number: `Giving up on batch 6058, dropped`, `LOT-7: operation has timed out`.

A link may stay up while nothing that goes over it is answered. Then such lines alone tell of the losses. Only of
what is named or whose delivery is spoken of: counters, caches, and packets of the network drop much that is no push.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from logdiag.deferred import compile_later
from logdiag.events import EventKind
from logdiag.parsers.lexicon.masking import mask_words
from logdiag.parsers.lexicon.vocabulary import FOREIGN, load_vocabulary
from logdiag.parsers.templates import TEMPLATES_CACHED, level_message

LONGEST_ERROR: Final = 200

# What networks, screens and shops have as well: such a thing is lost in many ways.
_AMBIGUOUS: Final = (
    "packet", "item", "frame", "update", "scan", "sample", "reading", "measurement", "segment", "image", "photo",
    "position", "delta", "command", "sync", "paquet", "paket", "pakket", "пакет", "пакета", "запись", "записи",
    "event",
)  # fmt: skip
# What is pushed, singly: by the words that stand before its number.
_ITEMS: Final = (
    *_AMBIGUOUS, "message", "msg", "batch", "record", "report", "upload", "lot", "snapshot", "payload", "telegram",
    "bundle", "notification", "push", "publish", "emit", "delivery", "shipment",
    "lote", "mensaje", "mensagem", "registro", "evento", "paquete", "pacote", "informe", "envio", "envío",
    "enregistrement", "envoi", "evenement", "événement", "nachricht", "datensatz", "meldung", "ereignis", "charge",
    "stapel", "sendung", "messaggio", "lotto", "pacchetto", "mesaj", "parti", "wiadomosc", "wiadomość", "paczka",
    "bericht", "сообщение", "сообщения", "событие", "партия", "пачка", "отчет", "отчёт",
)  # fmt: skip
_ITEMS_UNSPACED: Final = (
    "批次", "消息", "数据包", "数据", "记录", "事件", "快照", "报文", "画面", "上报", "推送", "上传", "バッチ",
    "メッセージ", "レコード", "イベント", "パケット", "スナップショット", "배치", "메시지", "이벤트", "패킷",
)  # fmt: skip
_ID: Final = (
    r"(?P<id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|(?:[A-Za-z]{1,12}[-_:#]?){0,2}\d[\w-]{0,40}(?:[:.]\d[\w-]*)?)"
)
_ITEM: Final = rf"(?:(?<![^\W\d_])(?:{'|'.join(_ITEMS)})(?:e?s|en|n|i)?(?![^\W\d_])|(?:{'|'.join(_ITEMS_UNSPACED)}))"
_NAMED: Final = compile_later(
    rf"(?i){_ITEM}[\s:=#№(\[\"'-]{{0,4}}(?:(?:id|no|nr|number|n[º°]|mit|num[eé]ro)[\s.:=#]{{1,3}})?{_ID}(?![\w%])"
)
_ANY_ITEM: Final = compile_later(rf"(?i){_ITEM}")
_MANY_THINGS: Final = compile_later(rf"(?i)\b(?:{'|'.join(_AMBIGUOUS)})\W{{0,4}}7(?!\w)")
# A name at the head of a line, before what became of it: `LOT-22211: operation has timed out`.
_HEADED: Final = compile_later(
    rf"(?i)\W{{0,3}}(?:[a-z]{{2,20}}[.:][a-z]{{2,20}} )?{_ID}(?P<rest>\W{{1,3}}(?!\d)[^\n]+)$"
)
ID_KEYS: Final = (
    "messageId", "message_id", "msgId", "msg_id", "batchId", "batch_id", "batch", "eventId", "event_id", "recordId",
    "record_id", "packetId", "packet_id", "seq",
)  # fmt: skip

# Nobody has it any more, and nobody will send it again.
_LOST: Final = compile_later(
    r"(?i)\b(?:giving up|gave up|given up|dropp(?:ed|ing)|discard(?:ed|ing)|abandon(?:ed|ing)|lost"
    r"|(?:not|never|un)[ -]?delivered|undeliverable|delivery failed|not sent|never sent"
    r"|descartad[oa]|perdid[oa]|perdeu-se|no entregad[oa]|nao entregue|não entregue|abandonad[oa]"
    r"|abandonn[ée]+|perdue?|non (?:livr|remis|transmis)\w*|jetée?"
    r"|verworfen|verloren|nicht zugestellt|nicht gesendet|aufgegeben"
    r"|scartat[oa]|pers[oa]|non consegnat[oa]|kayboldu|teslim edilemedi|atildi|atıldı|odrzucon[ao]|utracon[ao]"
    r"|niedostarczon[ao]|verworpen|niet bezorgd"
    r"|отброшен[ао]?|потерян[ао]?|не доставлен[ао]?|не отправлен[ао]?)(?!\w)"
    r"|丢弃|丢失|放弃|未送达|未能送达|投递失败|破棄|失われ|未達|届きません|폐기|유실"
)
# It was not answered, so far.
_UNANSWERED: Final = compile_later(
    r"(?i)\b(?:(?:no|without|missing|awaiting no) (?:an? )?ack(?:nowledge?ment)?s?|ack(?:nowledge?ment)? (?:has )?"
    r"(?:time[- ]?out|timed out|missing|lost|overdue|not received|never (?:came|received))"
    r"|(?:not|never|un)[ -]?(?:acked|acknowledged|confirmed)|(?:timed out|time-?out) (?:while )?(?:waiting|awaiting) "
    r"(?:for )?(?:an? |the |its )?(?:ack|acknowledge?ment|confirmation|answer|reply|receipt)"
    r"|did(?: not|n't) (?:ack|acknowledge|confirm|answer|reply|respond)|no (?:answer|reply|response)"
    r"|operation has timed out|sin (?:confirmaci[oó]n|acuse|ack|respuesta)|no confirmad[oa]"
    r"|sem (?:confirma[cç][aã]o|resposta)"
    r"|n[aã]o confirmad[oa]|(?:sans|aucun[e]?) (?:accus[ée]|acquittement|confirmation|r[ée]ponse)|non (?:acquitt"
    r"|confirm)[ée]\w*"
    r"|nicht best[aä]tigt|keine (?:best[aä]tigung|antwort)|unbest[aä]tigt|senza (?:conferma|risposta)"
    r"|non confermat[oa]|onaylanmad[iı]"
    r"|niepotwierdzon[ao]|brak potwierdzenia|niet bevestigd|не подтвержден[ао]?|нет (?:подтверждения|ответа)"
    r"|без (?:подтверждения|ответа))(?!\w)"
    r"|未确认|未被确认|未收到(?:确认|回执|应答|ack)|(?:没有|无)(?:确认|回执|应答|响应)|未响应|(?:确认|回执|应答"
    r"|ack)\s?超时"
    r"|(?:確認|応答|ack)(?:が|を)?(?:なし|ない|ありません|タイムアウト|受信できません)|応答がありません|미확인"
    r"|(?:확인 )?응답 없음"
)
_FAILED: Final = compile_later(
    r"(?i)\b(?:fail(?:ed|ure)?|timed out|time-?out|fall[oó]|fallid[oa]|falhou|[ée]chou[ée]e?|[ée]chec"
    r"|fehlgeschlagen|gescheitert|fallit[oa]|ba[sş]ar[iı]s[iı]z|nieudan[ey]|mislukt|не удал(?:ось|ась)"
    r"|тайм-?аут|ошибка)(?!\w)|失败|超时|失敗|タイムアウト|실패|시간 초과"
)
# Of what no noun calls a message, operators may not have acknowledged it: only what an emit alone does not get.
_NO_ANSWER: Final = compile_later(
    r"(?i)operation has timed out|\b(?:no|without|missing) (?:an? )?ack(?:nowledge?ment)?\b"
    r"|\back(?:nowledge?ment)? (?:time[- ]?out|timed out|not received|never received)"
    r"|(?:timed out|time-?out) (?:while )?(?:waiting|awaiting) (?:for )?(?:an? |the |its )?ack"
)
# Nobody tries any more.
_SPENT: Final = compile_later(
    r"(?i)\b(?:exhausted|max(?:imum)?(?: number of)? (?:retries|attempts)|(?:retries|attempts"
    r"|retry limit) (?:exceeded|reached"
    r"|used up)|too many (?:retries|attempts)|no more (?:retries|attempts)|agotad[oa]s?|[ée]puis[ée]e?s?|erschöpft)\b"
    r"|重试(?:次数)?(?:已)?(?:用尽|耗尽|达到|超过)|再試行(?:回数)?(?:超過|上限)"
)
# That something is sent: beside it what fails is a push.
_SENDING: Final = compile_later(
    r"(?i)(?:^|[\W\d_])(?:push|send|sent|emit|upload|deliver|report|publish|sync|ship|transmi|submit|relay"
    r"|e?conn(?:reset|refused)|etimedout|epipe"
    r"|envi[oóa]|subid[ao]|entreg|envoi|livrais|versand|sende|senden|gesendet|hochlad|upload|übertrag|ubertrag"
    r"|invi[oa]"
    r"|gönder|gonder|wysy|wyśl|verzend|отправ|достав|переда)"
    r"|推送|发送|上报|上传|投递|同步|送信|送達|アップロード|전송|업로드"
)
_ACKED: Final = compile_later(
    r"(?i)\b(?:acked|acknowledged|ack(?:nowledge?ment)? (?:received|ok)|confirmed|confirmad[oa]|confirm[ée]e?"
    r"|acquitt[ée]e?"
    r"|best[aä]tigt|confermat[oa]|onayland[iı]|potwierdzon[ao]|bevestigd|подтвержден[ао]?|подтверждён)(?!\w)"
    r"|已确认|已收到回执|已应答|確認済み|確認されました|확인됨"
)
_ACKED_BY: Final = compile_later(
    r"(?i)\b(?:acked$|(?:acked|acknowledged|confirmed) by (?:the )?(?:server|master|hub|gateway|backend|central)\b)"
)
_DONE: Final = compile_later(
    r"(?i)\b(?:sent|pushed|delivered|shipped|uploaded|published|transmitted|emitted|entregad[oa]|enviad[oa]"
    r"|entregue|livr[ée]e?|envoy[ée]e?|zugestellt|gesendet|hochgeladen|consegnat[oa]|inviat[oa]|teslim edildi"
    r"|доставлен[ао]?|отправлен[ао]?)(?: (?:ok|successfully|to (?:the )?(?:server|master|hub|\w+)))?(?=[\s.!,;()]*$"
    r"|[\s.,;(]{1,3}(?:in|after|with|\d))"
    r"|(?:发送|推送|上报|上传)(?:成功|完成)|已(?:发送|送达|推送|上报|上传)|送信(?:完了|成功|しました)"
)
_HANDED: Final = compile_later(
    r"(?i)\b(?:handed (?:over )?to|on its way to) (?:the )?(?:server|master|hub|gateway|backend|socket)\b"
)
_STARTED: Final = compile_later(
    r"(?i)\W{0,8}(?:\[[\w -]{1,20}\]\W{0,4})?(?:sending|emitting|pushing|publishing|uploading|transmitting|submitting"
    r"|shipping|delivering|reporting|relaying|syncing|enviando|subiendo|envoi (?:de|du)|sende\b|invio\b"
    r"|отправ(?:ка|ляем|ляю)|(?:开始|正在)?(?:发送|推送|上报|上传)(?!成功|失败|完成|超时))"
)
# Without a word of these no line tells what became of a push.
_DECIDING: Final = (_LOST, _UNANSWERED, _FAILED, _NO_ANSWER, _HANDED, _ACKED, _ACKED_BY, _DONE, _STARTED)
# What drops, discards and fails without any loss of a push: repeated and outdated things, and what nobody wanted; other
# parts of the program and of the system; what is planned or counted.
_NO_PUSH: Final = compile_later(
    r"(?i)\b(?:duplicates?|duplicated|dupe|stale|outdated|obsolete|expired|superseded|already|older"
    r"|out[- ]of[- ]order"
    r"|invalid|malformed|corrupt|unknown|unsupported|unrecogni[sz]ed|unexpected|filter(?:ed|s)?|ignor(?:ed|ing)"
    r"|unsubscribed|not subscribed|no (?:listeners?|subscribers?|handlers?)|sampled|debounced?|throttled?|coalesced"
    r"|cached?|caches|privileges?|capabilit\w+|udp\d?|icmp|iptables|firewall|ufw|dns|resolv\w+|lookup|stats|statistics"
    r"|e?mails?|sms|files?|responses?|replies|https?|get|post|s3|ftp|quer(?:y|ies)|backup|migration|test|tests"
    r"|will|would|might|may|unless|until|if|when|whether|validation|parse|parsing|parser|schema"
    r"|from (?!(?:the |its )?(?:(?:send|retry|upload|push|out)[ -]?)?"
    r"(?:queue|buffer|outbox|master|server|hub|gateway|backend))"
    r"|to (?:client|user|peer|device|subscriber|player|viewer)s?)\b"
    r"|重复|过期|无效|忽略|缓存|来自|重複|期限切れ"
)
# Where a push waits: no other subsystem.
_WAITING: Final = compile_later(
    r"(?i)\b(?:queues?|buffers?|streams?|outbox|spool|requests?|orders?|backlog)\b|队列|缓冲|キュー|очеред\w*"
)
_ATTEMPT: Final = compile_later(r"(?i)[\s,;]*[(\[]?\b(?:attempt|try|retry|intento|versuch|essai)[ #:]*\d+[^)\]]*[)\]]?")


# What is lost beside one of these is the link, unless a push is named.
_OF_A_LINK: Final = compile_later(
    r"(?i)\b(?:connections?|connected|connecting|tunnels?|dial|sessions?|sockets?|websockets?|quic)\b|连接|接続"
)


class Delivery(NamedTuple):
    """What a line says of one push, which is called so, and the error that it gives."""

    kind: EventKind
    message_id: str | None
    error: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the event."""
        found = {"message_id": self.message_id, "error": self.error}
        return {name: text for name, text in found.items() if text}


def read_delivery(message: str, record: Mapping[str, Any]) -> Delivery | None:
    """What a line says of a push that it names, or whose delivery it speaks of; None: it does of none."""
    headline = message.partition("\n")[0]
    if not _may_tell(level_message(headline)):
        return None
    named = _NAMED.search(headline)
    headed = None if named else _HEADED.match(headline)
    key = None if named or headed else _find_key(record)
    name = _join_name(named) if named else headed["id"] if headed else key
    if name is None and not _ANY_ITEM.search(headline):
        return None
    kind = _judge(_cut_name(headline, name), is_named=name is not None, is_headed=headed is not None)
    if kind is None or _is_of_others(mask_words(headline)):
        return None
    is_failed = kind is EventKind.PUSH_FAILED
    return Delivery(kind, name, _find_error(headline, name, record) if is_failed else None)


def _join_name(named: re.Match[str]) -> str:
    """The name of a push: with the noun before it, where both are one word, `LOT-22211`."""
    return named[0] if "-" in named[0] and named[0].replace("-", "").isalnum() and named.start("id") else named["id"]


def _cut_name(headline: str, name: str | None) -> str:
    """A headline without the name: `evt-timeout-7` says nothing of it."""
    return headline if name is None else headline.replace(name, "7", 1)


@lru_cache(maxsize=TEMPLATES_CACHED)
def _may_tell(headline: str) -> bool:
    """Whether a headline, with one digit for all, has any of the words that decide: asked once for lines alike."""
    return any(pattern.search(headline) is not None for pattern in _DECIDING)


@lru_cache(maxsize=4096)
def _judge(text: str, *, is_named: bool, is_headed: bool) -> EventKind | None:
    if _NO_PUSH.search(text) or (not is_named and _OF_A_LINK.search(text)):
        return None
    is_lost, is_unanswered = _LOST.search(text) is not None, _UNANSWERED.search(text) is not None
    is_told = is_unanswered or _SENDING.search(text) is not None
    if is_headed:
        return _judge_headed(text)
    if is_lost and (is_told if _MANY_THINGS.search(text) or not is_named else True):
        return EventKind.PUSH_FAILED
    if not is_named:
        return None
    if is_unanswered or (is_told and _FAILED.search(text)):
        return EventKind.PUSH_FAILED
    if _ACKED.search(text):
        return EventKind.PUSH_ACKNOWLEDGED
    if _STARTED.match(text) or _HANDED.search(text):
        return EventKind.PUSH_STARTED
    return EventKind.PUSH_OK if _DONE.search(text) else None


def _judge_headed(text: str) -> EventKind | None:
    """Of what no noun says that it is a message, only words that are said of nothing else."""
    if _NO_ANSWER.search(text):
        return EventKind.PUSH_FAILED
    if _HANDED.search(text):
        return EventKind.PUSH_STARTED
    return EventKind.PUSH_ACKNOWLEDGED if _ACKED_BY.search(text) else None


def may_be_loss(message: str, *, is_alarm: bool) -> bool:
    """Whether a message that nothing understood may tell of a push that was lost; of an alarm, looser words do."""
    text = message.partition("\n")[0]
    if _NO_PUSH.search(text) or _is_of_others(mask_words(text)):
        return False
    is_told = _UNANSWERED.search(text) is not None
    is_sending = _SENDING.search(text) is not None
    is_item = _ANY_ITEM.search(text) is not None
    is_lost = _LOST.search(text) is not None
    if is_alarm:
        is_spent = _SPENT.search(text) is not None
        return is_told or ((is_sending or is_item) and (is_lost or is_spent or _FAILED.search(text) is not None))
    return (is_told and (is_sending or is_item)) or (is_lost and is_sending and is_item)


@lru_cache(maxsize=4096)
def _is_of_others(template: str) -> bool:
    """Whether a line speaks of another subsystem than the socket; where a push waits is none."""
    return FOREIGN in load_vocabulary().name_classes(_WAITING.sub(" ", template))


def _find_key(record: Mapping[str, Any]) -> str | None:
    values = (record.get(key) for key in ID_KEYS if key in record)
    return next((str(one) for one in values if isinstance(one, (str, int)) and not isinstance(one, bool)), None)


def _find_error(headline: str, name: str | None, record: Mapping[str, Any]) -> str | None:
    """What the line says behind the name of the push, else what its record says."""
    for key in ("error", "err", "reason"):
        if isinstance(text := record.get(key), str) and text:
            return text[:LONGEST_ERROR]
    _, _, behind = headline.rpartition(name) if name else ("", "", headline)
    text = _ATTEMPT.sub("", behind).strip(" ,:;.-–—()[]\"'")
    return text[:LONGEST_ERROR] if _UNANSWERED.search(text) or _FAILED.search(text) else None
