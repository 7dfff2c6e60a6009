"""Work that is spread over processes comes to the same answer."""

from pathlib import Path

import pytest

from cdp.work import plain
from cdp.work.plain import Files, plan, spread_for
from tests.cli.plain_files import write_csv
from tests.identity.engines.people import told


def test_several_processes_come_to_the_answer_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [dict(row) for row in told(11, 200, roof=3)]
    for row in rows:
        del row["truth"]
    write_csv(tmp_path / "crm.csv", rows)
    mapped = plan((tmp_path / "crm.csv",), maps=(), keys=(), distinct=())
    files = Files.read(mapped)
    alone = files.resolve(lambda _stage: None)
    monkeypatch.setattr(plain, "ENOUGH_BYTES", 0)

    with spread_for(mapped) as spread:
        found = files.resolve(lambda _stage: None, spread)

    assert spread is not map
    assert found.person.tolist() == alone.person.tolist()
    assert found.weight.tolist() == alone.weight.tolist()
