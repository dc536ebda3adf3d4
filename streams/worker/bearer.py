"""The token that whoever asks over HTTP has to show."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from pydantic import SecretStr

#: Probes have no token to show: what they may ask, they may ask without. No other page is open.
OPEN: Final = frozenset({"/healthz", "/readyz"})
#: Of a 401 (RFC 6750, section 3).
CHALLENGE: Final = 'Bearer realm="twomotion"'


def why_unauthorized(token: SecretStr | None, path: str, header: str | None) -> str:
    """Why a request for this page is refused; empty when it is not.

    Args:
        token: what has to be shown; None lets everybody in.
        header: `Authorization`, as it came.
    """
    if token is None or path in OPEN:
        return ""
    if header is None:
        return "a token is needed: Authorization: Bearer <TWOMOTION_HTTP_TOKEN>"
    scheme, _, shown = header.partition(" ")
    if scheme.lower() != "bearer":
        return "the token has to come as: Authorization: Bearer <TWOMOTION_HTTP_TOKEN>"
    # Takes the same time however much of it is right, so that nobody can find it piece by piece.
    if not hmac.compare_digest(shown.strip().encode(), token.get_secret_value().encode()):
        return "the token is wrong"
    return ""


def header_of(token: SecretStr | None) -> Mapping[str, str]:
    """What to send along with a question to a worker."""
    return {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}


def is_local(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
