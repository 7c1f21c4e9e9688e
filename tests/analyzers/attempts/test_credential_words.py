"""How lines of other languages say that credentials are refused or hold no longer."""

from __future__ import annotations

import re

from logdiag.analyzers.attempts.credential_words import REFUSED_ELSEWHERE
from tests.folding import each

PATTERN = re.compile(f"(?i){REFUSED_ELSEWHERE}")


@each(
    "message",
    (
        "アクセストークンの有効期限が切れたため接続を閉じます",
        "認証に失敗しました",
        "Token expirado, cerrando conexión",
        "Autenticação recusada para o cliente 42",
        "Échec d'authentification du client 42",
        "Anmeldung abgelehnt: ungültiges Token",
        "токен истёк",
        "Ошибка авторизации клиента 42",
        "Token wygasł, zamykanie połączenia",
        "token süresi doldu",
        "Autenticazione fallita per il client 42",
        "토큰이 만료되어 연결을 종료합니다",
        "令牌已过期，关闭连接",
    ),
)
def test_refused_and_expired_credentials_are_known_by_their_words(message: str) -> None:
    """A token that expired and a login that failed are told in many languages."""
    assert PATTERN.search(message)


@each(
    "message",
    (
        "Token renovado",
        "認証に成功しました",
        "Авторизация пройдена",
        "Zertifikat läuft ab",
        "登录成功",
        "Sitzung beendet",
    ),
)
def test_credentials_that_hold_are_not_taken_for_refused(message: str) -> None:
    """A renewed token or a login that worked refuses nobody."""
    assert PATTERN.search(message) is None
