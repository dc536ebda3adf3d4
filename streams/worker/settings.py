"""Settings of a worker: typed, with units in their names, each also an environment variable.

`TWOMOTION_` and the field's name in capitals, e.g. TWOMOTION_BROKERS, TWOMOTION_COMMIT_GAP_S.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from streams.connection import Connection, KafkaSecurity, WrongConnection, connection_from
from streams.worker.secret_settings import UnreadableSecret, secret_from

Stage: TypeAlias = Literal["door", "engine"]
Guarantee: TypeAlias = Literal["exactly_once", "at_least_once"]

_VARIABLE = "TWOMOTION_"

#: Settings that no option takes and no text shows; each is also read from the file that `..._FILE` names.
SECRETS = ("http_token", "pseudonym_key")
#: Below this a token or key can be guessed.
_FEWEST_CHARACTERS = {"http_token": 16, "pseudonym_key": 32}


class SettingsError(ValueError):
    """A setting has no usable value; the message names the variable."""


class WorkerSettings(BaseModel):
    """How a worker runs. Every default works on a laptop and on a small cluster."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    brokers: Annotated[str, Field(min_length=1)]
    """Bootstrap servers, `host:port`, several with commas."""
    kafka: KafkaSecurity = KafkaSecurity()
    kafka_config: Path | None = None
    """A file with the settings of the connection to Kafka below (`client.properties`)."""
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$", max_length=100)] = ""
    """In front of every topic name and of the group id: several systems on one cluster."""
    processes: Annotated[int, Field(ge=1, le=256)] = 1
    """Worker processes on this host. From two on a supervisor starts them and starts again what ended."""
    restart: bool = False
    """A supervisor for a single process too."""
    store: Literal["memory", "rocksdb"] = "memory"
    """Where account states rest. `rocksdb` (an extra): on disk, for more accounts than memory."""
    data: Path = Path("twomotion-data")
    """Folder of the store `rocksdb`; each process has one of its own in it."""
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)] = ("door", "engine")
    """What this worker does. Either all workers do both, or each does one: do not mix."""
    clock: Literal["live", "replay"] = "live"
    """What moves time. `live`: the time of day, once all is read. `replay`: events and in-band heartbeats alone,
    for history."""
    guarantee: Guarantee = "exactly_once"
    """What a crash may do to alerts and states. `at_least_once` is for brokers without transactions: alerts may
    come twice, with the same id and revision. All workers of a group have the same."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | None = 0
    """Port of /metrics, /status, /readyz and /healthz; 0 takes a free one, none switches them off."""
    metrics_host: str = "127.0.0.1"
    """Address that the port above is opened on. One that others can reach should have a token."""
    http_token: SecretStr | None = None
    """What whoever asks there has to show (`Authorization: Bearer …`), at least 16 characters. Probes (/healthz,
    /readyz) need none."""
    pseudonyms: Literal["off", "users", "people"] = "off"
    """What of people the door makes unreadable before anything is journalled: user ids and names (`users`), or ids of
    contacts too (`people`). All workers of a system have the same ([security.md](security.md))."""
    pseudonym_key: SecretStr | None = None
    """Secret from which pseudonyms are made, at least 32 characters. Another one makes everybody somebody new."""
    log_format: Literal["console", "json"] = "console"
    """How a log line is written: for people, or as one JSON object."""
    traces: bool = False
    """OpenTelemetry traces (an extra: `otel`), to where OTEL_EXPORTER_OTLP_ENDPOINT says."""
    session_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    """A worker that gives no sign of life for this long loses its partitions to the others."""
    commit_gap_s: Annotated[float, Field(ge=0)] = 0.25
    """Least time between two commits of a partition that has alerts to say. One that is far behind takes longer: a
    tenth of how far, at most five times `commit_interval_s`."""
    commit_interval_s: Annotated[float, Field(gt=0)] = 2.0
    """Longest time that a partition's folded events stay uncommitted, while it is not far behind."""
    commit_events: Annotated[int, Field(ge=1)] = 10_000
    """Folded events of a partition that are committed without waiting; bounds its memory."""
    lateness_s: Annotated[int, Field(ge=0)] = 3_600
    """How much older than its partition's newest event an event in order may be (event time)."""
    watermark_every_s: Annotated[int, Field(ge=1)] = 21_600
    """Least event time between two watermark records."""
    live_every_s: Annotated[float, Field(gt=0)] = 30.0
    """Time between two watermark records of the live clock."""
    grace_s: Annotated[float, Field(ge=0)] = 60.0
    """How long after it occurred a record may become readable, in order, by the live clock: more than the
    publishers' delay and their longest transaction."""
    metadata_age_s: Annotated[float, Field(gt=0)] = 30.0
    """How soon a source's new partitions are noticed."""
    idle_s: Annotated[float, Field(gt=0)] = 1.0
    """Sources read to their end for this long are at rest: the closing watermark is said."""
    pace_ahead_s: Annotated[int, Field(ge=0)] = 3_600
    """How far (event time) a source partition may run ahead of the slowest unread one."""
    fetch_records: Annotated[int, Field(ge=1)] = 1_000
    """Most records taken from the consumer at once."""

    @model_validator(mode="after")
    def _secrets_fit(self) -> WorkerSettings:
        for name in SECRETS:
            secret: SecretStr | None = getattr(self, name)
            fewest = _FEWEST_CHARACTERS[name]
            if secret is not None and len(secret.get_secret_value()) < fewest:
                raise ValueError(f"{name} ({variable_of(name)}) has fewer than {fewest} characters")
        if self.pseudonyms != "off" and self.pseudonym_key is None:
            raise ValueError(f"pseudonyms are on: {variable_of('pseudonym_key')} is missing")
        if self.pseudonyms == "off" and self.pseudonym_key is not None:
            # Whoever sets a key believes that nobody's id is stored.
            raise ValueError(
                f"there is a pseudonym_key, but {variable_of('pseudonyms')} is off: users or people"
            )
        return self

    @property
    def connection(self) -> Connection:
        """How this worker reaches Kafka."""
        return Connection(self.brokers, self.kafka, self.kafka_config)

    @property
    def supervised(self) -> bool:
        """Whether a supervisor starts the worker processes, or this process is the one worker."""
        return self.processes > 1 or self.restart

    @property
    def app_id(self) -> str:
        """Name of the Faust app and of its consumer group.

        Workers of one group share partitions, so they must do the same work: those of a single stage
        form a group of their own.
        """
        return self.whole_id if len(set(self.stages)) > 1 else f"{self.whole_id}-{self.stages[0]}"

    @property
    def whole_id(self) -> str:
        """Name of the system under this prefix, whatever a worker does of it.

        Transactions carry it, so that workers which share the work in two ways by mistake fence each other
        instead of saying everything twice.
        """
        return f"{self.prefix}twomotion"


def settings_from(environment: Mapping[str, str], **given: object) -> WorkerSettings:
    """Settings of the environment, overridden by what is given (None = not given).

    Raises SettingsError that names the variable and what was expected of it.
    """
    values: dict[str, object] = {}
    for name in own_settings():
        if name in SECRETS:
            values[name] = _secret(environment, name)
        elif (text := environment.get(variable_of(name))) is not None:
            values[name] = _parsed(name, text)
    values |= {name: value for name, value in given.items() if value is not None}
    if "kafka" not in values:
        values |= _connection_of(environment, values)
    if values.get("metrics_port") == -1:
        values["metrics_port"] = None
    try:
        return WorkerSettings.model_validate(values)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(message) from None
        name = str(first["loc"][0])
        raise SettingsError(f"{name} ({variable_of(name)}): {message}") from None


def environment_of(settings: WorkerSettings) -> dict[str, str]:
    """The variables from which `settings_from` makes these settings again.

    Without secrets and the connection's security: a process inherits them, and no secret is written anywhere.
    """
    return {
        variable_of(name): written(value)
        for name in own_settings()
        if name not in SECRETS and ((value := getattr(settings, name)) is not None or name == "metrics_port")
    }


def own_settings() -> list[str]:
    """The settings that are one variable each; those of the connection's security have names of their own."""
    return [name for name in WorkerSettings.model_fields if name != "kafka"]


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return _VARIABLE + name.upper()


def written(value: object) -> str:
    """A setting's value as its variable has it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    try:
        return secret_from(environment, variable_of(name))
    except UnreadableSecret as wrong:
        raise SettingsError(str(wrong)) from None


def _connection_of(environment: Mapping[str, str], values: Mapping[str, object]) -> dict[str, object]:
    """What the environment and a config file say of Kafka."""
    brokers, config = values.get("brokers"), values.get("kafka_config")
    try:
        found = connection_from(
            environment,
            bootstrap=str(brokers) if brokers else None,
            config=Path(str(config)) if config else None,
        )
    except WrongConnection as wrong:
        raise SettingsError(str(wrong)) from None
    if found is None:
        return {}
    return {"brokers": found.bootstrap, "kafka": found.security, "kafka_config": found.config}


def _parsed(name: str, text: str) -> object:
    if name == "stages":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name == "metrics_port" and text in ("", "none", "off"):
        return -1  # None stands for "not given"
    return text
