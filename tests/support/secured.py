"""A secured Kafka for a test session: its certificates, its users, tokens that it takes."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from streams.connection import Connection, KafkaSecurity
from streams.devkafka import Broker, local_kafka
from streams.devkafka.secured import Secured

#: Users of the tests, beside the administrator. None of them may do anything until a test says so.
USERS = ("worker", "door", "engine", "publisher", "subscriber", "operator", "nobody")


@dataclass(frozen=True)
class SecuredKafka:
    """A running one, and everything that a client needs to log in."""

    broker: Broker
    secured: Secured
    ca: trustme.CA
    folder: Path
    signing: rsa.RSAPrivateKey

    @property
    def admin(self) -> Connection:
        return self.secured.admin(self.broker.bootstrap)

    def user(self, name: str, mechanism: str = "SCRAM-SHA-512") -> Connection:
        return self.secured.user(self.broker.bootstrap, name, mechanism=mechanism)

    def with_certificate(self, name: str) -> Connection:
        """Logs in with a certificate of its own; the principal is the certificate's subject."""
        mine = self.ca.issue_cert(f"{name}.example", common_name=name, organization_name="Tests")
        file = self.folder / f"{name}.pem"
        file.write_bytes(mine.private_key_and_cert_chain_pem.bytes())
        return Connection(
            self.broker.tls_bootstrap or "",
            KafkaSecurity(
                security_protocol="SSL", ssl_ca_location=self.secured.ca, ssl_certificate_location=file
            ),
        )

    def token(self, subject: str, *, lives_s: int = 300) -> str:
        """A signed token (JWT, RS256) that the broker takes."""
        now = int(time.time())
        claims = {"sub": subject, "aud": self.secured.audience, "iat": now, "exp": now + lives_s}
        parts = [{"alg": "RS256", "typ": "JWT", "kid": "tests"}, claims]
        signed = b".".join(_base64url(json.dumps(part).encode()) for part in parts)
        signature = self.signing.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return (signed + b"." + _base64url(signature)).decode()


@contextmanager
def secured_kafka(folder: Path) -> Iterator[SecuredKafka]:
    """A broker with TLS, SCRAM, PLAIN, OAUTHBEARER, client certificates and ACLs, for the block."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    mine = ca.issue_cert("127.0.0.1", "localhost")
    identity = folder / "broker.pem"
    chain = b"".join(blob.bytes() for blob in mine.cert_chain_pems)
    identity.write_bytes(_pkcs8(mine.private_key_pem.bytes()) + chain)
    signing = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps({"keys": [_jwk(signing)]}))
    secured = Secured(
        ca=folder / "ca.pem",
        identity=identity,
        admin_password="the-administrators-own",
        users={name: password_of(name) for name in USERS},
        jwks=jwks,
    )
    with local_kafka(secured=secured) as broker:
        yield SecuredKafka(broker, secured, ca, folder, signing)


def password_of(user: str) -> str:
    """A user's password: long enough to be found when it shows up anywhere."""
    return f"secret-of-{user}-7f3a91"


def variables(connection: Connection) -> Mapping[str, str]:
    """What somebody would export to connect like this."""
    return connection.environment()


def _pkcs8(pem: bytes) -> bytes:
    key = serialization.load_pem_private_key(pem, password=None)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _jwk(key: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {
        "kty": "RSA",
        "kid": "tests",
        "alg": "RS256",
        "use": "sig",
        "n": _base64url(numbers.n.to_bytes(256)).decode(),
        "e": _base64url(numbers.e.to_bytes(3)).decode(),
    }


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
