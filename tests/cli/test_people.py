"""Profiles, contexts and consents at the command line: the door's answers, as staff."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from uuid import UUID, uuid4

import click
import pytest

from cdp import clock
from cdp.cli import cdp
from cdp.cli.consents import _show
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import jobs
from examples.heroes import HEROES
from tests.cli.running import Shell

BRUNO, CAITLIN = HEROES["bruno"], HEROES["caitlin"]
NOBODY = "00000000-0000-7000-8000-000000000000"
YES = ("--purpose", "newsletter", "--channel", "email", "--notice", "privacy-2026")


@pytest.fixture
def platform(shell: Shell) -> Iterator[Platform]:
    opened = Platform.open(Settings.load({}, cwd=shell.folder))
    yield opened
    opened.close()


def test_a_profile_is_found_by_any_spelling_of_an_identifier(shell: Shell, bruno: str) -> None:
    by_phone = ("profile", "find", f"phone={BRUNO.phone.national}", "--region", "FR")

    assert shell.good(*by_phone)["profiles"] == [bruno]
    assert shell.run("profile", "find", f"email={BRUNO.email.upper()}").out.split() == [bruno]


def test_an_identifier_can_be_typed_where_no_shell_remembers_it(shell: Shell, bruno: str) -> None:
    done = shell.run("profile", "find", "-", typed=f"email={BRUNO.email}\n")

    assert done.out.split() == [bruno]


def test_somebody_unknown_and_somebody_not_to_be_seen_look_the_same(shell: Shell) -> None:
    unknown = shell.run("profile", "find", "email=zacharias@example.org", "--purpose", "offers")
    refused = shell.run("profile", "find", f"email={CAITLIN.email}", "--purpose", "offers")

    assert (unknown.code, unknown.out) == (refused.code, refused.out) == (0, "")


def test_an_identifier_that_is_none_is_refused_without_being_repeated(shell: Shell) -> None:
    done = shell.run("profile", "find", "email=not an address", "--json")

    assert done.code == 1
    assert done.error["reason"] == "identifier_unusable"
    assert "not an address" not in done.err


def test_a_purpose_sees_what_it_may(shell: Shell, bruno: str) -> None:
    shown = shell.good("profile", "show", bruno)

    assert shown["decision"]["permitted"] is True
    assert shown["data"]["purpose"] == "service"
    assert BRUNO.name.surname in shell.run("profile", "show", bruno).out


def test_a_denial_is_an_answer_and_shows_nothing(shell: Shell) -> None:
    (caitlin,) = shell.good("profile", "find", f"email={CAITLIN.email}")["profiles"]

    shown = shell.good("profile", "show", caitlin, "--purpose", "offers")

    assert shown["decision"]["permitted"] is False
    assert "data" not in shown
    told = shell.run("profile", "show", caitlin, "--purpose", "offers")
    assert told.code == 0
    assert told.out.startswith("no   offers  REFUSED")


@pytest.mark.parametrize(
    "arguments",
    [
        ("profile", "show"),
        ("context",),
        ("consent", "show"),
        ("consent", "withdraw", "--purpose", "offers"),
    ],
)
def test_nobody_is_not_found(arguments: tuple[str, ...], shell: Shell) -> None:
    done = shell.run(*arguments, NOBODY, "--json")

    assert done.code == 1
    assert done.error["reason"] == "NO_PROFILE"


def test_a_context_says_what_is_known_and_what_may_be_done(shell: Shell, bruno: str) -> None:
    document = shell.good("context", bruno, "--channel", "chat", "--interaction", "i-1")

    assert document["schema"] == "outcome-context/1"
    assert document["request"] == {
        "interaction_id": "i-1",
        "channel": "chat",
        "purpose": "service",
        "requester": "staff",
    }
    assert document["offers"]["permitted"] is True
    told = shell.run("context", bruno, "--channel", "chat").out
    assert "yes  offers may be made" in told
    assert "[record shop" in told


def test_a_view_that_waits_to_be_built_is_built_for_the_asker(
    shell: Shell, bruno: str, platform: Platform
) -> None:
    """As after a withdrawal while no worker runs: the views are void and a job is open."""
    with closing(sqlite3.connect(shell.folder / "data" / "views.sqlite3")) as views:
        views.execute("DELETE FROM sealed_view")
        views.commit()
    with platform.write() as tx:
        jobs.want(tx.main, platform.workspace, jobs.REFRESH, [UUID(bruno)], clock.now())

    assert shell.good("context", bruno)["outcomes"]["knowledge"]["service"]


def test_a_store_that_is_away_is_not_waited_for(shell: Shell, bruno: str) -> None:
    shutil.move(shell.folder / "data" / "views.sqlite3", shell.folder / "away")

    done = shell.run("context", bruno, "--json")

    assert done.code == 4
    assert "views store" in done.error["message"]


def test_a_yes_is_recorded_as_said_by_staff(shell: Shell, bruno: str) -> None:
    said = shell.good(
        "consent", "give", bruno, *YES, "--evidence", "call/1", "--subject",
        "--identifier", f"email={BRUNO.email}",
    )  # fmt: skip

    assert said["effective"] is True
    assert said["repeated"] is False
    shown = shell.good("consent", "show", bruno)
    ranks = {fact["rank"] for record in shown["records"] for fact in record["facts"]}
    assert 2 in ranks
    assert not ranks & {3, 4, 5}


def test_the_same_statement_is_recorded_once(shell: Shell, bruno: str) -> None:
    event = str(uuid4())
    give = ("consent", "give", bruno, *YES, "--event-id", event)

    first = shell.good(*give)

    assert shell.good(*give) == {**first, "repeated": True, "records": 0}
    assert "Recorded before" in shell.run(*give).out


def test_a_withdrawal_holds_and_staff_cannot_undo_it(shell: Shell, bruno: str) -> None:
    assert (
        "The withdrawal holds"
        in shell.run(
            "consent",
            "withdraw",
            bruno,
            "--purpose",
            "offers",
            "--channel",
            "chat",
            "--channel",
            "web",
        ).out
    )
    told = shell.good("consent", "withdraw", bruno, "--purpose", "*")
    assert told["key_destroyed"] is True
    shell.good("consent", "give", bruno, "--purpose", "offers", "--notice", "privacy-2026")

    context = shell.good("context", bruno, "--channel", "chat")

    assert context["offers"]["permitted"] is False


def test_one_address_can_be_withdrawn_alone(shell: Shell, bruno: str) -> None:
    shell.good(
        "consent", "withdraw", bruno, "--purpose", "offers", "--contact", "-",
        typed=f"email={BRUNO.email}\n",
    )  # fmt: skip

    shown = shell.run("consent", "show", bruno)

    assert "withdrawn" in shown.out
    assert BRUNO.email not in shown.out


def test_an_unknown_notice_is_refused(shell: Shell, bruno: str) -> None:
    done = shell.run("consent", "give", bruno, "--purpose", "offers", "--notice", "x", "--json")

    assert done.code == 1
    assert done.error["reason"] == "NOTICE_UNKNOWN"


def test_people_are_told_when_the_keys_go_later(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"repeated": False, "seq": 7, "records": 2, "key_destroyed": False}
    with click.Context(cdp):
        _show(answer, "The withdrawal holds")

    assert "readers refuse already" in capsys.readouterr().out
