"""`twomotion pseudonym`: which pseudonym somebody has, for whoever holds the key."""

from __future__ import annotations

import os

import click

from streams.cli.output import Exit, Failure


@click.command(
    epilog="""\b
Examples:
  TWOMOTION_PSEUDONYM_KEY_FILE=/run/secrets/pseudonym-key twomotion pseudonym acme ann@acme.example
  TWOMOTION_PSEUDONYM_KEY_FILE=old-key twomotion pseudonym acme c-1 --contact

\b
Exit codes: 0; 1 there is no key; 2 wrong options.
"""
)
@click.argument("account")
@click.argument("person")
@click.option("--contact", is_flag=True, help="PERSON is the id of a contact, not of a user.")
def pseudonym(account: str, person: str, contact: bool) -> None:
    """Print the pseudonym of PERSON (a user id) at ACCOUNT under the key of TWOMOTION_PSEUDONYM_KEY[_FILE].

    There is no way back from a pseudonym: to find out who it is, ask for those who it may be. An erasure may
    name a pseudonym in place of an id, such as the one that somebody had under a former key.
    """
    from streams.door.pseudonyms import Pseudonyms
    from streams.worker.secret_settings import UnreadableSecret, secret_from

    try:
        key = secret_from(os.environ, "TWOMOTION_PSEUDONYM_KEY")
    except UnreadableSecret as wrong:
        raise Failure(str(wrong)) from None
    if key is None:
        raise Failure(
            "There is no key.",
            hint="Set TWOMOTION_PSEUDONYM_KEY_FILE to the file that holds it (docs/security.md).",
            exit_code=Exit.FAILED,
        )
    click.echo(Pseudonyms(key.encode(), "people").of("contact" if contact else "user", account, person))
