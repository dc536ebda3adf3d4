"""Tokens for OAUTHBEARER: from a file that the platform renews, or asked of a token endpoint.

Both Kafka clients ask for a token at every new connection; a token of an endpoint is kept until most of its
life is over, so that a worker's many connections ask once.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable

from aiokafka.abc import AbstractTokenProvider as AiokafkaTokens
from kafka.net.sasl.oauth import AbstractTokenProvider as KafkaPythonTokens

from streams.connection.security import KafkaSecurity

#: Longest wait for a token endpoint, in s: below the clients' own patience with a connection.
_PATIENCE_S = 8.0
#: Share of a token's life after which a new one is asked for.
_USED_FOR = 0.8
#: Life of a token whose endpoint does not say, in s.
_UNSAID_LIFE_S = 300.0


class TokenUnavailable(OSError):
    """There is no token; the message says why. To a client it is a connection that fails."""


def token_source(security: KafkaSecurity) -> Callable[[], str]:
    """How to come by a token; it may be called from any thread and raises TokenUnavailable."""
    if (path := security.sasl_oauthbearer_token_file) is not None:

        def read() -> str:
            try:
                return path.read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError) as failed:
                raise TokenUnavailable(
                    f"the token in {path} cannot be read ({type(failed).__name__})"
                ) from None

        return read
    if security.sasl_oauthbearer_token_endpoint_url is not None:
        return Endpoint(security).token
    token = security.sasl_oauthbearer_token
    return lambda: token.get_secret_value() if token is not None else ""


class Endpoint:
    """Asks for tokens by client credentials (RFC 6749, section 4.4)."""

    def __init__(self, security: KafkaSecurity) -> None:
        self._security = security
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0  # by the monotonic clock

    def token(self) -> str:
        with self._lock:
            if time.monotonic() >= self._until:
                self._token, life_s = self._ask()
                self._until = time.monotonic() + _USED_FOR * life_s
            return self._token

    def _ask(self) -> tuple[str, float]:
        security = self._security
        secret = security.sasl_oauthbearer_client_secret
        url = security.sasl_oauthbearer_token_endpoint_url
        if secret is None or url is None or security.sasl_oauthbearer_client_id is None:
            raise TokenUnavailable("no token endpoint is set")
        # Both halves are form-encoded before they become one (RFC 6749, section 2.3.1).
        client = urllib.parse.quote_plus(security.sasl_oauthbearer_client_id)
        who = f"{client}:{urllib.parse.quote_plus(secret.get_secret_value())}".encode()
        form = {"grant_type": "client_credentials"}
        if security.sasl_oauthbearer_scope:
            form["scope"] = security.sasl_oauthbearer_scope
        request = urllib.request.Request(
            url,
            data=urllib.parse.urlencode(form).encode(),
            headers={
                "Authorization": f"Basic {base64.b64encode(who).decode()}",
                "Accept": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE_S, context=self._tls(url)) as answer:
                told = json.loads(answer.read(1 << 20))
            return str(told["access_token"]), float(told.get("expires_in", _UNSAID_LIFE_S))
        except (OSError, ValueError, KeyError, TypeError) as failed:
            # An error's text may repeat what was sent; its kind and status do not.
            status = getattr(failed, "code", "")
            said = f"{type(failed).__name__} {status}".strip()
            raise TokenUnavailable(f"the token endpoint {url} gave no token ({said})") from None

    def _tls(self, url: str) -> ssl.SSLContext | None:
        if not url.startswith("https:"):
            return None
        context = ssl.create_default_context()
        if self._security.ssl_ca_location is not None:
            context.load_verify_locations(cafile=self._security.ssl_ca_location)
        return context


class ForAiokafka(AiokafkaTokens):  # type: ignore[misc]
    """The source as aiokafka wants it; asking may take a while and happens on another thread."""

    def __init__(self, source: Callable[[], str]) -> None:
        self._source = source

    async def token(self) -> str:
        return await asyncio.to_thread(self._source)


class ForKafkaPython(KafkaPythonTokens):  # type: ignore[misc]
    """The source as kafka-python wants it."""

    def __init__(self, source: Callable[[], str]) -> None:
        super().__init__()
        self._source = source

    def token(self) -> str:
        return self._source()
