"""Work that is spread over threads comes to the same answer, and hands over what it found."""

from pathlib import Path

import pytest
from pyarrow import parquet

from cdp.errors import Refused
from cdp.work.plain import Files, plan, spread_for
from cdp.work.seams import SCHEMAS
from tests.cli.plain_files import write_csv
from tests.identity.engines.people import told


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Households of three, in one file."""
    rows = [dict(row) for row in told(11, 200, roof=3)]
    for row in rows:
        del row["truth"]
    write_csv(tmp_path / "crm.csv", rows)
    return Files.read(plan((tmp_path / "crm.csv",), maps=(), keys=(), distinct=()))


def test_several_threads_come_to_the_answer_of_one(files: Files) -> None:
    alone = files.resolve(lambda _stage: None)

    with spread_for() as spread:
        found = files.resolve(lambda _stage: None, spread)

    assert spread is not map
    assert found.person.tolist() == alone.person.tolist()
    assert found.weight.tolist() == alone.weight.tolist()


def test_stages_hand_over_what_they_found_in_the_numbers_of_the_rows(
    files: Files, tmp_path: Path
) -> None:
    answer = files.resolve(lambda _stage: None, stages=tmp_path)

    held = {name: parquet.read_table(tmp_path / f"{name}.parquet") for name in SCHEMAS}
    assert {name: table.schema for name, table in held.items()} == dict(SCHEMAS)
    pairs, weights = (held[name].to_pylist() for name in ("candidates", "weights"))
    assert [(row["a"], row["b"]) for row in weights] == [(row["a"], row["b"]) for row in pairs]
    assert all(row["a"] < row["b"] for row in pairs)
    assert len(pairs) == answer.pairs
    component = {row["record"]: row["component"] for row in held["components"].to_pylist()}
    assert sorted(component) == list(range(len(answer.person)))
    # Whoever is one person hangs together; so does whoever a heavy pair ties.
    assert all(component[n] == component[p] for n, p in enumerate(answer.person.tolist()))
    assert all(component[w["a"]] == component[w["b"]] for w in weights if w["millibits"] > 0)


def test_stages_that_cannot_be_written_are_refused(files: Files, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written"):
        files.resolve(lambda _stage: None, stages=tmp_path / "nowhere")
