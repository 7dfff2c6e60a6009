"""The tables of the four silos: where each lies, how it is written, what names its rows.

Each silo has its own habits. The CRM exports commas, in UTF-8. The shop is a SQLite database with
German dates. The help desk and the web shop write JSON Lines, in which what is empty is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SHOP_TIME = "%d.%m.%Y %H:%M"
SHOP_DAY = "%d.%m.%Y"
SHOP_ZONE = "+01:00"
SILOS: Mapping[str, str] = MappingProxyType(
    {
        "crm": "CSV file",
        "shop": "SQLite database",
        "support": "JSON Lines files",
        "web": "JSON Lines file",
    }
)
"""The silos and what each is."""


@dataclass(frozen=True, slots=True)
class Table:
    """One stream of one source. `personal` columns hold what must not leak.

    `source`: the name it is added under. `kind`: of connector. `path`: below the folder of all
    silos; two streams of the shop lie in one database, as the tables they are named after.
    `event_id`: rows are events of the record they name, and this column names each of them.
    """

    silo: str
    source: str
    stream: str
    kind: str
    path: str
    columns: tuple[str, ...]
    personal: tuple[str, ...]
    event_id: str = ""

    @property
    def key(self) -> str:
        """The column that names a record: the first."""
        return self.columns[0]


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.stream: table
        for table in (
            Table(
                silo="crm",
                source="crm",
                stream="customers",
                kind="delimited",
                path="crm/customers.csv",
                columns=(
                    "entry_no", "customer_no", "company", "first_name", "surname", "email",
                    "email_verified", "phone", "street", "postcode", "city", "region", "country",
                    "birth_date", "time_zone", "language", "newsletter", "offers_email",
                    "offers_chat", "personal_offers", "asked_at", "asked_how", "notice",
                    "signed_up",
                ),
                personal=(
                    "entry_no", "customer_no", "company", "first_name", "surname", "email",
                    "phone", "street",
                ),
            ),
            Table(
                silo="shop",
                source="shop",
                stream="accounts",
                kind="sql",
                path="shop/shop.sqlite3",
                columns=(
                    "account_no", "customer_no", "given_name", "family_name", "email", "phone",
                    "birth_date", "street", "postcode", "city", "country", "since", "changed",
                ),
                personal=(
                    "account_no", "customer_no", "given_name", "family_name", "email", "phone",
                    "street",
                ),
            ),
            Table(
                silo="shop",
                source="shop",
                stream="orders",
                kind="sql",
                path="shop/shop.sqlite3",
                columns=(
                    "order_no", "account_no", "customer_no", "name", "email", "phone", "street",
                    "postcode", "city", "country", "ordered_at", "promised_at", "sent_at",
                    "carrier", "delivered_at", "cancelled_at", "cancelled_by", "returned_at",
                    "return_reason", "refunded_at", "refund", "items", "category", "total",
                    "currency", "status", "changed",
                ),
                personal=(
                    "order_no", "account_no", "customer_no", "name", "email", "phone", "street",
                ),
            ),
            Table(
                silo="support",
                source="support",
                stream="contacts",
                kind="jsonl",
                path="support/contacts.jsonl",
                columns=(
                    "contact_no", "customer_no", "name", "email", "phone", "country", "language",
                    "preferred_channel",
                ),
                personal=("contact_no", "customer_no", "name", "email", "phone"),
            ),
            Table(
                silo="support",
                source="support_cases",
                stream="cases",
                kind="jsonl",
                path="support/cases.jsonl",
                columns=(
                    "entry_no", "type", "at", "case_no", "contact_no", "customer_no", "email",
                    "phone", "country", "kind", "topic", "order_no", "channel", "due_at", "team",
                    "problem_no", "title", "status", "article",
                ),
                personal=(
                    "entry_no", "case_no", "contact_no", "customer_no", "email", "phone",
                    "order_no",
                ),
            ),
            Table(
                silo="web",
                source="web",
                stream="visits",
                kind="jsonl",
                path="web/visits.jsonl",
                columns=(
                    "visit_no", "hit_no", "type", "at", "visitor", "account_no", "email", "channel",
                    "path", "topic", "query", "results", "clicks", "article", "rating", "scale",
                    "category",
                ),
                personal=("visit_no", "hit_no", "visitor", "account_no", "email"),
                event_id="hit_no",
            ),
        )
    }
)  # fmt: skip
"""By the name of the stream."""

SOURCES: Mapping[str, tuple[Table, ...]] = MappingProxyType(
    {
        source: tuple(table for table in TABLES.values() if table.source == source)
        for source in dict.fromkeys(table.source for table in TABLES.values())
    }
)
"""The tables of every source, by the name it is added under."""
