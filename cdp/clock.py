"""The one clock. Everything else receives the moment as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, UTC, cut to milliseconds: what every store keeps exactly."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def instant(text: str) -> datetime:
    """Parse an RFC 3339 instant that carries its offset; UTC, milliseconds.

    Raises:
        ValueError: no offset, or not an instant.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset, for example 2026-03-01T09:00:00Z")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`: the one form in every stored document."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
