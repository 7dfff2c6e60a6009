"""The peer of the identity benchmark: Splink on the same values, in a process of its own.

    python benchmarks/identity_peer.py VALUES OUT PAIRS [RAW]

VALUES is a Parquet file of values that are already read and normalised (the time that took is not
counted here), OUT gets `record, cluster`, PAIRS is how many random pairs u is estimated from. RAW
is a file of silos as they are: then the time that DuckDB takes to read and normalise it is told,
too. Prints seconds by phase as JSON. Needs splink 5, which is no dependency of this project; it
imports nothing of it. As for us, one setting for all sets: comparisons and blocking follow from
columns.
"""

import json
import logging
import resource
import sys
import time
from itertools import pairwise
from typing import Any

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as library
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLD = 0.95
RECALL = 0.7
KEYS = ("email", "phone", "national_id", "customer_id", "device_id")
RULES = (
    ("given_name", "family_name"),
    ("family_name", "birth_date"),
    ("given_name", "birth_date"),
    ("family_name", "postcode"),
    ("given_name", "postcode"),
    ("street", "house_number"),
    ("given_name", "city"),
    ("birth_date", "postcode"),
    ("birth_date", "city"),
)
EDITED = ("phone", "national_id")
RARE = ("customer_id", "device_id", "birth_place", "category")
COMMON = ("middle_initial", "sex")
TRAINED = (
    ("given_name", "family_name"),
    ("birth_date",),
    ("email",),
    ("postcode",),
    ("phone",),
)
ALONE = ("birth_date",)
FEW = 60_000
# Among many records, rules and blocks for training that are narrower, or it takes several times as
# long and as much memory and finds no more.
RULES_OF_MANY = (
    ("given_name", "family_name", "postcode"),
    ("family_name", "birth_date"),
    ("given_name", "birth_date"),
    ("street", "house_number", "postcode"),
    ("given_name", "street"),
)
EXACT_OF_MANY = (
    ("email", "given_name"),
    ("given_name", "family_name", "birth_date"),
    ("phone", "given_name", "family_name"),
)
RECALL_OF_MANY = 0.5
TRAINED_OF_MANY = (
    ("email", "given_name"),
    ("given_name", "family_name", "postcode"),
    ("phone",),
    ("family_name", "birth_date"),
)
KINDS = (("street", "st"), ("avenue", "ave"), ("road", "rd"), ("lane", "ln"), ("drive", "dr"))
NORMALISED = """
create table normalised as
with folded as (
    select *, lower(trim(email)) as mail, regexp_replace(phone, '[^0-9]', '', 'g') as digits,
        regexp_replace(lower(trim(street)), '[, ]*(apt|unit|#) *[0-9a-z]+$', '') as line
    from '{raw}'
)
select record_id,
    nullif(regexp_replace(lower(trim(first_name)), '[^a-z ]', '', 'g'), '') as given_name,
    nullif(regexp_replace(lower(trim(last_name)), '[^a-z]|( jr[.]?)$', '', 'g'), '') as family_name,
    case when mail not like '_%@_%._%' then null
        when mail like '%@gmail.com'
        then replace(split_part(split_part(mail, '@', 1), '+', 1), '.', '') || '@gmail.com'
        else mail end as email,
    case when length(digits) < 7 or digits in ('0000000000', '1111111111', '1234567890')
        then null else right(digits, 9) end as phone,
    regexp_extract(line, '^[0-9]+') as house_number,
    {street} as street,
    regexp_extract(lower(street), '(apt|unit|#) *([0-9a-z]+)$', 2) as unit,
    lower(trim(city)) as city, zip as postcode,
    coalesce(try_strptime(dob, '%Y-%m-%d'), try_strptime(dob, '%m/%d/%Y')) as birth_date,
    upper(customer_id) as customer_id, device_id
from folded
"""


def comparisons(columns: set[str]) -> list[Any]:
    """Splink's own comparison for every kind of column there is."""
    edits = [
        library.DamerauLevenshteinAtThresholds(name, [1]) for name in EDITED if name in columns
    ]
    exact = [library.ExactMatch(name) for name in RARE if name in columns]
    return [
        *names(columns),
        *(item.configure(term_frequency_adjustments=True) for item in (*edits, *exact)),
        *place(columns),
        *(library.ExactMatch(name) for name in COMMON if name in columns),
    ]


def names(columns: set[str]) -> list[Any]:
    """Name, birth date and e-mail."""
    found: list[Any] = []
    if {"given_name", "family_name"} <= columns:
        found.append(
            library.ForenameSurnameComparison(
                "given_name", "family_name", forename_surname_concat_col_name="whole_name"
            )
        )
    if "birth_date" in columns:
        found.append(library.DateOfBirthComparison("birth_date", input_is_string=True))
    if "email" in columns:
        found.append(library.EmailComparison("email"))
    return found


def place(columns: set[str]) -> list[Any]:
    """The most telling of what there is of an address."""
    if "street" in columns:
        return [address(columns)]
    if "postcode" in columns:
        return [library.PostcodeComparison("postcode")]
    if "city" in columns:
        return [library.ExactMatch("city").configure(term_frequency_adjustments=True)]
    return []


def address(columns: set[str]) -> dict[str, Any]:
    """One comparison for the whole address, which does better than one for each part."""
    house = '"house_number_l" = "house_number_r"' if "house_number" in columns else "true"
    near = '"postcode_l" = "postcode_r"' if "postcode" in columns else "true"
    street = '"street_l" = "street_r"'
    alike = 'jaro_winkler_similarity("street_l", "street_r") >= 0.9'
    conditions = (
        (f"{street} and {house} and {near}", "house and place"),
        (f"{street} and {house}", "house"),
        (f"{alike} and {house} and {near}", "similar"),
        (near if near != "true" else street, "place"),
    )
    return {
        "output_column_name": "address",
        "comparison_levels": [
            levels.NullLevel("street"),
            *({"sql_condition": sql, "label_for_charts": label} for sql, label in conditions),
            levels.ElseLevel(),
        ],
    }


def rules(columns: set[str], size: int) -> list[Any]:
    """Identifiers, pairs of columns, and while the data are small a birth date alone."""
    found = [block_on(name) for name in KEYS if name in columns]
    usual = RULES if size < FEW else RULES_OF_MANY
    found += [block_on(*names) for names in usual if set(names) <= columns]
    return found + [block_on(name) for name in ALONE if name in columns and size < FEW]


def linker_of(con: duckdb.DuckDBPyConnection) -> tuple[Linker, set[str], int]:
    """A linker over the values; sources without duplicates are only linked to one another."""
    columns = {row[0] for row in con.execute("describe r").fetchall()}
    size = con.execute("select count(*) from r").fetchall()[0][0]
    sources = con.execute("select source, bool_and(distinct_source) from r group by 1 order by 1")
    told = sources.fetchall()
    linking = len(told) > 1 and all(distinct for _, distinct in told)
    database = DuckDBAPI(connection=con)
    tables = []
    for number, (name, _) in enumerate(told if linking else [("", True)]):
        of = f"where source = '{name}'" if linking else ""
        con.execute(f"create table r{number} as select * from r {of}")
        tables.append(database.register(f"r{number}"))
    settings = SettingsCreator(
        link_type="link_only" if linking else "dedupe_only",
        unique_id_column_name="record",
        comparisons=comparisons(columns),
        blocking_rules_to_generate_predictions=rules(columns, size),
        # As fast and small as it can be: nothing is kept that clustering does not need.
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    given = tables if linking else tables[0]
    return Linker(given, settings, log_level=logging.ERROR), columns, size


def train(linker: Linker, columns: set[str], size: int, pairs: str) -> None:
    """As its guides do: the prior by exact rules, u by sampling, m by EM in several blocks."""
    exact = [block_on(name) for name in KEYS if name in columns][:2]
    exact += [block_on(*parts) for parts in RULES[:2] if set(parts) <= columns]
    narrow = [block_on(*parts) for parts in EXACT_OF_MANY if set(parts) <= columns]
    many = size >= FEW and narrow
    linker.training.estimate_probability_two_random_records_match(
        narrow if many else exact,
        recall=RECALL_OF_MANY if many else RECALL,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=float(pairs), seed=1)
    for parts in TRAINED if size < FEW else TRAINED_OF_MANY:
        if set(parts) <= columns:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*parts), estimate_without_term_frequencies=True, max_pairs=5e6
            )


def normalise(con: duckdb.DuckDBPyConnection, raw: str) -> float:
    """How long reading and normalising a file of silos takes; the result is not used."""
    street = "regexp_replace(line, '^[0-9]+ *', '')"
    for long, short in KINDS:
        street = f"regexp_replace({street}, ' {long}$', ' {short}')"
    started = time.perf_counter()
    con.execute(NORMALISED.format(raw=raw, street=street))
    seconds = time.perf_counter() - started
    con.execute("drop table normalised")
    return seconds


def main(values: str, out: str, pairs: str, raw: str = "") -> None:
    """Train, predict, cluster, write."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    con = duckdb.connect()
    reading = normalise(con, raw) if raw else None
    cpu = time.process_time()
    laps = [time.perf_counter()]
    con.execute(f"create table r as select * from '{values}'")
    linker, columns, size = linker_of(con)
    laps.append(time.perf_counter())
    train(linker, columns, size, pairs)
    laps.append(time.perf_counter())
    predicted = linker.inference.predict(threshold_match_probability=0.01, warning_mode="never")
    laps.append(time.perf_counter())
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, THRESHOLD)
    laps.append(time.perf_counter())
    con.execute(
        f"copy (select record, cluster_id as cluster from {clusters.physical_name})"
        f" to '{out}' (format parquet)"
    )
    laps.append(time.perf_counter())
    spent = [end - start for start, end in pairwise(laps)]
    seconds = dict(zip(("load", "training", "predict", "cluster", "write"), spent, strict=True))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "seconds": seconds | {"total": sum(spent)},
        "normalise": reading,
        "cpu": time.process_time() - cpu,
        "rss_mb": usage.ru_maxrss / 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
