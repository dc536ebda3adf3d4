"""Every way to log in works, and who is not let in is told why, without a secret in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

from streams.cli.main import root
from streams.connection import Connection, KafkaSecurity
from streams.connection.refusals import why_refused
from streams.worker.admin import Admin, BrokerUnreachable
from tests.security.support import Guarded
from tests.support.secured import SecuredKafka, password_of

CLIENT, SECRET = "worker app", "client secret: 7&1"


def by_token(secured: SecuredKafka, **changes: object) -> Connection:
    known = {
        "security_protocol": "SASL_SSL",
        "ssl_ca_location": secured.secured.ca,
        "sasl_mechanism": "OAUTHBEARER",
    }
    return Connection(secured.broker.bootstrap, KafkaSecurity.model_validate(known | changes))


@pytest.fixture
def endpoint(secured: SecuredKafka) -> Iterator[tuple[str, list[str]]]:
    """A token endpoint, and what it was asked for."""
    asked: list[str] = []
    who = base64.b64encode(b"worker+app:client+secret%3A+7%261").decode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            asked.append(form["scope"][0])
            right = self.headers["Authorization"] == f"Basic {who}" and form["grant_type"] == [
                "client_credentials"
            ]
            told = {"access_token": secured.token("worker"), "expires_in": 300} if right else {"error": "no"}
            body = json.dumps(told).encode()
            self.send_response(200 if right else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/token", asked
    server.shutdown()
    server.server_close()


def is_let_in(connection: Connection) -> bool:
    """By both clients: one asks for the topics, the other just connects."""
    with Admin(connection) as admin:
        admin.sources("none-")
    return why_refused(connection) is None


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
def test_a_user_with_a_password_is_let_in(secured: SecuredKafka, mechanism: str) -> None:
    assert is_let_in(secured.user("nobody", mechanism))


def test_a_user_with_a_certificate_is_let_in(secured: SecuredKafka) -> None:
    assert is_let_in(secured.with_certificate("nobody"))


def test_a_user_with_a_signed_token_is_let_in(secured: SecuredKafka, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(secured.token("nobody"))

    assert is_let_in(by_token(secured, sasl_oauthbearer_token=secured.token("nobody")))
    assert is_let_in(by_token(secured, sasl_oauthbearer_token_file=file))


def test_a_token_endpoint_is_asked_once_for_many_connections(
    secured: SecuredKafka, endpoint: tuple[str, list[str]]
) -> None:
    url, asked = endpoint
    connection = by_token(
        secured, sasl_oauthbearer_token_endpoint_url=url, sasl_oauthbearer_client_id=CLIENT,
        sasl_oauthbearer_client_secret=SECRET, sasl_oauthbearer_scope="kafka",
    )  # fmt: skip

    assert is_let_in(connection) and is_let_in(connection)
    assert asked == ["kafka"]


def refused(connection: Connection) -> str:
    with pytest.raises(BrokerUnreachable) as why, Admin(connection) as admin:
        admin.sources("none-")
    return str(why.value)


def test_a_wrong_password_is_said_so(secured: SecuredKafka) -> None:
    said = refused(secured.secured.user(secured.broker.bootstrap, "nobody", "another"))

    assert "does not know nobody by SCRAM-SHA-512: the name or the password is wrong" in said
    assert "another" not in said


def test_a_token_of_somebody_else_is_said_so(secured: SecuredKafka) -> None:
    token = secured.token("nobody")[:-8] + "AAAAAAAA"

    said = refused(by_token(secured, sasl_oauthbearer_token=token))

    assert "the token is wrong" in said
    assert token not in said


def test_an_endpoint_that_gives_no_token_is_said_so(
    secured: SecuredKafka, endpoint: tuple[str, list[str]]
) -> None:
    said = why_refused(
        by_token(
            secured,
            sasl_oauthbearer_token_endpoint_url=endpoint[0],
            sasl_oauthbearer_client_id=CLIENT,
            sasl_oauthbearer_client_secret="not it",
            sasl_oauthbearer_scope="kafka",
        )
    )

    assert said is not None and "gave no token (HTTPError 401)" in said
    assert "not it" not in said


def test_a_broker_that_nobody_vouches_for_is_not_talked_to(secured: SecuredKafka) -> None:
    known = secured.user("nobody")
    stranger = Connection(known.bootstrap, known.security.model_copy(update={"ssl_ca_location": None}))

    assert "is not to be trusted" in (why_refused(stranger) or "")


def test_a_login_without_tls_is_told_what_is_missing(secured: SecuredKafka) -> None:
    assert "hangs up on PLAINTEXT" in (why_refused(Connection(secured.broker.bootstrap)) or "")


def test_a_client_without_its_certificate_is_said_so(secured: SecuredKafka) -> None:
    known = KafkaSecurity(security_protocol="SSL", ssl_ca_location=secured.secured.ca)

    said = why_refused(Connection(secured.broker.tls_bootstrap or "", known))

    assert "does not take this client's certificate" in (said or "")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("publish", "crm-changes", "-"), "may write to no topic"),
        (("tail", "retention"), "may not see it (right: Read)"),
        (("catalog", "show"), "may not see it (right: Read)"),
    ],
    ids=lambda given: str(given[0]),
)
def test_a_command_says_what_its_user_is_not_allowed(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], said: str
) -> None:
    for name, value in guarded.secured.user("nobody").environment().items():
        monkeypatch.setenv(name, value)

    done = CliRunner().invoke(root, [*command, "--prefix", guarded.prefix], input="")

    assert done.exit_code == 1, done.output
    assert said in " ".join(done.output.split())
    assert password_of("nobody") not in done.output
