"""Connectors are found by name wherever they live, and configurations are checked in words."""

import sys
from pathlib import Path

import pytest

from connectors.base import SourceError, SourceMisconfigured
from connectors.delimited import Delimited
from connectors.registry import check_config, find, kinds, secrets, shown

BUILT_IN = ["delimited", "jsonl", "parquet", "sql"]
GOOD = """
class Shop:
    name = "{name}"
    summary = "A shop."
    config_schema = {schema}
    def streams(self, config):
        return []
    def read(self, config, stream, state):
        return iter(())
"""
SCHEMA = {
    "type": "object",
    "required": ["address", "token"],
    "additionalProperties": False,
    "properties": {
        "address": {"type": "string", "format": "uri"},
        "token": {"type": "string", "writeOnly": True},
        "login": {"type": "object", "properties": {"password": {"writeOnly": True}}},
        "limit": {"type": ["integer", "null"], "maximum": 9},
        "mode": {"const": "full"},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
        "anything": True,
        "list": {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True},
    },
}


def shop(folder: Path, stem: str = "shop", name: str = "shop", schema: object = SCHEMA) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{stem}.py").write_text(GOOD.format(name=name, schema=schema))
    return folder


def test_a_built_in_connector_is_found_by_the_name_of_its_module() -> None:
    assert isinstance(find("delimited"), Delimited)
    assert kinds() == BUILT_IN


def test_every_connector_found_names_itself_and_has_a_summary() -> None:
    for kind in kinds():
        found = find(kind)
        assert found.name == kind
        assert found.summary.endswith(".")


def test_a_file_in_the_folder_is_a_kind(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    (folder / "Not-A-Kind.py").write_text("")

    assert find("shop", folder).summary == "A shop."
    (folder / "test_shop.py").write_text("")
    assert kinds(folder) == sorted([*BUILT_IN, "shop"])
    assert kinds(tmp_path / "none") == BUILT_IN


@pytest.mark.parametrize("kind", ["crm", "base", "testing", "rows", "../shop", "Shop", ""])
def test_an_unknown_kind_is_answered_with_those_that_exist(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match=r"known: delimited, .*shop|needs one") as refusal:
        find(kind, shop(tmp_path))

    assert refusal.value.reason == "unknown_kind"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 connector classes"),
        (
            GOOD.format(name="shop", schema={})
            + GOOD.replace("Shop", "B").format(name="shop", schema={}),
            "2 connector classes",
        ),
        (GOOD.format(name="other", schema={}), "name = 'shop'"),
        (GOOD.format(name="shop", schema={"type": "text"}), "config_schema"),
    ],
)
def test_a_file_that_is_no_connector_says_what_it_needs(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "shop.py").write_text(text)

    with pytest.raises(SourceMisconfigured, match=said):
        find("shop", tmp_path)


def test_an_installed_package_offers_its_connectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(tmp_path, stem="shop_package")
    about = tmp_path / "shop_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-package\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[continuum.connectors]\nshop = shop_package:Shop\n"
        "gone = shop_package:Gone\nmodule = shop_package\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    assert find("shop").name == "shop"
    assert kinds() == sorted([*BUILT_IN, "gone", "module", "shop"])
    for kind in ("gone", "module"):
        with pytest.raises(SourceMisconfigured, match=kind):
            find(kind)
    sys.modules.pop("shop_package")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"token": 7}, "token: must be text"),
        ({"limit": "x"}, "limit: must be a whole number or null"),
        ({"limit": 77}, "limit: does not fit maximum 9"),
        ({"mode": "half"}, "mode: must be one of full"),
        ({"code": "A1"}, r"code: does not fit pattern \^\[a-z\]\+\$"),
        ({"list": [True, "secret"]}, r"list\[1\]: must be true or false"),
        ({"list": [True, True]}, "list: does not fit uniqueItems"),
        ({"extra": 1}, "configuration: unknown extra; known: address, anything, code"),
    ],
)
def test_a_fault_is_told_by_its_field_and_not_by_its_value(
    tmp_path: Path, more: dict[str, object], said: str
) -> None:
    connector = find("shop", shop(tmp_path))
    config = {"address": "https://example.org", "token": "t", **more}

    with pytest.raises(SourceMisconfigured, match=said) as refusal:
        check_config(connector, config)

    assert "secret" not in str(refusal.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    connector = find("shop", shop(tmp_path))

    with pytest.raises(SourceMisconfigured) as refusal:
        check_config(connector, {"mode": 1})

    said = "address: is missing; token: is missing; mode: must be one of full"
    assert str(refusal.value) == said
    with pytest.raises(SourceMisconfigured, match="configuration: must be an object"):
        check_config(connector, [])
    check_config(connector, {"address": "a", "token": "b"})


def test_a_schema_may_forbid_what_it_does_not_name_without_naming_anything(tmp_path: Path) -> None:
    connector = find("shop", shop(tmp_path, schema={"additionalProperties": False}))

    with pytest.raises(SourceMisconfigured, match="configuration: unknown a; known: "):
        check_config(connector, {"a": 1})


def test_secret_fields_are_known_from_the_schema(tmp_path: Path) -> None:
    assert secrets(find("shop", shop(tmp_path))) == ["login.password", "token"]
    assert secrets(Delimited()) == []


def test_what_is_shown_hides_secrets_and_whatever_the_schema_does_not_tell(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {
            "token": {"writeOnly": True},
            "key": {"writeOnly": True},
            "plain": {"type": "string"},
            "list": {"items": {"properties": {"password": {"writeOnly": True}}}},
            "either": {"anyOf": [{"type": "string", "writeOnly": True}, {"type": "null"}]},
            "elsewhere": {"$ref": "#/$defs/x"},
            "anything": True,
            "map": {"additionalProperties": {"writeOnly": True}},
        },
    }
    connector = find("shop", shop(tmp_path, schema=schema))
    config = {
        "token": "s3cret",
        "plain": "shown",
        "list": [{"password": "s3cret", "other": "s3cret"}],
        "either": "s3cret",
        "elsewhere": "s3cret",
        "anything": ["s3cret"],
        "map": {"a": "s3cret"},
        "unknown": "s3cret",
    }

    assert shown(connector, config) == {
        "key": "not set",
        "token": "set",
        "plain": "shown",
        "list": [{"password": "set", "other": "not shown"}],
        "either": "not shown",
        "elsewhere": "not shown",
        "anything": "not shown",
        "map": {"a": "set"},
        "unknown": "not shown",
    }
