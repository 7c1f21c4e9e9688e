"""How lines of other languages than English say that credentials are refused or hold no longer."""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    r"(?:\bjwt\b|\btokens?\b|\bjeton\b|\bcreden[cz]i\w*|\bтокен\w*|トークン|資格情報|凭证|凭据|令牌|토큰|zugangsdaten)"
)
_BAD: Final = (
    r"(?:\bexpirad\w*|\bexpirou\b|\bcaduc\w*|\bexpirée?s?\b|\bpérimée?\b|\babgelaufen\w*|\bungültig\w*|\bscadut\w*|\bист[её]к\w*"
    r"|\bпросроч\w*|\bнедействит\w*|\bневерн\w*|\bwygas\w*|\bnieprawidłow\w*|\bnieważn\w*|süresi dol\w*|\bgeçersiz\w*"
    r"|\binv[áa]lid[ao]s?\b|\binvalide\b|non valid[oie]|期限切れ|期限が切れ|失効|無効|过期|失效|无效|만료|유효하지)"
)
_PROOF: Final = (
    r"(?:\bautentica\w+|\bauthentification|\bauthentifizierung|\banmeldung|\bавторизац\w+|\bаутентификац\w+"
    r"|\buwierzytelni\w+|kimlik doğrulama\w*|認証|認可|鉴权|认证|인증)"
)
_FAILED: Final = (
    r"(?:\bfall(?:id|it|ó)\w*|\bfalh\w*|\brecusad\w*|\brechazad\w*|\béchou\w*|\brefusée?\b|\bfehlgeschlagen|\babgelehnt"
    r"|\brifiutat\w*|\bне удал\w*|\bотклонен\w*|\bnie powiod\w*|\bodrzucon\w*|başarısız\w*|reddedil\w*"
    r"|失敗|失败|拒否|拒绝|실패|거부)"
)
_FAILURE: Final = r"(?:\bошибк\w*|\béchec|\bfallo|\bfalha|\bfehler|\berrore|\bbłąd)"
# Within a clause or two: further off it is said of something else.
_NEAR: Final = r"[^\n,;。]{0,30}?"
REFUSED_ELSEWHERE: Final = (
    rf"{_NAMES}{_NEAR}{_BAD}|{_BAD}{_NEAR}{_NAMES}|{_PROOF}{_NEAR}{_FAILED}|{_FAILURE}{_NEAR}{_PROOF}"
)
