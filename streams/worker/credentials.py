"""The connection's security as Faust wants it."""

from __future__ import annotations

from faust.auth import Credentials, OAuthCredentials, SASLCredentials, SSLCredentials

from streams.connection import Connection
from streams.connection.tokens import ForAiokafka


def credentials_of(connection: Connection) -> Credentials | None:
    """What the app's own consumer and producer log in with; None for a Kafka without TLS and SASL."""
    security, tls = connection.security, connection.tls
    if not security.uses_sasl:
        return SSLCredentials(tls) if tls is not None else None
    if security.sasl_mechanism == "OAUTHBEARER":
        return OAuthCredentials(oauth_cb=ForAiokafka(connection.tokens), ssl_context=tls)
    secret = security.sasl_password
    return SASLCredentials(
        username=security.sasl_username,
        password=secret.get_secret_value() if secret is not None else None,
        ssl_context=tls,
        mechanism=security.sasl_mechanism,
    )
