"""What parameters take whose values are words, but of no list in the parameter groups: zones, encodings, ciphers."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from catalog import time_zones
from catalog.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

ENCODINGS = (
    *("BIG5", "EUC_CN", "EUC_JIS_2004", "EUC_JP", "EUC_KR", "EUC_TW", "GB18030", "GBK"),
    *("ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "JOHAB", "KOI8R", "KOI8U"),
    *(f"LATIN{number}" for number in range(1, 11)),
    *("MULE_INTERNAL", "SHIFT_JIS_2004", "SJIS", "SQL_ASCII", "UHC", "UTF8"),
    *("WIN1250", "WIN1251", "WIN1252", "WIN1253", "WIN1254", "WIN1255", "WIN1256", "WIN1257", "WIN1258"),
    *("WIN866", "WIN874"),
)
"""Encodings of clients (PostgreSQL documentation, "Character Set Support")."""

ENCODING_ALIASES = (
    *("ABC", "ALT", "KOI8", "MSKANJI", "SHIFTJIS", "TCVN", "TCVN5712", "UNICODE", "VSCII", "WIN", "WINDOWS949"),
    *(f"ISO8859{number}" for number in (1, 2, 3, 4, 9, 10, 13, 14, 15, 16)),
    *("WIN932", "WIN936", "WIN949", "WIN950", "WINDOWS932", "WINDOWS936", "WINDOWS950", "MSKANJI"),
    *(f"WINDOWS{number}" for number in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 866, 874)),
)
"""Other names of them that the same page has; punctuation and case do not count."""

_CIPHER = re.compile(
    r"[!+-]?(?:[A-Z0-9]+(?:[-_+][A-Za-z0-9]+)+|HIGH|MEDIUM|LOW|ALL|DEFAULT|[ae]NULL|a?RSA|k?EDH|k?EECDH|k?ECDHE|AES|"
    r"AES128|AES256|AESGCM|CHACHA20|MD5|SHA1?|SHA256|SHA384|3?DES|RC4|PSK|EXP(?:ORT)?|@STRENGTH)"
)
"""A cipher suite or a group of them, as OpenSSL spells it (OpenSSL documentation, ciphers)."""

_ZONE = re.compile(r"[A-Za-z][A-Za-z_]*(?:/[A-Za-z0-9_+-]+)*")
"""A name of a zone; what has digits at its beginning or in brackets is an offset, which PostgreSQL takes too."""


DATE_STYLES = {
    **{name: name for name in ("ISO", "Postgres", "SQL", "German")},
    **{name: name for name in ("DMY", "MDY", "YMD")},
    **dict.fromkeys(("Euro", "European"), "DMY"),
    **dict.fromkeys(("US", "NonEuro", "NonEuropean"), "MDY"),
}
"""Words of datestyle and what they mean, a style or an order of year, month and day; case does not count (PostgreSQL
documentation, "Date/Time Output", 2026-08)."""

ORDERS = frozenset({"DMY", "MDY", "YMD"})

_LOCALE = re.compile(r"(?:C|POSIX)(?:\.[Uu][Tt][Ff]-?8)?|[a-z]{2,3}(?:_[A-Z]{2})(?:\.[A-Za-z0-9-]+)?(?:@[a-z]+)?")
"""A locale as the operating system names it."""


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in time_zones.names()}


def problem(name: str, value: str) -> str | None:
    """Return why the server would not take the value, or None if it would or the parameter is another one."""
    check = _CHECKS.get(name)
    return check(value) if check else None


def _meant(value: str, choices: tuple[str, ...]) -> str:
    hint = nearest(value, choices)
    return f"; did you mean {hint!r}?" if hint else ""


def _zone(value: str) -> str | None:
    if value.lower() in _zones() or not _ZONE.fullmatch(value):
        return None
    return f"{value!r} is not a time zone that PostgreSQL knows" + _meant(value, tuple(_zones().values()))


def _encoding(value: str) -> str | None:
    def bare(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    if bare(value) in {bare(known) for known in (*ENCODINGS, *ENCODING_ALIASES)}:
        return None
    return f"{value!r} is not an encoding that PostgreSQL knows" + _meant(value, ENCODINGS)


def _ciphers(value: str) -> str | None:
    wrong = [item for item in re.split("[:, ]+", value) if not _CIPHER.fullmatch(item)]
    if not wrong:
        return None
    return f"{wrong[0]!r} is not a cipher suite as OpenSSL spells them, such as ECDHE-RSA-AES256-GCM-SHA384"


def _locale(value: str) -> str | None:
    if _LOCALE.fullmatch(value):
        return None
    return f"{value!r} is not a locale as the operating system names them, such as en_US.UTF-8 or C"


def _date_style(value: str) -> str | None:
    meanings = {word.lower(): meaning for word, meaning in DATE_STYLES.items()}
    words = [word.strip() for word in value.split(",")]
    for word in words:
        if word.lower() not in meanings:
            return f"{word!r} is not one of {', '.join(DATE_STYLES)}" + _meant(word, tuple(DATE_STYLES))
    meant = {meanings[word.lower()] for word in words}
    if len(meant & ORDERS) > 1 or len(meant - ORDERS) > 1:
        return f"{value!r} contradicts itself: one style and one order of year, month and day are what it takes"
    return None


_CHECKS: Final[dict[str, Callable[[str], str | None]]] = {
    "timezone": _zone,
    "client_encoding": _encoding,
    "ssl_ciphers": _ciphers,
    "datestyle": _date_style,
    **dict.fromkeys(("lc_messages", "lc_monetary", "lc_numeric", "lc_time"), _locale),
}
