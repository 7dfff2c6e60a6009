"""The peer of the parity benchmark: a model that Splink trains, and the pairs that it predicts.

    python benchmarks/splink_parity_peer.py RECORDS MODEL PAIRS [LINK_TYPE]

RECORDS is a Parquet file of texts with `unique_id`, `first_name`, `surname`, `dob`, `city`, `email`
and `source_dataset`, which counts if records of several sources are linked. MODEL gets the model
as Splink saves it, PAIRS gets `a, b, weight` of every pair of the blocking rules. Needs splink 5,
which is no dependency of this project; it imports nothing of it.
"""

import json
import logging
import sys
import time
from typing import Any

import duckdb
import splink.comparison_library as library
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

EVERYTHING = -10_000.0


def comparisons() -> list[Any]:
    """Of every kind that is read: names, dates, e-mails, pieces, both columns of a name at once."""
    return [
        library.ForenameSurnameComparison("first_name", "surname"),
        library.DateOfBirthComparison("dob", input_is_string=True),
        library.DamerauLevenshteinAtThresholds("city", [1, 2]).configure(
            term_frequency_adjustments=True
        ),
        library.EmailComparison("email"),
    ]


def rules() -> list[Any]:
    """Whole columns and pieces of them."""
    return [
        block_on("first_name", "surname"),
        block_on("surname", "dob"),
        block_on("email"),
        block_on("substr(first_name, 1, 2)", "substr(dob, 1, 4)", "city"),
        block_on("substr(surname, 1, 4)", "substr(dob, 6, 5)"),
    ]


def linker_of(con: duckdb.DuckDBPyConnection, link: str) -> Linker:
    """A linker over the records, source by source unless they are one."""
    database = DuckDBAPI(connection=con)
    if link == "dedupe_only":
        tables = [database.register("r")]
    else:
        names = con.execute("select distinct source_dataset from r order by 1").fetchall()
        tables = []
        for number, (name,) in enumerate(names):
            con.execute(
                f"create table r{number} as select * from r where source_dataset = '{name}'"
            )
            tables.append(database.register(f"r{number}"))
    settings = SettingsCreator(
        link_type=link,
        comparisons=comparisons(),
        blocking_rules_to_generate_predictions=rules(),
    )
    given = tables[0] if len(tables) == 1 else tables
    return Linker(given, settings, log_level=logging.ERROR)


def train(linker: Linker) -> None:
    """As its guides do."""
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "surname", "dob"), block_on("email")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for columns in (("dob",), ("first_name", "surname"), ("email",)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))


def main(records: str, model: str, pairs: str, link: str = "dedupe_only") -> None:
    """Train, save, load what was saved, predict, write."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    con = duckdb.connect()
    con.execute(f"create table r as select * from '{records}'")
    linker = linker_of(con, link)
    train(linker)
    linker.misc.save_model_to_json(model, overwrite=True)
    started = time.perf_counter()
    predicted = linker.inference.predict(threshold_match_weight=EVERYTHING, warning_mode="never")
    con.execute(
        f"copy (select unique_id_l as a, unique_id_r as b, match_weight as weight"
        f" from {predicted.physical_name}) to '{pairs}' (format parquet)"
    )
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])
