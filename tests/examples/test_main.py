"""`python -m examples`: any size, into a folder of its own."""

import json
from pathlib import Path

import pytest

from examples.__main__ import main


def test_it_writes_silos_and_truth_and_tells_how_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--people", "30", "--folder", str(tmp_path), "--now", "2026-11-21T12:00:00+00:00"])

    told = json.loads(capsys.readouterr().out)
    assert told["people"] >= 30
    assert all(told["rows"].values())
    assert (tmp_path / "silos" / "shop" / "shop.sqlite3").stat().st_size > 0
    assert (tmp_path / "truth" / "people.csv").exists()


@pytest.mark.parametrize(
    "wrong", [("--people", "3"), ("--now", "2026-11-21T12:00:00"), ("--folder", ".")]
)
def test_it_says_what_is_wrong_with_what_it_was_given(
    tmp_path: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--folder", str(tmp_path / "new"), *wrong])

    assert wrong[0] in capsys.readouterr().err
