"""The page for authors says what there is, and what it shows works."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from connectors import registry
from connectors.base import Record
from tests.cli.running import Shell

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "connectors.md").read_text("utf-8")


def test_every_kind_has_a_row_with_all_its_fields() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .+? \| (`.+`) \|$", PAGE, re.MULTILINE))

    assert sorted(rows) == registry.kinds()
    for kind, fields in rows.items():
        schema: Any = registry.find(kind).config_schema
        named = re.findall(r"`(\w+)`", fields)
        assert sorted(named) == sorted(schema["properties"])
        assert named[: fields.count("`", 0, fields.index(";")) // 2] == schema["required"]


def test_the_example_is_a_connector(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "colours.py").write_text(code)
    found = registry.find("colours", tmp_path)
    config = {"colours": ["red", "green"], "token": "t"}

    registry.check_config(found, config)

    read = list(found.read(config, "colours", None))
    assert [message.key for message in read if isinstance(message, Record)] == ["red", "green"]
    assert registry.shown(found, config) == {"colours": ["red", "green"], "token": "set"}


def test_the_commands_work(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```console\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
    first, second = (line.removeprefix("$ ").split() for line in block.splitlines())

    Shell(tmp_path, {}).good(*first[1:])
    done = subprocess.run(
        [sys.executable, "-m", *second[:1], "-p", "no:cacheprovider", tmp_path / second[1]],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
