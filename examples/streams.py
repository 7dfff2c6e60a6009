"""The four files of the three silos: where each lies, how it is written, what names its rows.

Each silo has its own habits: the shop writes cp1252 with semicolons and German dates, the others
UTF-8 with commas and ISO instants.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SHOP_TIME = "%d.%m.%Y %H:%M"
SHOP_ZONE = "+01:00"


@dataclass(frozen=True, slots=True)
class File:
    """One file, which is the one stream of one source. `personal` columns hold what must not leak.

    `source`: the name it is added under. `path`: below the folder of all silos.
    """

    source: str
    stream: str
    path: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    personal: tuple[str, ...]

    @property
    def key(self) -> str:
        """The column that names a row: the first."""
        return self.columns[0]


FILES: Mapping[str, File] = MappingProxyType(
    {
        file.stream: file
        for file in (
            File(
                source="crm",
                stream="customers",
                path="crm/customers.csv",
                encoding="utf-8",
                delimiter=",",
                columns=(
                    "entry_no", "customer_no", "first_name", "surname", "email", "email_verified",
                    "phone", "street", "postcode", "city", "region", "country", "birth_date",
                    "time_zone", "language", "newsletter", "offers_email", "offers_chat",
                    "personal_offers", "asked_at", "asked_how", "notice", "signed_up",
                ),
                personal=(
                    "entry_no", "customer_no", "first_name", "surname", "email", "phone", "street",
                ),
            ),
            File(
                source="shop",
                stream="orders",
                path="shop/orders.csv",
                encoding="cp1252",
                delimiter=";",
                columns=(
                    "order_no", "customer_no", "name", "email", "phone", "street", "country",
                    "ordered_at", "promised_at", "sent_at", "delivered_at", "cancelled_at",
                    "cancelled_by", "items", "total", "currency", "status",
                ),
                personal=("order_no", "customer_no", "name", "email", "phone", "street"),
            ),
            File(
                source="support",
                stream="contacts",
                path="support/contacts.csv",
                encoding="utf-8",
                delimiter=",",
                columns=(
                    "contact_no", "customer_no", "name", "email", "phone", "country", "language",
                    "preferred_channel",
                ),
                personal=("contact_no", "customer_no", "name", "email", "phone"),
            ),
            File(
                source="support_cases",
                stream="cases",
                path="support/cases.csv",
                encoding="utf-8",
                delimiter=",",
                columns=(
                    "entry_no", "type", "at", "case_no", "contact_no", "customer_no", "email",
                    "phone", "country", "kind", "topic", "order_no", "channel", "due_at", "team",
                ),
                personal=(
                    "entry_no", "case_no", "contact_no", "customer_no", "email", "phone",
                    "order_no",
                ),
            ),
        )
    }
)  # fmt: skip
"""By the name of the stream."""
