"""`cdp profile explain` at the command line."""

from examples.heroes import HEROES
from tests.cli.running import Shell

NOBODY = "00000000-0000-7000-8000-000000000000"
CAITLIN = HEROES["caitlin"]


def test_a_person_reads_bits_and_a_conclusion(shell: Shell, bruno: str) -> None:
    done = shell.run("profile", "explain", bruno, bruno)

    assert done.code == 0
    assert "One person" in done.out
    assert "device_id" in done.out
    assert "bits" in done.out
    assert HEROES["bruno"].email not in done.out


def test_two_people_are_told_apart(shell: Shell, bruno: str) -> None:
    (other,) = shell.good("profile", "find", f"email={CAITLIN.email}")["profiles"]

    document = shell.good("profile", "explain", bruno, other)
    done = shell.run("profile", "explain", bruno, other)

    assert not document["same"]
    assert document["conclusion"] in " ".join(done.out.split())


def test_somebody_unknown_is_refused(shell: Shell, bruno: str) -> None:
    done = shell.run("profile", "explain", bruno, NOBODY, "--json")

    assert done.code == 1
    assert done.error["reason"] == "NO_PROFILE"
