"""How to log in is read from variables, files and a config file, and no secret shows up anywhere."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

import streams as streams_package
from streams.connection import Connection, KafkaSecurity, WrongConnection, connection_from, connection_of
from streams.connection.security import secrets, security_from, variable_of
from streams.worker.settings import SettingsError, environment_of, settings_from

PASSWORD = "a-password-that-is-nowhere-else"
SCRAM = {
    "TWOMOTION_BROKERS": "kafka:9093",
    "TWOMOTION_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "TWOMOTION_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "TWOMOTION_KAFKA_SASL_USERNAME": "worker",
}


def found(environment: dict[str, str], config: Path | None = None) -> Connection:
    connection = connection_from(environment, config=config)
    assert connection is not None
    return connection


def test_nothing_set_is_a_kafka_without_locks() -> None:
    assert connection_from({}) is None
    assert connection_of("kafka:9092").aiokafka() == {
        "bootstrap_servers": ["kafka:9092"],
        "security_protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize("way", ["variable", "file"])
def test_a_secret_comes_from_a_variable_or_a_file(way: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    given = {"TWOMOTION_KAFKA_SASL_PASSWORD": PASSWORD} if way == "variable" else {
        "TWOMOTION_KAFKA_SASL_PASSWORD_FILE": str(file)
    }  # fmt: skip

    for options in (found(SCRAM | given).aiokafka(), found(SCRAM | given).kafka_python()):
        assert options["sasl_plain_username"] == "worker"
        assert options["sasl_plain_password"] == PASSWORD
        assert options["sasl_mechanism"] == "SCRAM-SHA-512"
        assert isinstance(options["ssl_context"], ssl.SSLContext)


def test_a_config_file_has_the_usual_names_and_paths_beside_it(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "password").write_text(PASSWORD)
    config = tmp_path / "client.properties"
    config.write_text(
        "# from the provider\nbootstrap.servers=one:9093,two:9093\nsecurity.protocol=SASL_SSL\n"
        "sasl.mechanism = SCRAM-SHA-256\nsasl.username=worker\nsasl.password.file=password\n"
        "ssl.ca.location=ca.pem\n"
    )

    connection = found({}, config)

    assert connection.servers == ["one:9093", "two:9093"]
    assert connection.security.ssl_ca_location == tmp_path / "ca.pem"
    assert connection.kafka_python()["sasl_plain_password"] == PASSWORD


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "client.properties"
    config.write_text("bootstrap.servers=one:9093\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n")

    connection = found(SCRAM | {"TWOMOTION_KAFKA_SASL_PASSWORD": PASSWORD}, config)

    assert (connection.bootstrap, connection.security.sasl_mechanism) == ("kafka:9093", "SCRAM-SHA-512")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, "sasl.password (TWOMOTION_KAFKA_SASL_PASSWORD) is missing"),
        ({"SECURITY_PROTOCOL": "SSL"}, "which does not use it"),
        ({"SECURITY_PROTOCOL": "PLAINTEXT"}, "which does not use it"),
        ({"SASL_MECHANISM": ""}, "sasl.mechanism (TWOMOTION_KAFKA_SASL_MECHANISM) is missing"),
        ({"SASL_MECHANISM": "GSSAPI"}, "sasl.mechanism (TWOMOTION_KAFKA_SASL_MECHANISM)"),
        ({"SASL_MECHANISM": "OAUTHBEARER"}, "TWOMOTION_KAFKA_SASL_OAUTHBEARER_TOKEN"),
        ({"SASL_PASSWORD_FILE": "/no/such/file"}, "TWOMOTION_KAFKA_SASL_PASSWORD_FILE): /no/such/file"),
        ({"SASL_PASSWORD": PASSWORD, "SASL_PASSWORD_FILE": "x"}, "are both set"),
        ({"SASL_PASSWORD": PASSWORD, "SSL_KEY_LOCATION": "k.pem"}, "a key alone proves nothing"),
    ],
)
def test_what_does_not_fit_is_named_and_shows_no_secret(changes: dict[str, str], named: str) -> None:
    environment = SCRAM | {f"TWOMOTION_KAFKA_{name}": value for name, value in changes.items()}

    with pytest.raises(WrongConnection) as wrong:
        connection_from(environment)

    assert named in str(wrong.value)
    assert PASSWORD not in str(wrong.value)
    with pytest.raises(SettingsError, match="KAFKA"):
        settings_from(environment)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"sasl.pasword={PASSWORD}", "client.properties:1: sasl.pasword is not read here"),
        (f"\n{PASSWORD}", "client.properties:2: not `name=value`"),
    ],
)
def test_a_misspelt_line_of_the_file_is_refused_by_its_number(text: str, named: str, tmp_path: Path) -> None:
    config = tmp_path / "client.properties"
    config.write_text(text)

    with pytest.raises(WrongConnection) as wrong:
        security_from({}, config)

    assert named in str(wrong.value)
    assert PASSWORD not in str(wrong.value)


def test_a_certificate_that_is_not_there_is_named() -> None:
    gone = KafkaSecurity(security_protocol="SSL", ssl_ca_location=Path("/no/such/ca.pem"))

    with pytest.raises(WrongConnection, match=r"ssl\.ca\.location .*: /no/such/ca\.pem cannot be used"):
        Connection("kafka:9093", gone).aiokafka()


@pytest.mark.parametrize("name", secrets())
def test_no_text_of_the_settings_shows_a_secret(name: str) -> None:
    security = KafkaSecurity().model_copy(update={name: SecretStr(PASSWORD)})
    connection = Connection("kafka:9093", security)

    for shown in (
        repr(security),
        str(security),
        repr(connection),
        str(connection),
        security.model_dump_json(),
    ):
        assert PASSWORD not in shown
    assert str(connection) == "kafka:9093"


def test_a_workers_settings_show_no_secret_and_pass_none_on_in_words() -> None:
    environment = SCRAM | {
        "TWOMOTION_KAFKA_SASL_PASSWORD": PASSWORD,
        "TWOMOTION_HTTP_TOKEN": f"{PASSWORD}-token",
        "TWOMOTION_PSEUDONYMS": "users",
        "TWOMOTION_PSEUDONYM_KEY": f"{PASSWORD}-key",
    }

    settings = settings_from(environment)

    assert PASSWORD not in repr(settings) + str(settings) + settings.model_dump_json()
    assert PASSWORD not in str(environment_of(settings))
    # A process of a supervisor has its parent's variables, and these.
    assert settings_from(environment | environment_of(settings)) == settings


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"HTTP_TOKEN": "short"}, "TWOMOTION_HTTP_TOKEN"),
        ({"PSEUDONYMS": "users"}, "TWOMOTION_PSEUDONYM_KEY is missing"),
        ({"PSEUDONYM_KEY": "k" * 32}, "TWOMOTION_PSEUDONYMS is off"),
        ({"PSEUDONYMS": "users", "PSEUDONYM_KEY": "k" * 31}, "fewer than 32 characters"),
        ({"PSEUDONYMS": "users", "PSEUDONYM_KEY_FILE": "/dev/null"}, "/dev/null is empty"),
        ({"HTTP_TOKEN_FILE": "/no/such/file"}, "TWOMOTION_HTTP_TOKEN_FILE"),
    ],
)
def test_a_secret_that_cannot_protect_is_refused(changes: dict[str, str], named: str) -> None:
    environment = {f"TWOMOTION_{name}": value for name, value in changes.items()}

    with pytest.raises(SettingsError) as wrong:
        settings_from({"TWOMOTION_BROKERS": "kafka:9092"} | environment)

    assert named in str(wrong.value)
    assert "k" * 31 not in str(wrong.value)


def test_a_child_process_is_given_the_same_connection() -> None:
    connection = found(SCRAM | {"TWOMOTION_KAFKA_SASL_PASSWORD": PASSWORD})

    assert connection_from(connection.environment()) == connection


def test_every_setting_has_a_variable_of_its_own() -> None:
    variables = [variable_of(name) for name in KafkaSecurity.model_fields]

    assert len(set(variables)) == len(variables)
    assert all(name.startswith("TWOMOTION_KAFKA_S") for name in variables)


@pytest.mark.parametrize(
    ("protocol", "mechanism", "said"),
    [
        ("SASL_PLAINTEXT", "PLAIN", "the password"),
        ("SASL_PLAINTEXT", "SCRAM-SHA-512", "everything but"),
        ("SASL_SSL", "PLAIN", ""),
    ],
)
def test_what_others_could_read_is_warned_of(protocol: str, mechanism: str, said: str) -> None:
    changes = {"TWOMOTION_KAFKA_SECURITY_PROTOCOL": protocol, "TWOMOTION_KAFKA_SASL_MECHANISM": mechanism}
    security = found(SCRAM | changes | {"TWOMOTION_KAFKA_SASL_PASSWORD": PASSWORD}).security

    assert said in "; ".join(security.warnings())
    assert bool(said) is bool(list(security.warnings()))


def test_no_client_is_made_past_the_connection() -> None:
    streams = Path(streams_package.__file__).parent
    past = [
        str(file.relative_to(streams))
        for file in streams.rglob("*.py")
        if "bootstrap_servers=" in file.read_text(encoding="utf-8")
    ]

    assert past == []
