"""Made `recorded.json`, once: run it in a Python that has splink 5.0.

    python tests/identity/splink/make_recorded.py

Records are invented, from a seed. The model is not trained; its shares are round numbers, so that
the file shows at a glance what is in it. `weights` are what Splink predicts, pair by pair.
"""

import json
import logging
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import splink.comparison_level_library as levels
import splink.comparison_library as library
from splink import ColumnExpression, DuckDBAPI, Linker, SettingsCreator, block_on

OUT = Path(__file__).with_name("recorded.json")
SYLLABLES = "ba ce di fo gu ka le mi no pu ra s\u00e9 ti v\u00f6 zu lan mer tor bel gis"
COLUMNS = ("unique_id", "given", "family", "born", "town", "mail", "code", "points", "kind")
MANY = 400


def records() -> list[dict[str, str | None]]:
    """People who are misspelt."""
    random = Random(20_260_101)  # noqa: S311 - people, not secrets
    words = ["".join(random.choices(SYLLABLES.split(), k=2)) for _ in range(60)]
    found: list[dict[str, str | None]] = []
    while len(found) < MANY:
        given, family, town = (random.choice(words[:size]) for size in (25, 60, 8))
        born = f"19{random.randint(50, 99)}-0{random.randint(1, 9)}-{random.randint(10, 28)}"
        code = f"{random.choice(('QX', 'Z'))}{random.randint(1, 9)} {random.randint(1, 3)}AB"
        mail = f"{given}{random.randint(1, 9)}@example.org"
        points, kind = str(random.randint(1, 60)), random.choice(("a", "b"))
        for _ in range(random.choice((1, 2, 3))):
            told = [slip(random, text) for text in (given, family, born, town, mail, code)]
            if random.random() < 0.1:
                told[0], told[1] = told[1], told[0]
            more = str(int(points) + random.randint(0, 4))
            row = [str(len(found)), *told, more, kind]
            found.append(dict(zip(COLUMNS, row, strict=True)))
    return found


def slip(random: Random, text: str) -> str | None:
    """A text as somebody else writes it down; it may be missing."""
    chance, place = random.random(), random.randrange(len(text) - 1)
    if chance < 0.1:
        return None
    if chance < 0.25:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text


def settings() -> SettingsCreator:
    """Every kind of level that is read."""
    spelling = {
        "output_column_name": "spelling",
        "comparison_levels": [
            levels.NullLevel("family"),
            levels.ExactMatchLevel(ColumnExpression("family").lower().substr(1, 3)),
            levels.Or(
                levels.JaroLevel("family", 0.8),
                levels.And(levels.LevenshteinLevel("family", 2), levels.ExactMatchLevel("town")),
            ),
            levels.ElseLevel(),
        ],
    }
    kind = {
        "output_column_name": "kind of",
        "comparison_levels": [
            levels.LiteralMatchLevel("kind", "a", "string"),
            levels.Not(levels.NullLevel("town")),
            levels.ElseLevel(),
        ],
    }
    points = {
        "output_column_name": "points",
        "comparison_levels": [
            levels.NullLevel("points"),
            levels.AbsoluteDifferenceLevel(ColumnExpression("cast(points as int)"), 3),
            levels.ElseLevel(),
        ],
    }
    rare = levels.DamerauLevenshteinLevel("town", 1).configure(
        tf_adjustment_column="town", tf_adjustment_weight=0.5, tf_minimum_u_value=0.01
    )
    towns = {
        "output_column_name": "town",
        "comparison_levels": [
            levels.NullLevel("town"),
            levels.ExactMatchLevel("town", term_frequency_adjustments=True),
            rare,
            levels.ElseLevel(),
        ],
    }
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            library.ForenameSurnameComparison("given", "family"),
            library.DateOfBirthComparison("born", input_is_string=True),
            towns,
            library.EmailComparison("mail"),
            library.PostcodeComparison("code"),
            spelling,
            points,
            kind,
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given", "family"),
            block_on("substr(born, 1, 4)", "town"),
            block_on("substr(mail, 1, 3)", "substr(born, 6, 5)"),
        ],
        probability_two_random_records_match=0.002,
    )


def shares(model: dict[str, object]) -> None:
    """Round numbers for m and u: the better a level, the more m."""
    comparisons = model["comparisons"]
    assert isinstance(comparisons, list)
    for item in comparisons:
        shown = [row for row in item["comparison_levels"] if not row.get("is_null_level")]
        for place, row in enumerate(shown):
            row["m_probability"] = (len(shown) - place) * 2 / (len(shown) * (len(shown) + 1))
            row["u_probability"] = (place + 1) ** 3 / sum(n**3 for n in range(1, len(shown) + 1))


def main() -> None:
    """Write the file."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    people = records()
    con = duckdb.connect()
    con.register("people", pa.Table.from_pylist(people))
    con.execute("create table r as select * from people")
    model = settings().create_settings_dict("duckdb")
    shares(model)
    database = DuckDBAPI(connection=con)
    linker = Linker(database.register("r"), model, log_level=logging.ERROR)
    saved = linker.misc.save_model_to_json()
    predicted = linker.inference.predict(threshold_match_weight=-10_000, warning_mode="never")
    rows = con.execute(
        "select unique_id_l, unique_id_r, match_weight from"
        f" {predicted.physical_name} order by 1, 2"
    ).fetchall()
    found = {
        "note": "made by make_recorded.py with splink 5.0; invented people",
        "model": saved,
        "records": [list(row.values()) for row in people],
        "columns": list(COLUMNS),
        "weights": [[a, b, round(weight, 4)] for a, b, weight in rows],
    }
    OUT.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
