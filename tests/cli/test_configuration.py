"""Policy, catalogues and clients from the command line."""

import json
import sqlite3
from contextlib import closing

import pytest

from cdp.errors import Refused
from cdp.flows.put_catalogue import KINDS
from cdp.outcomes.traits import default_document
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.web.auth import authenticate
from tests.cli.running import Shell


def test_a_policy_that_is_shown_can_be_set_again_and_changes_nothing(shell: Shell) -> None:
    (shell.folder / "policy.json").write_text(shell.run("policy", "show").out)

    again = shell.good("policy", "set", "policy.json")

    assert again["changed"] is False
    assert again["views_built"] == 0
    assert "in force already" in shell.run("policy", "set", "policy.json").out


def test_a_tighter_policy_takes_views_away(shell: Shell, bruno: str) -> None:
    document = shell.good("policy", "show")["policy"]
    document["lia"] = {}
    (shell.folder / "policy.json").write_text(json.dumps(document))

    changed = shell.good("policy", "set", "policy.json")

    assert changed["changed"] is True
    assert changed["views_built"] > 20
    insight = shell.good("profile", "show", bruno, "--purpose", "service_insight")
    assert insight["decision"]["permitted"] is False


def test_a_looser_policy_is_refused(shell: Shell) -> None:
    document = shell.good("policy", "show")["policy"]
    document["matrix"]["offers"]["EU"] = "legal"
    (shell.folder / "policy.json").write_text(json.dumps(document))

    done = shell.run("policy", "set", "policy.json", "--json")

    assert done.code == 1
    assert done.error["reason"] == "looser_than_default"


def test_offers_that_are_shown_can_be_set_again(shell: Shell) -> None:
    (shell.folder / "offers.json").write_text(shell.run("offers", "show").out)

    again = shell.good("offers", "set", "offers.json")

    assert (again["version"], again["changed"], again["views_built"]) == (1, False, 0)
    assert again["offers"] == ["free-shipping", "repair-week", "winter-catalogue"]
    assert "3 offers was in force already" in shell.run("offers", "set", "offers.json").out


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_new_workspace_shows_can_be_set(kind: str, empty: Shell) -> None:
    empty.good("init")
    shown = empty.good(kind, "show")
    (empty.folder / "kept.json").write_text(json.dumps(shown))

    done = empty.good(kind, "set", "kept.json")

    assert set(shown) == {kind}
    assert (done["version"], done["changed"], done["views_built"]) == (1, True, 0)
    assert len(done[kind]) == len(shown[kind])
    assert empty.good(kind, "show") == shown


def test_a_new_workspace_has_no_offers_and_the_default_traits(empty: Shell) -> None:
    empty.good("init")

    assert empty.good("offers", "show") == {"offers": []}
    assert empty.good("traits", "show") == {"traits": default_document()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("listed", ["{}", "[1]", "[null]", "[{}]", '["ada@example.org"]', "null"])
def test_a_catalogue_that_is_none_is_refused(kind: str, listed: str, empty: Shell) -> None:
    empty.good("init")
    (empty.folder / "bad.json").write_text(f'{{"{kind}": {listed}}}')
    (empty.folder / "other.json").write_text('{"ada@example.org": []}')

    for file in ("bad.json", "other.json"):
        done = empty.run(kind, "set", file, "--json")

        assert done.code == 1
        assert done.error["reason"] == f"{KINDS[kind].entry}_invalid"
        assert "ada@" not in done.err


SEARCHES = {
    "field": "computed.visits",
    "purpose": "service_insight",
    "compute": "count",
    "event": "page.viewed",
    "days": 30,
}


def test_traits_that_need_more_of_the_views_have_them_built_again(shell: Shell, bruno: str) -> None:
    (shell.folder / "traits.json").write_text(json.dumps({"traits": [SEARCHES]}))

    done = shell.good("traits", "set", "traits.json")

    assert done["changed"]
    assert done["traits"] == ["computed.visits"]
    assert done["views_built"] > 20
    found = shell.good("profile", "show", bruno, "--purpose", "service_insight")
    assert found["data"]["traits"]["computed.visits"]["value"] == 0
    assert "1 traits was in force already" in shell.run("traits", "set", "traits.json").out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"purpose": "offers"}, "the view of offers holds no page.viewed"),
        ({"compute": "sum"}, "field of is required for sum"),
        ({"field": "computed.Ada Byron"}, "trait number 1: field field"),
    ],
)
def test_a_trait_that_may_not_be_is_refused_by_name(
    change: dict[str, str], says: str, empty: Shell
) -> None:
    empty.good("init")
    (empty.folder / "traits.json").write_text(json.dumps({"traits": [SEARCHES | change]}))

    done = empty.run("traits", "set", "traits.json")

    assert done.code == 1
    assert says in done.err
    assert "Byron" not in done.err


def test_a_client_s_key_is_shown_once_and_kept_nowhere(shell: Shell) -> None:
    made = shell.good(
        "client", "create", "desk", "--purpose", "service", "--scope", "consents:read"
    )

    assert made["key"].startswith("cdp_")
    assert len(made["key"]) == 47
    assert made["scopes"] == ["consents:read"]
    with closing(sqlite3.connect(shell.folder / "data" / "main.sqlite3")) as main:
        assert main.execute("SELECT name FROM api_client").fetchall() == [("desk",)]
        assert made["key"] not in "\n".join(main.iterdump())
    assert "shown once" in shell.run("client", "create", "other", "--purpose", "offers").out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("desk", "--purpose", "world_peace"), "PURPOSE_UNKNOWN"),
        ((" ", "--purpose", "service"), "client_name"),
        (("desk", "--purpose", "service", "--fields", "shoe_size"), "field_unknown"),
        (("desk", "--purpose", "service", "--fields", ""), "field_unknown"),
        (("desk", "--purpose", "service", "--rate", "0"), "client_rate"),
        (("desk", "--purpose", "service", "--expires", "2020-01-01"), "client_expiry"),
    ],
)
def test_a_client_is_bound_to_what_exists(
    arguments: tuple[str, ...], reason: str, shell: Shell
) -> None:
    done = shell.run("client", "create", *arguments, "--json")

    assert done.code == 1
    assert done.error["reason"] == reason


def test_a_client_may_be_bound_to_fields_a_rate_and_an_end(shell: Shell) -> None:
    made = shell.good(
        "client",
        "create",
        " dialler ",
        "--purpose",
        "service",
        *("--fields", "given_name, phone", "--rate", 60, "--expires", "2190-01-01T00:00:00+01:00"),
    )

    (listed,) = shell.good("client", "list")["clients"]
    assert made["name"] == "dialler"
    assert listed == {
        "client_id": made["client_id"],
        "name": "dialler",
        "purposes": ["service"],
        "scopes": [],
        "fields": ["given_name", "phone"],
        "rate": 60,
        "expires_at": "2189-12-31T23:00:00.000Z",
        "revoked": False,
        "valid": True,
    }
    shown = shell.run("client", "list").out
    assert "60" in shown
    with closing(sqlite3.connect(shell.folder / "data" / "main.sqlite3")) as main:
        main.execute("UPDATE api_client SET expires_at = created_at")
        main.commit()
    assert "expired" in shell.run("client", "list").out


def test_an_end_that_is_no_moment_is_a_usage_error(shell: Shell) -> None:
    done = shell.run("client", "create", "desk", "--purpose", "service", "--expires", "soon")

    assert done.code == 2
    assert "--expires" in done.err
    assert "soon" not in done.err


def test_a_revoked_client_is_refused_from_then_on(shell: Shell) -> None:
    made = shell.good("client", "create", "desk", "--purpose", "service")
    listed = shell.good("client", "list")["clients"]
    assert [item["revoked"] for item in listed if item["client_id"] == made["client_id"]] == [False]

    first = shell.good("client", "revoke", made["client_id"])
    again = shell.run("client", "revoke", made["client_id"])
    shell.good("client", "create", "desk", "--purpose", "service")
    two = shell.run("client", "revoke", "desk", "--json")
    unknown = shell.run("client", "revoke", "01a2003e-30cb-7693-8456-7cacb722e4ca", "--json")

    assert first["changed"]
    assert "before" in again.out
    assert two.error["reason"] == "client_name"
    assert unknown.code == 1
    assert "revoked" in shell.run("client", "list").out
    platform = Platform.open(Settings.load(shell.environ, shell.folder))
    with closing(platform), pytest.raises(Refused, match="not valid"):
        authenticate(platform, f"Bearer {made['key']}")
