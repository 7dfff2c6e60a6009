"""`cdp identity judge` and its like, and `cdp profile graph`, at the command line."""

from examples.heroes import HEROES
from tests.cli.running import Shell

NOBODY = "00000000-0000-7000-8000-000000000000"


def records_of(shell: Shell, profile: str) -> list[str]:
    return shell.run("profile", "graph", profile, "--records").out.split()


def customer_of(shell: Shell, profile: str) -> str:
    """The record that the CRM has of a profile; nobody else's depends on it."""
    nodes = shell.good("profile", "graph", profile)["nodes"]
    return str(next(node["record_id"] for node in nodes if node["source"] == "crm"))


def test_a_record_is_parted_from_its_profile_until_that_is_taken_back(
    shell: Shell, bruno: str
) -> None:
    record = customer_of(shell, bruno)
    others = [one for one in records_of(shell, bruno) if one != record]

    given = shell.run("identity", "judge", "apart", record, bruno, "--reason", "call_centre")

    assert given.code == 0
    verdict = given.out.strip()
    assert "stands" in given.err
    assert sorted(records_of(shell, bruno)) == sorted(others)
    listed = shell.good("identity", "verdicts")["verdicts"]
    assert [(one["verdict_id"], one["said_by"], one["reason"]) for one in listed] == [
        (verdict, "staff", "call_centre")
    ]
    back = shell.run("identity", "undo", verdict)
    assert back.out.strip() == verdict
    assert "taken back" in back.err
    assert sorted(records_of(shell, bruno)) == sorted([record, *others])
    assert "already" in shell.run("identity", "undo", verdict).err


def test_a_merge_is_undone_and_undone_in_turn(shell: Shell, bruno: str) -> None:
    record = customer_of(shell, bruno)
    verdict = shell.good("identity", "judge", "apart", record, bruno)["verdict"]["verdict_id"]
    shell.good("identity", "undo", verdict)

    undone = shell.good("identity", "undo-merge", bruno)

    assert undone["verdict"]["undoes_merge"]
    assert record not in records_of(shell, bruno)
    again = shell.run("identity", "undo-merge", bruno, "--json")
    assert (again.code, again.error["reason"]) == (1, "no_merge")
    assert "undoes merge" in shell.run("identity", "verdicts").out
    drawn = shell.good("profile", "graph", bruno)
    assert [step["kind"] for step in drawn["lineage"]] == ["split", "merged", "split"]
    assert drawn["lineage"][1]["seq"] == undone["verdict"]["undoes_merge"]
    assert "merged" in shell.run("profile", "graph", bruno).out
    shell.good("identity", "undo", undone["verdict"]["verdict_id"])
    assert record in records_of(shell, bruno)


def test_what_to_look_at_is_listed_by_kind_with_weights(shell: Shell) -> None:
    document = shell.good("identity", "review", "--kind", "uncertain", "--limit", 3)
    done = shell.run("identity", "review")

    assert 0 < len(document["items"]) <= 3
    assert {item["kind"] for item in document["items"]} == {"uncertain"}
    assert all(abs(item["bits"]) <= 3 for item in document["items"])
    assert "Waiting:" in done.out
    assert "bits" in done.out


def test_a_graph_shows_records_and_links_with_their_weights(shell: Shell, bruno: str) -> None:
    done = shell.run("profile", "graph", bruno)
    document = shell.good("profile", "graph", bruno)

    assert done.code == 0
    assert "crm/customers" in done.out
    assert "verified" in done.out
    assert HEROES["bruno"].email not in done.out + str(document)
    tied = {edge[end] for edge in document["edges"] for end in ("a", "b")}
    assert tied == {node["record_id"] for node in document["nodes"]}


def test_nothing_decided_yet_is_said(shell: Shell) -> None:
    assert "Nobody" in shell.run("identity", "verdicts").out


def test_who_is_unknown_or_the_same_is_refused(shell: Shell, bruno: str) -> None:
    for arguments, reason in (
        (("judge", "together", bruno, NOBODY), "NO_PROFILE"),
        (("judge", "together", bruno, bruno), "same_person"),
        (("undo", NOBODY), "NO_VERDICT"),
        (("undo-merge", NOBODY), "NO_PROFILE"),
    ):
        done = shell.run("identity", *arguments, "--json")
        assert (done.code, done.error["reason"]) == (1, reason)


def test_a_reason_is_a_code_and_no_text(shell: Shell, bruno: str) -> None:
    done = shell.run("identity", "judge", "apart", bruno, NOBODY, "--reason", "Anna said so")

    assert done.code == 2
    assert "Anna" not in done.err
