"""What a secret looks like: by the name that stands beside it, and by its own form."""

from __future__ import annotations

import re

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAMES = re.compile(
    r"authorization|cookie|passw|pwd|passphrase|passcode|secret(?!ar)|token(?!i[sz])|credential"
    r"|(?:api|access|private|signing|encryption)_?key|session_?id|nkey"
    r"|(?:^|_)(?:auth|pass|creds?|jwt|otp|cvv|auth_key|auth_code)(?:_|$)"
)
_NUMBERS = re.compile(r"passw|pwd|passcode|secret(?!ar)|(?:^|_)(?:pin|otp|cvv)(?:_|$)")
_KEYS = ("api", "access", "private", "signing", "encryption")
_HINTS = (
    *("pass", "pwd", "auth", "cookie", "secret", "token", "cred", "session", "nkey", "jwt", "otp"),
    *('"pin', "'pin", "_pin", "-pin", "cvv", "\\u"),
    *(f"{key}{between}key" for key in _KEYS for between in ("", "_", "-", " ", ".")),
)
FORMS = re.compile(
    r"\bS[UACONPX][A-Z2-7]{56}\b"
    r"|(?<![\w-])(?:[\w-]{0,64}-)?eyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{0,4096}"
    r"|-----BEGIN [^-\n\"']{0,64}(?:SEED|JWT|PRIVATE KEY)[^-\n\"']{0,16}-----"
    r"(?:(?!-----)[^\"'])*(?:-{5,}END[^-\n\"']{0,80}-{5,})?"
    r"|\b(?:Bearer|Basic|Token|ApiKey) +(?P<credential>[\w.~+/=-]{8,})"
    r"|://[^\s/:@\"'{}]{0,128}:(?P<password>[^\s/@\"'{}]{1,256})@"
    r"|\b(?:nats|tls|wss?)://(?P<user>[^\s/:@\"'{},]{1,256})@"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk[-_]|AIza)[\w-]{16,255}"
)
"""A group is the secret alone, where something plain stands before it."""


def may_name_secrets(written: str) -> bool:
    """False when no name in a text can be a secret's: quick, for most texts have none."""
    lower = written.lower()
    return any(hint in lower for hint in _HINTS)


def is_secret_name(name: str) -> bool:
    """True for what usually names a secret: password, apiKey, X-Auth-Token."""
    return bool(_NAMES.search(_plain(name)))


def names_a_number(name: str) -> bool:
    """True when even a number beside it is a secret; the count of some tokens is none."""
    return bool(_NUMBERS.search(_plain(name)))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "_", _HUMP.sub("_", name[:256])).lower()


def looks_secret(value: str) -> bool:
    """True for an nkey seed, a JWT, a private key, the value of an Authorization header, the
    keys of well-known services, or a URL with a password."""
    return bool(FORMS.search(value))
