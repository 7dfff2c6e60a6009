"""`cdp identity model` and `--model`: Splink's models, ours, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.plain_files import BORN, CRM, SHOP, answer, write_csv
from tests.cli.running import Shell
from tests.identity.splink.recorded import COLUMNS, RECORDS, WEIGHTS, model, one_level


def put(path: Path, document: object) -> str:
    path.write_text(json.dumps(document), "utf-8")
    return path.name


def recorded(empty: Shell, *, sources: int = 1) -> list[str]:
    """The recorded people, as files of one source or several."""
    names = [f"s{number}.csv" for number in range(sources)]
    for number, name in enumerate(names):
        rows = [
            {**dict.fromkeys(("unique_id", *COLUMNS), ""), **row}
            for row in RECORDS[number::sources]
        ]
        write_csv(empty.folder / name, rows)
    return names


def test_a_model_of_splink_is_shown_with_its_bits(empty: Shell) -> None:
    file = put(empty.folder / "m.json", model())

    found = empty.good("identity", "model", "show", file)
    shown = empty.run("identity", "model", "show", file).out

    assert found["reads"] == "columns"
    assert found["columns"] == ["born", "code", "family", "given", "kind", "mail", "points", "town"]
    assert found["blocking"][1] == ["born:4", "town"]
    town = next(item for item in found["comparisons"] if item["name"] == "town")
    assert town["levels"][0]["rarity"] == "town"
    assert town["levels"][0]["bits"] == 4.17
    assert "+4.17" in shown
    assert "born:4 and town" in shown


def test_people_are_resolved_by_a_model_of_splink(empty: Shell) -> None:
    file = put(empty.folder / "m.json", model())
    (people,) = recorded(empty)

    found = empty.good(
        "identity", "resolve", people, "--model", file, "--id", "unique_id", "--out", "out.csv"
    )
    shown = empty.run("identity", "resolve", people, "--model", file).out

    assert found["pairs"] == len(WEIGHTS)
    assert found["model"] == file
    assert found["prior_bits"] == -8.96
    assert all(item["trained"] for item in found["comparisons"])
    assert "of the model" in shown
    rows = answer(empty.folder / "out.csv")
    assert len(rows) == len(RECORDS)
    assert found["profiles"] < len(RECORDS)


def test_a_model_that_only_links_takes_every_source_as_free_of_doubles(empty: Shell) -> None:
    file = put(empty.folder / "m.json", model() | {"link_type": "link_only"})

    found = empty.good("identity", "resolve", *recorded(empty, sources=2), "--model", file)

    assert set(found["profile_sizes"]) <= {"1", "2"}
    assert 0 < found["pairs"] < len(WEIGHTS)


def test_a_model_is_converted_both_ways_and_says_what_is_not_carried(empty: Shell) -> None:
    file = put(empty.folder / "m.json", model())

    there = empty.good("identity", "model", "convert", file, "--to", "continuum", "--out", "c.json")
    empty.good("identity", "model", "convert", "c.json", "--to", "splink", "--out", "s.json")

    assert there["splink_does_not_carry"] == []
    ours = json.loads((empty.folder / "c.json").read_text("utf-8"))
    assert ours["splink"] == json.loads((empty.folder / "s.json").read_text("utf-8"))
    assert empty.good("identity", "model", "show", "c.json") == empty.good(
        "identity", "model", "show", "s.json"
    )


def test_rules_of_ours_are_a_model_too(empty: Shell) -> None:
    write_csv(empty.folder / "crm.csv", CRM)
    write_csv(empty.folder / "shop.csv", SHOP)
    first = empty.good(
        "identity", "resolve", "crm.csv", "shop.csv", *BORN, "--save-model", "both.json"
    )
    both = json.loads((empty.folder / "both.json").read_text("utf-8"))
    file = put(empty.folder / "rules.json", both["continuum"])

    done = empty.good("identity", "resolve", "crm.csv", "shop.csv", *BORN, "--model", file)
    shown = empty.run("identity", "model", "convert", file, "--to", "splink", "--out", "s.json").out

    assert done["sources"]["crm"]["types"]["given_name"] == "given_name"
    assert done["profile_sizes"] == first["profile_sizes"]
    assert done["prior_bits"] == first["prior_bits"]
    assert both["reads"] == "types"
    assert "Splink is not told: counted frequencies" in shown
    assert "by their types" in empty.run("identity", "model", "show", file).out


def without(level: int) -> dict[str, Any]:
    document = model()
    del document["comparisons"][0]["comparison_levels"][level]["m_probability"]
    return document


def test_a_share_that_is_not_trained_is_said_or_the_model_refused(empty: Shell) -> None:
    file = put(empty.folder / "m.json", without(1))

    refused = empty.run("identity", "model", "show", file, "--json")
    found = empty.good("identity", "model", "show", file, "--untrained", "0.000001")

    assert refused.code == 1
    assert "has no m_probability" in refused.error["message"]
    assert found["comparisons"][0]["levels"][0]["m"] == 0.000001


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "m.json: not JSON"),
        ("[" * 100_000, "m.json: not JSON"),
        ("[]", "m.json: document: must be an object"),
        ('{"format": "continuum.identity.rules/1"}', "must be a model of Splink 5"),
        (json.dumps(one_level(sql_condition="jaccard(a_l, a_r) > 0")), "level 'same': is not reco"),
        (json.dumps(one_level(u_probability=2)), "u_probability must be above 0 and at most 1"),
        (json.dumps(one_level()), "blocking rule rule_1 needs a, a column that no file has"),
        (json.dumps(one_level() | {"blocking_rules_to_generate_predictions": []}),
         "comparison a needs a, a column that no file has"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_used_is_refused_in_one_line(
    empty: Shell, text: str, message: str
) -> None:
    (empty.folder / "m.json").write_text(text, "utf-8")
    (people,) = recorded(empty)

    done = empty.run("identity", "resolve", people, "--model", "m.json", "--json")

    assert done.code == 1
    assert message in done.error["message"]
    assert done.out == ""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--map", "town=city"), "--map: this model reads columns by their names"),
        (("--untrained", "2"), "--untrained: takes a number"),
        (("--untrained", "x"), "--untrained: takes a number"),
    ],
)
def test_options_that_do_not_go_with_a_model_are_refused(
    empty: Shell, more: tuple[str, ...], message: str
) -> None:
    file = put(empty.folder / "m.json", model())
    (people,) = recorded(empty)

    done = empty.run("identity", "resolve", people, "--model", file, *more, "--json")

    assert done.code == 2
    assert message in done.error["message"]


def test_a_file_without_any_column_of_the_model_is_refused(empty: Shell) -> None:
    file = put(empty.folder / "m.json", model())
    (people,) = recorded(empty)
    write_csv(empty.folder / "other.csv", [{"shoe": "1"}])

    done = empty.run("identity", "resolve", people, "other.csv", "--model", file, "--json")

    assert done.code == 1
    assert "other.csv: has none of the model's columns" in done.error["message"]


@pytest.mark.parametrize(("out", "code"), [("no/such.json", 2), (".", 2), ("x" * 300, 1)])
def test_a_model_is_written_where_it_can_be(empty: Shell, out: str, code: int) -> None:
    file = put(empty.folder / "m.json", model())

    done = empty.run("identity", "model", "convert", file, "--to", "splink", "--out", out)

    assert done.code == code
