"""Filler profiles: rows of the shape of real people's, by a few statements for all of them.

Each has two records with a version, a data key and consent facts, and three views with their slots,
sources, fences and lookups. Sealed columns hold random bytes as long as those of a real person;
they are never opened, because nobody asks for these profiles. Ids grow, as new ids do.
"""

import os
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text

from benchmarks.world import NOTICE, PURPOSES, World
from cdp.store import views

STEP: Final = 50_000
NOISE_BYTES: Final = 1 << 15
AT: Final = "'2026-03-01 09:00:00.000000'"
NEVER: Final = "'2099-03-01 09:00:00.000000'"
PROFILE, CRM, SHOP = "profile", "crm", "shop"
LOOKUPS: Final = {"service": ("email", "phone", "no"), "offers": ("email", "phone")}
INDEXED: Final = {CRM: ("customer_id", "email", "phone"), SHOP: ("customer_id", "email")}
FACTS: Final = (
    '[{"id": "01890a5d-ac96-774b-bcce-b302099a8057", "type": "given", "purposes": ["offers"],'
    ' "channels": ["chat", "email", "web"], "contact": "*", "brand": "*", "rank": 5,'
    ' "at": "2026-03-01T09:00:00.000Z", "received": "2026-03-01T09:00:00.000Z",'
    f' "notice": "{NOTICE}", "evidence": false, "ctype": "expressed", "flags": [],'
    ' "until": null, "pending_at": null}]'
)


class Filler:
    """Fills the stores of a world up, in the words of their database."""

    def __init__(self, made: World) -> None:
        self._made = made
        self._stores = made.platform.stores
        self._sqlite = self._stores.main.sqlite
        self._filled = 0
        workspace, stream = made.platform.workspace, made.streams["crm"].id
        self._values: dict[str, Any] = {
            "workspace": workspace.hex if self._sqlite else workspace,
            "stream": stream.hex if self._sqlite else stream,
            "facts": FACTS,
            "noise": os.urandom(NOISE_BYTES),
        }
        with made.platform.read() as tx:
            _, self._values["policy"] = made.platform.policy(tx)
            found = views.fetch(tx.views, tx.workspace, made.profiles[0], PURPOSES)
        self._bodies = {purpose: len(view.body) for purpose, view in found.items()}

    def fill_to(self, total: int) -> None:
        """So many filler profiles in all; those that are there stay."""
        while self._filled < total:
            last = min(total, self._filled + STEP)
            for database, statements in (
                (self._stores.custody, self._custody()),
                (self._stores.main, self._main()),
                (self._stores.views, self._views()),
            ):
                with database.begin(self._made.platform.workspace) as connection:
                    for statement in statements:
                        values = {**self._values, "first": self._filled + 1, "last": last}
                        used = {key: val for key, val in values.items() if f":{key}" in statement}
                        connection.execute(text(statement), used)
                    connection.commit()
            self._filled = last
        self._settle()

    def size(self) -> int:
        """Bytes of the three stores."""
        if self._sqlite:
            paths = [str(database.url.database) for database in self._stores.all]
            return sum(os.path.getsize(path) for path in paths)  # noqa: PTH202
        return sum(self._asked_of_each("SELECT pg_database_size(current_database())"))

    def _settle(self) -> None:
        """Empty the write-ahead logs; on PostgreSQL also what autovacuum would do by and by."""
        if self._sqlite:
            for database in self._stores.all:
                database.checkpoint()
        else:
            list(self._asked_of_each("VACUUM ANALYZE"))

    def _asked_of_each(self, statement: str) -> Iterator[int]:
        admin = self._made.environment["CDP_ADMIN_URL"]
        for name in ("CDP_DATABASE_URL", "CDP_CUSTODY_URL", "CDP_VIEWS_URL"):
            database = conninfo_to_dict(self._made.environment[name])["dbname"]
            with psycopg.connect(make_conninfo(admin, dbname=database), autocommit=True) as asked:
                found = asked.execute(statement.encode())
                yield 0 if found.description is None else found.fetchone()[0]  # type: ignore[index]

    def _custody(self) -> Iterator[str]:
        for silo, types in INDEXED.items():
            record, key = self._id(silo), self._id(f"{silo}-key")
            yield self._insert("data_key", key, ":workspace", record, "NULL", self._bytes(72))
            yield self._insert("indexed_record", record, ":workspace", self._bytes(16))
            for kind in types:
                token, no = self._token(kind), "(1 = 0)"
                yield self._insert("blind_index", ":workspace", f"'{kind}'", token, record, no, "1")

    def _main(self) -> Iterator[str]:
        profile, no, facts = self._id(PROFILE), "(1 = 0)", ":facts"
        if not self._sqlite:
            facts = "CAST(:facts AS jsonb)"
        yield self._insert(
            "profile", profile, ":workspace", "'active'", "1", "0", AT, "NULL", "NULL"
        )
        for silo in (CRM, SHOP):
            record, key = self._id(silo), self._id(f"{silo}-key")
            mac, order, body = self._token(silo), self._bytes(16), self._bytes(400)
            yield self._insert(
                "record",
                *(record, ":workspace", ":stream", mac, order, "1", no, "0", AT, "0"),
            )
            yield self._insert(
                "record_version", record, "1", ":workspace", record, key, body, mac, AT
            )
            yield self._insert(
                "link", record, ":workspace", profile, "'verified'", "'customer'", "0", "0"
            )
            yield self._insert("consent_current", record, ":workspace", facts, "0")

    def _views(self) -> Iterator[str]:
        profile = self._id(PROFILE)
        for kind, name in (("profile", PROFILE), ("record", CRM), ("record", SHOP)):
            yield self._insert("fence", ":workspace", f"'{kind}'", self._id(name), "0")
        for purpose in sorted(PURPOSES):
            view, quoted = self._id(purpose), f"'{purpose}'"
            body, signature = self._bytes(self._bodies[purpose]), self._bytes(70)
            yield self._insert(
                "sealed_view",
                *(view, ":workspace", profile, quoted, "0", "1", ":policy", NEVER, body, signature),
            )
            yield self._insert("slot", ":workspace", profile, quoted, self._bytes(66))
            for silo in (CRM, SHOP):
                yield self._insert("view_source", view, self._id(silo), ":workspace")
            for kind in LOOKUPS.get(purpose, ()):
                yield self._insert(
                    "lookup", ":workspace", quoted, self._token(purpose + kind), view, profile
                )

    def _insert(self, table: str, *values: str) -> str:
        numbers = (
            "(WITH RECURSIVE c(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM c"
            " WHERE n < :last) SELECT n FROM c)"
            if self._sqlite
            else "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS numbers(n)"
        )
        columns = ", ".join(values)
        return f"INSERT INTO {table} SELECT {columns} FROM {numbers}"

    def _id(self, name: str) -> str:
        """The n-th id of these: a time that grows, and a word that tells kinds apart."""
        kind = f"{sum(name.encode()) % 4096:03x}"
        if self._sqlite:
            return f"(printf('%012x', n) || '7{kind}8' || printf('%015x', n * 7919))"
        return (
            f"CAST(lpad(to_hex(n), 12, '0') || '7{kind}8' || lpad(to_hex(n * 7919), 15, '0')"
            " AS uuid)"
        )

    def _bytes(self, size: int) -> str:
        """Random; a part of our own noise on PostgreSQL, which has no function for it."""
        if self._sqlite:
            return f"randomblob({size})"
        at = f"CAST(1 + (n * 7919) % {NOISE_BYTES - size} AS int)"
        return f"substring(CAST(:noise AS bytea) FROM {at} FOR {size})"

    def _token(self, name: str) -> str:
        """The n-th token of these: 32 bytes, each another."""
        if self._sqlite:
            return "randomblob(32)"
        return f"sha256(CAST('{name}' || n AS bytea))"
