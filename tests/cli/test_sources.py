"""Adding, listing, mapping and previewing sources."""

import json
from pathlib import Path

import pytest

from cdp.cli.search import Needles, search
from examples.heroes import HEROES
from examples.streams import SOURCES
from tests.cli.running import Shell

ADD = ("source", "add", "extra", "--kind", "delimited")
FIELDS = (
    "--set",
    "path=silos/crm/customers.csv",
    "--set",
    "stream=people",
    "--set",
    "key=entry_no",
)


def test_sources_are_listed_with_what_is_known_of_them(shell: Shell) -> None:
    rows = shell.good("source", "list")["streams"]

    assert list(dict.fromkeys(row["source"] for row in rows)) == list(SOURCES)
    assert all(row["records"] > 0 and row["mapping"] == 1 and row["synced_at"] for row in rows)
    assert rows[0]["quarantine"] == {"bad_encoding": 1}
    assert "1 bad_encoding" in shell.run("source", "list").out


def test_an_empty_workspace_lists_nothing(empty: Shell) -> None:
    empty.good("init")

    assert empty.good("source", "list") == {"streams": []}
    assert "No sources" in empty.run("source", "list").out


def test_a_source_is_added_field_by_field(shell: Shell) -> None:
    added = shell.good(*ADD, *FIELDS, "--set", "header=true")

    assert added == {"source": "extra", "kind": "delimited", "streams": ["people"]}
    assert shell.good("sync", "extra")["streams"]["extra.people"]["new"] > 20
    assert shell.good("sync", "extra")["streams"]["extra.people"]["unchanged"] == 0


def test_a_source_is_added_from_a_file_and_people_are_told_what_is_next(shell: Shell) -> None:
    config = {"path": "silos/crm/customers.csv", "stream": "people", "key": ["customer_no"]}
    (shell.folder / "extra.json").write_text(json.dumps(config))

    done = shell.run(*ADD, "--config", "extra.json", "--set", "key=entry_no")

    assert done.code == 0
    assert "cdp source map extra --suggest" in done.out


def test_a_configuration_is_sealed(shell: Shell) -> None:
    path = "silos/of-bruno-lacombeaud/*.csv"

    shell.good(*ADD, "--set", f"path={path}", "--set", "stream=people", "--set", "key=entry_no")

    assert not search([shell.folder / "data"], Needles([path, "lacombeaud"])).hits


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("source", "add", "crm", "--kind", "delimited", *FIELDS), "source_exists"),
        (("source", "add", "No Good", "--kind", "delimited", *FIELDS), "source_name"),
        (("source", "add", "x", "--kind", "nothing", *FIELDS), "unknown_kind"),
        ((*ADD, "--set", "path=x"), "invalid_configuration"),
        ((*ADD, *FIELDS, "--set", "colour=red"), "invalid_configuration"),
        (("source", "map", "nosuch", "--suggest"), "not_found"),
        (("source", "map", "crm.nosuch", "--suggest"), "not_found"),
        (("source", "preview", "extra"), "not_found"),
        (("sync", "nosuch"), "not_found"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], reason: str, shell: Shell) -> None:
    done = shell.run(*arguments, "--json")

    assert done.code == 1
    assert done.error["reason"] == reason


def test_a_file_that_is_away_can_be_tried_again(shell: Shell) -> None:
    shell.good(*ADD, "--set", "path=nowhere.csv", "--set", "stream=people", "--set", "key=id")

    assert shell.run("source", "preview", "extra", "--file", _mapping(shell)).code == 3
    done = shell.run("sync", "--json")
    assert done.code == 1
    assert done.error["reason"] == "stream_failed"
    assert list(done.document["failed"]) == ["extra.people"]
    assert "stopped: extra.people" in shell.run("sync", "extra").out


def test_a_suggestion_is_shown_and_not_kept(shell: Shell) -> None:
    shell.good(*ADD, *FIELDS)

    shown = shell.good("source", "map", "extra", "--suggest")

    assert shown["mapping"]["fields"]["email"]["identifier"] == "email"
    done = shell.run("source", "map", "extra", "--suggest")
    assert json.loads(done.out) == shown["mapping"]
    assert "Nothing is kept yet" in done.err
    assert shell.run("source", "preview", "extra", "--json").error["reason"] == "no_mapping"


def test_a_saved_suggestion_is_in_force(shell: Shell) -> None:
    shell.good(*ADD, *FIELDS)
    shell.good("sync", "extra")

    kept = shell.good("source", "map", "extra", "--suggest", "--save")

    assert kept["version"] == 1
    assert kept["waiting"] > 20
    assert shell.good("resolve")["resolved"]["records"] == kept["waiting"]
    assert shell.good("source", "map", "extra", "--suggest", "--save")["waiting"] == 0


def test_a_mapping_from_a_file_is_a_new_version_and_its_records_wait(shell: Shell) -> None:
    before = shell.good("source", "list")["streams"][0]["records"]

    kept = shell.good("source", "map", "crm.customers", "--file", _mapping(shell))

    assert kept == {"stream": "crm.customers", "version": 2, "waiting": before}
    assert "cdp resolve" in shell.run("source", "map", "support", "--file", _mapping(shell)).out


def test_a_mapping_that_is_none_is_refused_by_its_path(shell: Shell) -> None:
    (shell.folder / "bad.json").write_text('{"fields": {"email": {"identifer": "email"}}}')

    done = shell.run("source", "map", "crm", "--file", "bad.json", "--json")

    assert done.code == 1
    assert done.error["reason"] == "invalid_mapping"
    assert "fields.email" in done.error["message"]


def test_a_preview_counts_and_shows_no_value(shell: Shell) -> None:
    report = shell.good("source", "preview", "crm", "--rows", 10)

    assert report["rows"] == 10
    counted = {item["column"]: item for item in report["columns"]}
    assert counted["email"]["mapped"] == 10
    assert "entry_no" in report["unmapped"]
    shown = shell.run("source", "preview", "crm").out
    assert "1 bad_date" in shown
    assert HEROES["bruno"].name.surname not in shown


def test_a_suggestion_that_recognised_nothing_is_not_put_in_force(shell: Shell) -> None:
    (shell.folder / "odd.csv").write_text("no,qqq\n1,zzz\n")
    settings = ("path=odd.csv", "stream=odd", "key=no")
    sets = [word for one in settings for word in ("--set", one)]
    shell.good("source", "add", "odd", "--kind", "delimited", *sets)

    done = shell.run("source", "map", "odd", "--suggest", "--save", "--json")

    assert (done.code, done.error["reason"]) == (1, "nothing_suggested")
    assert shell.run("source", "map", "odd", "--suggest").code == 0


def test_a_preview_tells_of_events_that_lack_what_their_type_requires(shell: Shell) -> None:
    rows = "1,2026-10-01T10:00:00Z,late_delivery\n2,2026-10-02T10:00:00Z,\n"
    (shell.folder / "cases.csv").write_text(f"no,opened_at,kind\n{rows}")
    case = {"type": "case.opened", "at": "opened_at", "object": "no", "data": {"kind": "kind"}}
    mapping = {"events": [case, {"type": "case.gone", "at": "opened_at"}]}
    (shell.folder / "cases.json").write_text(json.dumps(mapping))
    settings = ("path=cases.csv", "stream=cases", "key=no")
    sets = [word for one in settings for word in ("--set", one)]
    shell.good("source", "add", "desk", "--kind", "delimited", *sets)

    told = shell.good("source", "preview", "desk", "--file", "cases.json")

    assert told["events"]["case.opened"] == {
        "understood": 1,
        "case.opened: field kind is required": 1,
    }
    assert "feeds nothing" in str(told["events"]["case.gone"])
    shown = shell.run("source", "preview", "desk", "--file", "cases.json").out
    assert "kind is required" in " ".join(shown.split())
    assert "late_delivery" not in shown


def test_a_preview_of_events_holds_them_against_the_catalogue(shell: Shell) -> None:
    told = shell.good("source", "preview", "web")

    assert told["events"]["page.viewed"]["understood"] > 0


@pytest.mark.parametrize("text", ["[]", "{", None])
def test_a_file_that_is_no_document_is_a_usage_error(text: str | None, shell: Shell) -> None:
    if text is not None:
        (shell.folder / "file.json").write_text(text)

    assert shell.run("source", "map", "crm", "--file", "file.json").code == 2


def _mapping(shell: Shell) -> Path:
    path = shell.folder / "mapping.json"
    path.write_text('{"relation": "customer", "fields": {"email": {"identifier": "email"}}}')
    return path
