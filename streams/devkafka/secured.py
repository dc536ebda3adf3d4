"""A local Kafka as strict as production: TLS, users with passwords or tokens, and rights for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streams.connection import Connection, KafkaSecurity
from streams.devkafka.settings import HOST

ADMIN = "admin"
_MODULES = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Secured:
    """What a secured broker is made with. Its administrator may do everything, everybody else what ACLs say.

    Args:
        ca: certificate (PEM) that clients trust, and that vouches for clients' own certificates.
        identity: the broker's key (PKCS #8) and its certificate, in one PEM file.
        admin_password: of the user `admin`, by SCRAM.
        users: further users and their passwords, by SCRAM and by PLAIN.
        jwks: key set (JSON) against which tokens for OAUTHBEARER are checked; without it there is no OAUTHBEARER.
        audience: for whom a token has to be.
    """

    ca: Path
    identity: Path
    admin_password: str = field(repr=False)
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    jwks: Path | None = None
    audience: str = "kafka"

    def properties(self, *, port: int, tls_port: int, controller_port: int) -> dict[str, str]:
        """Settings of the broker, beside those that every local one has.

        Args:
            port: for users with a password or token (SASL_SSL).
            tls_port: for those with a certificate (SSL).
        """
        listeners = f"SASL_SSL://{HOST}:{port},SSL://{HOST}:{tls_port}"
        login = "listener.name.sasl_ssl"
        plain = " ".join(f'user_{name}="{password}"' for name, password in self.users.items())
        settings = {
            "listeners": f"{listeners},CONTROLLER://{HOST}:{controller_port}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN"
            + (",OAUTHBEARER" if self.jwks else ""),
            f"{login}.scram-sha-512.sasl.jaas.config": (
                f'{_MODULES}.scram.ScramLoginModule required username="{ADMIN}" password="{self.admin_password}";'
            ),
            f"{login}.scram-sha-256.sasl.jaas.config": f"{_MODULES}.scram.ScramLoginModule required;",
            f"{login}.plain.sasl.jaas.config": f"{_MODULES}.plain.PlainLoginModule required {plain};",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.identity),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
            "listener.name.ssl.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The controller's port is this process's own, on this machine, without a name.
            "super.users": f"User:{ADMIN};User:ANONYMOUS",
        }
        if self.jwks is not None:
            settings |= {
                # The broker itself logs in with a token that nobody checks; clients' tokens are checked.
                f"{login}.oauthbearer.sasl.jaas.config": (
                    f'{_MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="{ADMIN}";'
                ),
                f"{login}.oauthbearer.sasl.server.callback.handler.class": (
                    f"{_MODULES}.oauthbearer.OAuthBearerValidatorCallbackHandler"
                ),
                f"{login}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url": self.jwks.as_uri(),
                f"{login}.oauthbearer.sasl.oauthbearer.expected.audience": self.audience,
            }
        return settings

    def scram(self) -> list[str]:
        """Options of the formatting: who is there from the first start."""
        return [
            option
            for name, password in {ADMIN: self.admin_password, **self.users}.items()
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for option in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]

    def jvm(self) -> list[str]:
        """Options of the broker's Java: it reads keys only from where it is told to."""
        if self.jwks is None:
            return []
        return [f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self.jwks.as_uri()}"]

    def admin(self, bootstrap: str) -> Connection:
        """The administrator's connection."""
        return self.user(bootstrap, ADMIN, self.admin_password)

    def user(
        self, bootstrap: str, name: str, password: str | None = None, mechanism: str = "SCRAM-SHA-512"
    ) -> Connection:
        """A user's connection."""
        return Connection(
            bootstrap,
            KafkaSecurity.model_validate(
                {
                    "security_protocol": "SASL_SSL",
                    "ssl_ca_location": self.ca,
                    "sasl_mechanism": mechanism,
                    "sasl_username": name,
                    "sasl_password": password or self.users[name],
                }
            ),
        )
