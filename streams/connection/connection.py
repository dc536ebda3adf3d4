"""One Kafka as every client is told of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from streams.connection.security import (
    CONFIG_VARIABLE,
    KafkaSecurity,
    WrongConnection,
    secrets,
    security_from,
    variable_of,
)

BROKERS_VARIABLE = "TWOMOTION_BROKERS"


@dataclass(frozen=True)
class Connection:
    """Addresses and security of one Kafka. As text it is its addresses: nothing secret is shown.

    Args:
        bootstrap: `host:port`, several with commas.
        config: the file that the security was read from, if any.
    """

    bootstrap: str
    security: KafkaSecurity = field(default_factory=KafkaSecurity)
    config: Path | None = None

    def __str__(self) -> str:
        return self.bootstrap

    @property
    def servers(self) -> list[str]:
        return [server.strip() for server in self.bootstrap.split(",") if server.strip()]

    def aiokafka(self) -> dict[str, object]:
        """What every client of aiokafka is made with. Raises WrongConnection for files that cannot be used."""
        from streams.connection.tokens import ForAiokafka

        return self._options(ForAiokafka)

    def kafka_python(self) -> dict[str, object]:
        """The same for kafka-python."""
        from streams.connection.tokens import ForKafkaPython

        return self._options(ForKafkaPython)

    def environment(self) -> dict[str, str]:
        """Variables from which a child process makes this connection again; secrets are among them."""
        variables = {BROKERS_VARIABLE: self.bootstrap}
        for name in self.security.model_fields_set:
            value = getattr(self.security, name)
            if value is not None:
                text = value.get_secret_value() if name in secrets() else str(value)
                variables[variable_of(name)] = text
        return variables

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """One context for all clients: the system's certificates are read once."""
        return self.security.tls()

    @cached_property
    def tokens(self) -> Callable[[], str]:
        """One source of tokens for all clients: they share what an endpoint gave."""
        from streams.connection.tokens import token_source

        return token_source(self.security)

    def _options(self, provider: Callable[[Callable[[], str]], object]) -> dict[str, object]:
        security = self.security
        options: dict[str, object] = {
            "bootstrap_servers": self.servers,
            "security_protocol": security.security_protocol,
        }
        if self.tls is not None:
            options["ssl_context"] = self.tls
        if security.uses_sasl:
            options["sasl_mechanism"] = security.sasl_mechanism
            if security.sasl_mechanism == "OAUTHBEARER":
                options["sasl_oauth_token_provider"] = provider(self.tokens)
            elif security.sasl_password is not None:
                options["sasl_plain_username"] = security.sasl_username
                options["sasl_plain_password"] = security.sasl_password.get_secret_value()
        return options


Address: TypeAlias = str | Connection
"""Where a Kafka is: a connection, or just `host:port` of one that has neither TLS nor SASL."""


def connection_of(address: Address) -> Connection:
    """The connection that an address stands for."""
    return address if isinstance(address, Connection) else Connection(address)


def connection_from(
    environment: Mapping[str, str], *, bootstrap: str | None = None, config: Path | None = None
) -> Connection | None:
    """The connection that the variables `TWOMOTION_BROKERS`, `TWOMOTION_KAFKA_...` and the file describe.

    Args:
        bootstrap: wins over `TWOMOTION_BROKERS`, which wins over the file's `bootstrap.servers`.
        config: wins over `TWOMOTION_KAFKA_CONFIG`.

    Returns:
        None when nothing says where Kafka is.

    Raises:
        WrongConnection: names the setting.
    """
    if config is None and environment.get(CONFIG_VARIABLE):
        config = Path(environment[CONFIG_VARIABLE])
    security, written = security_from(environment, config)
    where = (bootstrap or environment.get(BROKERS_VARIABLE, "")).strip() or written
    if where:
        return Connection(where, security, config)
    if security != KafkaSecurity():
        raise WrongConnection(f"TLS or SASL is set, but not where Kafka is: set {BROKERS_VARIABLE}=host:port")
    return None
