"""Who a client says it is and how it makes sure of the broker: typed, from variables, files and a config file.

Each setting has librdkafka's name (`sasl.username`), which a config file uses and which the variable is made
from (`TWOMOTION_KAFKA_SASL_USERNAME`). A secret can be in a file of its own (`..._FILE`, `....file`), as
container platforms hand them out. None of them can be an option of a command: options are seen by everybody
who lists processes.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, model_validator

from streams.connection.properties import BOOTSTRAP, WrongProperties, read_properties

Protocol: TypeAlias = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism: TypeAlias = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]

VARIABLE: Final = "TWOMOTION_KAFKA_"
CONFIG_VARIABLE: Final = f"{VARIABLE}CONFIG"
_FILE: Final = "_file"


class WrongConnection(ValueError):
    """A setting of the connection has no usable value; the message names it and shows no secret."""


class KafkaSecurity(BaseModel):
    """TLS and SASL of every connection to Kafka. Without anything: neither, for a broker on this machine."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    security_protocol: Protocol = "PLAINTEXT"
    """`SASL_SSL` for nearly every broker that is not on this machine. Without `SSL` in it, everybody on the way reads
    along; `PLAIN` then sends the password readable."""
    ssl_ca_location: Path | None = None
    """Certificates (PEM) of who may vouch for the broker; without it, those that the system trusts."""
    ssl_certificate_location: Path | None = None
    """The client's own certificate (PEM), where the broker asks for one."""
    ssl_key_location: Path | None = None
    """The key of that certificate (PEM), when it is not in the same file."""
    ssl_key_password: SecretStr | None = None
    """Password of the key."""
    ssl_endpoint_identification_algorithm: Literal["https", "none"] = "https"
    """`none` does not look whether the certificate is the broker's own: for tests alone."""
    sasl_mechanism: Mechanism | None = None
    """How the client proves who it is, with `SASL_...`."""
    sasl_username: str | None = None
    """The user, for `PLAIN` and `SCRAM-...`."""
    sasl_password: SecretStr | None = None
    """The user's password."""
    sasl_oauthbearer_token: SecretStr | None = None
    """A token, for `OAUTHBEARER`. As a file it is read anew for every connection: the platform may renew it (a
    Kubernetes service account's token)."""
    sasl_oauthbearer_token_file: Path | None = None
    """See the line above."""
    sasl_oauthbearer_token_endpoint_url: str | None = None
    """Where a token is asked for (OAuth 2.0 client credentials), `https://` unless it is on this machine."""
    sasl_oauthbearer_client_id: str | None = None
    """Who asks there."""
    sasl_oauthbearer_client_secret: SecretStr | None = None
    """That client's secret."""
    sasl_oauthbearer_scope: str | None = None
    """What is asked for there."""

    @model_validator(mode="after")
    def _fits(self) -> KafkaSecurity:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        wants_tls, wants_sasl = self.uses_tls, self.uses_sasl
        for prefix, wanted, protocols in (
            ("ssl_", wants_tls, "SSL or SASL_SSL"),
            ("sasl_", wants_sasl, "SASL_SSL"),
        ):
            unused = sorted(name for name in given if name.startswith(prefix))
            if unused and not wanted:
                yield (
                    f"{named(unused[0])} is set, but security.protocol is {self.security_protocol}, which does not "
                    f"use it: set {variable_of('security_protocol')} to {protocols}"
                )
        if (self.ssl_key_location or self.ssl_key_password) and not self.ssl_certificate_location:
            yield f"{named('ssl_certificate_location')} is missing: a key alone proves nothing"
        if not wants_sasl:
            return
        if self.sasl_mechanism is None:
            yield f"{named('sasl_mechanism')} is missing: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
        elif self.sasl_mechanism != "OAUTHBEARER":
            for name in ("sasl_username", "sasl_password"):
                if name not in given:
                    yield f"{named(name)} is missing: {self.sasl_mechanism} needs it"
        else:
            yield from self._problems_of_tokens()

    def _problems_of_tokens(self) -> Iterator[str]:
        ways = [
            name
            for name in (
                "sasl_oauthbearer_token",
                "sasl_oauthbearer_token_file",
                "sasl_oauthbearer_token_endpoint_url",
            )
            if getattr(self, name) is not None
        ]
        if len(ways) != 1:
            yield (
                f"OAUTHBEARER needs one of {named('sasl_oauthbearer_token')}, the same with _FILE, and "
                f"{named('sasl_oauthbearer_token_endpoint_url')}; there are {len(ways)}"
            )
        url = self.sasl_oauthbearer_token_endpoint_url
        if url is None:
            return
        if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:")):
            yield f"{named('sasl_oauthbearer_token_endpoint_url')} must be https: a secret is sent there"
        for name in ("sasl_oauthbearer_client_id", "sasl_oauthbearer_client_secret"):
            if getattr(self, name) is None:
                yield f"{named(name)} is missing: the token endpoint asks for it"

    @property
    def uses_tls(self) -> bool:
        return self.security_protocol.endswith("SSL")

    @property
    def uses_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @property
    def user(self) -> str:
        """What a person calls whoever connects; the broker may map it to another principal."""
        if self.sasl_mechanism == "OAUTHBEARER":
            return self.sasl_oauthbearer_client_id or "the subject of the token"
        if self.sasl_username:
            return self.sasl_username
        return "the subject of the certificate" if self.ssl_certificate_location else "ANONYMOUS"

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context, None without TLS. Raises WrongConnection when a file cannot be used."""
        if not self.uses_tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ssl_ca_location)
        except (OSError, ssl.SSLError) as failed:
            raise _unusable("ssl_ca_location", self.ssl_ca_location, failed) from None
        if self.ssl_endpoint_identification_algorithm == "none":
            context.check_hostname = False
        if self.ssl_certificate_location is not None:
            secret = self.ssl_key_password
            # Without any password Python would ask for one on the terminal.
            password = secret.get_secret_value() if secret is not None else ""
            try:
                context.load_cert_chain(self.ssl_certificate_location, self.ssl_key_location, password)
            except (OSError, ssl.SSLError) as failed:
                raise _unusable("ssl_certificate_location", self.ssl_certificate_location, failed) from None
        return context

    def warnings(self) -> Iterator[str]:
        """What works and is not safe, as sentences."""
        if self.security_protocol == "SASL_PLAINTEXT":
            sent = "the password" if self.sasl_mechanism == "PLAIN" else "everything but the password"
            if self.sasl_mechanism == "OAUTHBEARER":
                sent = "the token"
            yield f"security.protocol is SASL_PLAINTEXT: everybody on the way to Kafka can read {sent}"
        if self.uses_tls and self.ssl_endpoint_identification_algorithm == "none":
            yield "ssl.endpoint.identification.algorithm is none: any certificate of the CA passes for the broker's"


def security_from(
    environment: Mapping[str, str], config: Path | None = None
) -> tuple[KafkaSecurity, str | None]:
    """The settings of the environment over those of the config file, and the file's `bootstrap.servers`.

    Args:
        config: the file; else the one that `TWOMOTION_KAFKA_CONFIG` names, if any. Paths in it are relative to
            its folder.

    Raises:
        WrongConnection: names the setting.
    """
    config = config or (Path(named_file) if (named_file := environment.get(CONFIG_VARIABLE)) else None)
    values: dict[str, object] = {}
    bootstrap = None
    try:
        if config is not None:
            written = dict(read_properties(config, map(property_of, _names())))
            bootstrap = written.pop(BOOTSTRAP, None)
            values |= _values({name.replace(".", "_"): text for name, text in written.items()}, config.parent)
        given = {name: text for name in _names() if (text := environment.get(variable_of(name)))}
        for name in secrets():
            if name in given and name + _FILE in given:
                raise WrongConnection(
                    f"{variable_of(name)} and {variable_of(name + _FILE)} are both set: leave one out"
                )
        values = _without_the_other_way(values, given) | _values(given, Path())
        return KafkaSecurity.model_validate(values), bootstrap
    except WrongProperties as wrong:
        raise WrongConnection(str(wrong)) from None
    except ValidationError as wrong:
        first = wrong.errors(include_input=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        raise WrongConnection(
            f"{named(str(first['loc'][0]))}: {message}" if first["loc"] else message
        ) from None


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return VARIABLE + name.upper()


def property_of(name: str) -> str:
    """A setting's name in a config file."""
    return name.replace("_", ".")


def named(name: str) -> str:
    """A setting in a message: both of its names."""
    return f"{property_of(name)} ({variable_of(name)})"


def secrets() -> tuple[str, ...]:
    """The settings that are secrets; each can also be given as a file."""
    return tuple(
        name for name, field in KafkaSecurity.model_fields.items() if field.annotation == SecretStr | None
    )


def _names() -> list[str]:
    return list(dict.fromkeys((*KafkaSecurity.model_fields, *(secret + _FILE for secret in secrets()))))


def _values(texts: Mapping[str, str], folder: Path) -> dict[str, object]:
    """Settings from their texts; secrets that are in files are read, paths are those from this folder."""
    values: dict[str, object] = {}
    for name, text in texts.items():
        if name.endswith("_location") or (name in KafkaSecurity.model_fields and name.endswith(_FILE)):
            values[name] = folder / text
        elif name.endswith(_FILE):
            values[name.removesuffix(_FILE)] = _read_secret(name, folder / text)
        else:
            values[name] = text
    return values


def _without_the_other_way(values: dict[str, object], given: Mapping[str, str]) -> dict[str, object]:
    """A token given by the environment replaces the file's, however either is given."""
    token, token_file = "sasl_oauthbearer_token", "sasl_oauthbearer_token_file"
    gone = {token, token_file} if token in given or token_file in given else set()
    return {name: value for name, value in values.items() if name not in gone}


def _read_secret(name: str, path: Path) -> str:
    try:
        # A file made with an editor or `echo` ends with a line break that is no part of the secret.
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as failed:
        raise _unusable(name, path, failed) from None


def _unusable(name: str, path: Path | None, failed: Exception) -> WrongConnection:
    reason = failed.strerror if isinstance(failed, OSError) and failed.strerror else type(failed).__name__
    return WrongConnection(f"{named(name)}: {path} cannot be used: {reason}")
