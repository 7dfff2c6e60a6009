"""The demo tells the truth, and its proof can fail."""

import sys
from pathlib import Path

import pytest

from cdp.cli import demo as demo_command
from cdp.cli import story
from cdp.cli.output import console
from cdp.cli.scenes import Stage
from cdp.cli.search import Needles, search
from cdp.cli.story import _show_hits
from examples.broken import BROKEN
from examples.heroes import HEROES
from examples.streams import SILOS
from tests.cli.conftest import Played
from tests.cli.running import Shell


def test_every_record_is_in_a_profile_and_nothing_failed(played: Played) -> None:
    gathered = played.told["sync"]

    assert gathered["failed"] == {}
    assert played.told["evaluation"]["records"] == gathered["records"]
    assert played.told["evaluation"]["clusters"] == gathered["profiles"]
    landed = gathered["streams"].values()
    assert sum(one["new"] + one["event"] for one in landed) == gathered["rows"]


def test_every_silo_is_told_with_its_rows(played: Played) -> None:
    silos = {one["silo"]: one for one in played.told["sync"]["silos"]}

    assert {name: one["kind"] for name, one in silos.items()} == dict(SILOS)
    assert set(silos["shop"]["rows"]) == {"accounts", "orders"}
    assert all(count for one in silos.values() for count in one["rows"].values())
    assert sum(one["quarantined"] for one in silos.values()) == len(BROKEN)


def test_rows_nobody_could_read_are_told_with_their_reason(played: Played) -> None:
    assert played.told["sync"]["quarantine"] == {
        "crm.customers": {"bad_encoding": 1},
        "shop.accounts": {"bad_encoding": 1},
        "shop.orders": {"missing_key": 1},
        "support.contacts": {"not_json": 1},
        "support_cases.cases": {"missing_key": 1},
        "web.visits": {"not_an_object": 1},
    }


def test_the_figures_are_those_of_the_profiles(played: Played) -> None:
    figures = played.told["evaluation"]

    right = figures["pairs"] - figures["missed"]
    assert figures["pairwise"]["recall"] == pytest.approx(right / figures["pairs"], abs=1e-4)
    assert figures["pairwise"]["precision"] == pytest.approx(
        right / (right + figures["wrong"]), abs=1e-4
    )
    assert sum(figures["wrong_pairs"].values()) == figures["wrong"]
    assert figures["recall_by_kind"]["none"]["share"] > 0.9
    assert figures["pairwise"]["precision"] > 0.9


def test_a_merge_and_a_refusal_are_explained_in_bits(played: Played) -> None:
    merge, refusal = (played.told["explanations"][name] for name in ("merge", "refusal"))

    assert merge["explanation"]["same"]
    assert {"nickname", "moved", "new_email", "swapped_date"} == set(merge["differences"])
    assert not refusal["explanation"]["same"]
    assert refusal["explanation"]["reasons"]
    for told in (merge, refusal):
        step = told["explanation"]["pair"]
        assert step["bits"] == pytest.approx(sum(term["bits"] for term in step["terms"]), abs=0.05)


def test_the_contexts_differ_in_what_may_be_offered(played: Played) -> None:
    contexts = played.told["contexts"]

    permitted = {name: found["offers"]["permitted"] for name, found in contexts.items()}
    assert permitted == {
        "all_permitted": True,
        "service_only": False,
        "served_first": True,
        "withdrawn": False,
    }
    offered = {one["id"] for one in contexts["all_permitted"]["actions"]["offers"]}
    assert offered == {"free-shipping", "repair-week"}
    assert not contexts["served_first"]["actions"]["offers"]
    assert {one["blocked_by"] for one in contexts["served_first"]["actions"]["suppressed"]} == {
        "resolution_first",
        "eligibility",
    }
    assert all("resolution" in found["outcomes"] for found in contexts.values())


def test_amelies_context_tells_her_whole_story(played: Played) -> None:
    context = played.told["contexts"]["served_first"]
    outcomes = context["outcomes"]

    assert outcomes["intent"]["value"]["label"] == "order_status"
    signals = {one["signal"] for one in outcomes["satisfaction"]["value"]["drivers"]}
    assert {"not_delivered_by_promise", "repeat_contact", "reformulated_search"} <= signals
    assert outcomes["effort"]["value"]["band"] == "high"
    resolution = outcomes["resolution"]["value"]
    assert {one["kind"] for one in resolution["open"]} == {"order_problem", "order_overdue"}
    assert [one["problem"] for one in resolution["root_causes"]] == ["PRB-17"]
    assert context["actions"]["answers"][0]["id"] == "where-is-my-parcel"
    assert {one["value"]["journey"] for one in context["journeys"]} == {
        "case_to_resolution",
        "order_to_delivery",
    }


def test_an_offer_is_withheld_because_something_is_open(played: Played) -> None:
    withheld = played.told["withheld_offer"]

    assert withheld["blocked_by"] == "resolution_first"
    assert len(withheld["open"]) == 2


def test_a_withdrawal_is_refused_when_asked_again_at_once(played: Played) -> None:
    withdrawal = played.told["withdrawal"]

    assert (withdrawal["before"], withdrawal["after"]) == (True, False)
    assert withdrawal["reason"] == "WITHDRAWN"
    assert withdrawal["key_destroyed"]


def test_no_view_is_readable_that_should_not_be(played: Played) -> None:
    drift = played.told["drift"]

    assert drift == {"profiles": played.told["sync"]["profiles"], "forbidden": 0, "missing": 0}


def test_nothing_known_of_anybody_lies_in_the_stores(played: Played) -> None:
    found = played.told["search"]

    assert found["found"] == 0
    assert found["values"] > 200
    assert found["files"] > 20
    assert {Path(place).name for place in found["stores"].values()} == {
        "main.sqlite3",
        "custody.sqlite3",
        "views.sqlite3",
    }


def test_the_search_finds_a_name_that_lies_in_a_store(played: Played, tmp_path: Path) -> None:
    name = HEROES["bruno"].name.surname
    leaky = tmp_path / "main.sqlite3"
    leaky.write_bytes(bytes(5000) + name.encode("utf-16-le") + bytes(5000))

    found = search([tmp_path], Needles([name]))

    assert found.hits == ((name, leaky),)
    with console().capture() as shown:
        _show_hits(console(), found)
    assert name not in shown.get()


def test_a_leak_is_told_and_is_no_success(empty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    real = story._proof

    def proof(stage: Stage) -> dict[str, object]:
        (stage.platform.settings.data_dir / "x.csv").write_text(HEROES["bruno"].name.surname)
        return real(stage)

    monkeypatch.setattr(story, "_proof", proof)

    done = empty.run("demo", "--folder", empty.folder / "leaky", "--people", 20, "--json")

    assert done.code == 1
    assert done.document["search"]["found"] > 0
    assert done.error["reason"] == "leak"


def test_people_see_panels_and_the_folder_can_go(empty: Shell) -> None:
    done = empty.run("demo", "--folder", "gone", "--people", 20, "--seed", 3, "--discard")

    assert done.code == 0, done.err
    for told in (
        "Four silos become people",
        "quarantine: shop.orders: 1 missing_key: a key field is empty",
        "are exactly one profile",
        "One person",
        "Not one person",
        "Bruno: all permitted",
        "withheld from her all the same: resolution_first",
        "Dorothea: withdrawn a second ago",
        "0 of",
    ):
        assert told in done.out
    assert not (empty.folder / "gone").exists()


def test_the_demo_wants_an_empty_folder(empty: Shell) -> None:
    (empty.folder / "mine.txt").write_text("keep")

    done = empty.run("demo", "--folder", empty.folder, "--json")

    assert done.code == 1
    assert done.error["reason"] == "not_empty"
    assert (empty.folder / "mine.txt").exists()


def test_without_a_folder_a_temporary_one_is_made() -> None:
    made = demo_command._fresh(None)

    assert made.is_dir()
    made.rmdir()


def test_the_checkout_is_put_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = str(Path(__file__).parents[2])
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != checkout])

    demo_command._find_examples()

    assert sys.path[-1] == checkout


def test_the_demo_says_that_it_needs_the_checkout(
    empty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_command, "__file__", str(empty.folder / "a" / "b" / "c.py"))

    done = empty.run("demo", "--json")

    assert done.code == 1
    assert done.error["reason"] == "no_examples"
