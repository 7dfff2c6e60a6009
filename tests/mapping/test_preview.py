"""The preview counts what a mapping makes of rows, and shows no value."""

from cdp.mapping import ColumnReport, preview
from tests.mapping.builders import ROW, one, shop


def test_every_column_is_counted_once_a_row() -> None:
    mapping = one({"attribute": "country"})
    rows: list[dict[str, object]] = [
        {"c": "GB", "other": "x"},
        {"c": " "},
        {"c": None},
        {"c": "Nowhere"},
        {"more": 1},
        {"c": []},
    ]

    report = preview(mapping, rows)

    assert report.rows == 6
    assert report.columns == (ColumnReport("c", 1, 2, 1, {"bad_country": 1, "not_text": 1}),)
    assert report.unmapped == ("other", "more")


def test_a_preview_shows_columns_and_no_values() -> None:
    report = preview(shop(), [ROW])

    assert [column.column for column in report.columns] == list(shop().columns)
    assert all(column.mapped == 1 for column in report.columns)
    assert "Jane" not in repr(report)


def test_no_rows_make_an_empty_preview() -> None:
    report = preview(shop(), [])

    assert {(column.mapped, column.empty, column.absent) for column in report.columns} == {
        (0, 0, 0)
    }
