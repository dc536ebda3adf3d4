"""Why a broker does not let a client in: clients only say that they cannot connect.

Both clients try every address again and again and end with "unable to bootstrap". One more connection, made
here by hand, gives the reason.
"""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streams.connection.connection import Connection
from streams.connection.security import WrongConnection, named
from streams.connection.tokens import TokenUnavailable

#: Longest wait for one address, in ms.
_PATIENCE_MS = 4_000

#: What aiokafka raises when a user is known but may not do something.
DENIED = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)


def unless_hidden(connection: Connection, right: str) -> str:
    """What to add to "there is no topic": a broker hides topics from users who may do nothing on them."""
    if connection.security.security_protocol == "PLAINTEXT":
        return ""
    return f", or {connection.security.user} may not see it (right: {right})"


def why_refused(connection: Connection) -> str | None:
    """One sentence that names the setting to look at; None when nobody answers, or everything is well."""
    # A thread of its own: whoever asks may be inside of an event loop.
    with ThreadPoolExecutor(1, thread_name_prefix="asking-why") as thread:
        return thread.submit(lambda: asyncio.run(ask_why_refused(connection))).result()


async def ask_why_refused(connection: Connection) -> str | None:
    """`why_refused`, for whoever can wait."""
    for host, port, _ in collect_hosts(connection.servers):
        try:
            options = dict(connection.aiokafka())
            del options["bootstrap_servers"]
            made = await create_conn(host, port, request_timeout_ms=_PATIENCE_MS, **options)
            try:
                told = await made.send(MetadataRequest([]))
            finally:
                made.close()
            if connection.security.sasl_mechanism == "OAUTHBEARER" and not told.brokers:
                # The client takes a refused token for a good one; what the broker says then is about the token.
                raise SaslAuthenticationFailed
        except (KafkaError, OSError, WrongConnection, TimeoutError) as failed:
            if (sentence := _sentence(connection, f"{host}:{port}", failed)) is not None:
                return sentence
        else:
            return None
    return None


def _sentence(connection: Connection, where: str, failed: Exception) -> str | None:
    security = connection.security
    if isinstance(failed, KafkaConnectionError) and isinstance(failed.__cause__, ssl.SSLError):
        failed = failed.__cause__
    if isinstance(failed, WrongConnection | TokenUnavailable):
        return str(failed)
    if isinstance(failed, SaslAuthenticationFailed):
        what = "the token" if security.sasl_mechanism == "OAUTHBEARER" else "the name or the password"
        return (
            f"Kafka at {where} does not know {security.user} by {security.sasl_mechanism}: {what} is wrong, or there "
            "is no such user"
        )
    if isinstance(failed, UnsupportedSaslMechanismError):
        return f"Kafka at {where} does not take {security.sasl_mechanism}: see {named('sasl_mechanism')}"
    if isinstance(failed, IllegalSaslStateError):
        return f"Kafka at {where} wants no login there: see {named('security_protocol')}"
    if isinstance(failed, ssl.SSLCertVerificationError):
        return (
            f"the certificate of Kafka at {where} is not to be trusted ({failed.verify_message}): see "
            f"{named('ssl_ca_location')}"
        )
    if isinstance(failed, ssl.SSLError):
        if "ALERT" in (failed.reason or ""):
            return (
                f"Kafka at {where} does not take this client's certificate ({failed.reason}): see "
                f"{named('ssl_certificate_location')}"
            )
        return f"Kafka at {where} does not speak TLS ({failed.reason}): see {named('security_protocol')}"
    if isinstance(failed, KafkaConnectionError) and not isinstance(failed.__cause__, OSError):
        return (
            f"Kafka at {where} hangs up on {security.security_protocol}: does it want TLS or a login? See "
            f"{named('security_protocol')}"
        )
    return None
