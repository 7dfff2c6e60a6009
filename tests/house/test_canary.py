"""The canary: known values go the whole way, and are then looked for wherever they must not be.

Looked at: every file of the stores (write-ahead logs too) or every row and file of PostgreSQL, logs
at their loudest, metrics, what commands and requests say when they fail, exceptions and tracebacks.
That the canary can sing is tested as well: a planted value is found.
"""

import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import structlog

from cdp import clock, door, hearing, logs, metrics, work
from cdp.cli.opening import STAFF
from cdp.cli.search import Needles, search
from cdp.cli.story import plug_in
from cdp.door import Identifier
from cdp.hearing import ConsentRequest
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.web import create_app
from examples.broken import BROKEN
from examples.heroes import HEROES
from examples.ledger import NOTICE
from examples.silos import Silos, make_silos
from examples.streams import SOURCES
from tests.cli.running import Shell
from tests.web.builders import add_client

URLS = ("CDP_DATABASE_URL", "CDP_CUSTODY_URL", "CDP_VIEWS_URL")
BRUNO, DOROTHEA = HEROES["bruno"], HEROES["dorothea"]
NOBODY = UUID("00000000-0000-7000-8000-000000000000")
PLANTED = "Philippa Planted-Canary"


@dataclass
class Watch:
    """Where the values may not be: logs as they are written, and everything else by name."""

    environment: dict[str, str] = field(repr=False)
    folder: Path
    log: io.StringIO = field(default_factory=io.StringIO, repr=False)
    heard: dict[str, bytes] = field(default_factory=dict, repr=False)

    def hear(self, name: str, text: str | bytes) -> None:
        """Something that was said."""
        data = text if isinstance(text, bytes) else text.encode()
        self.heard[name] = self.heard.get(name, b"") + data

    def hear_failure(self, name: str, act: Callable[[], object]) -> None:
        """An act that fails: its message and its traceback."""
        with pytest.raises(Exception) as failed:  # noqa: PT011 - any, this is about what it says
            act()
        self.hear(name, "".join(traceback.format_exception(failed.value)))
        self.hear(name, repr(failed.value))

    def found(self, needles: Needles) -> dict[str, set[str]]:
        """Every place that holds one of the values, and which."""
        self.heard["log"] = self.log.getvalue().encode()
        self.heard["metrics"] = metrics.exposition()
        places = {name: needles.within(data) for name, data in self.heard.items()}
        for value, path in search([self.folder], needles).hits:
            places.setdefault(str(path), set()).add(value)
        for name, data in self._postgresql():
            places.setdefault(name, set()).update(needles.within(data))
        return {name: values for name, values in places.items() if values}

    def superuser(self, url: str) -> psycopg.Connection:
        """A superuser's connection to the database of one of the stores."""
        name = psycopg.conninfo.conninfo_to_dict(self.environment[url])["dbname"]
        admin = psycopg.conninfo.make_conninfo(self.environment["CDP_ADMIN_URL"], dbname=name)
        return psycopg.connect(admin, autocommit=True)

    def _postgresql(self) -> Iterator[tuple[str, bytes]]:
        """Every row of every table as it is stored, and the files below, where they can be read."""
        for url in URLS if URLS[0] in self.environment else ():
            with closing(self.superuser(url)) as connection:
                tables = connection.execute(
                    "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables"
                ).fetchall()
                for (table,) in tables:
                    copy = f"COPY {table} TO STDOUT (FORMAT binary)"
                    with connection.cursor().copy(copy.encode()) as rows:
                        yield table, b"".join(map(bytes, rows))
                connection.execute("CHECKPOINT")
                yield from _files_of(connection)


def _files_of(connection: psycopg.Connection) -> Iterator[tuple[str, bytes]]:
    row = connection.execute(
        "SELECT current_setting('data_directory'), oid FROM pg_database"
        " WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    for path in Path(row[0], "base", str(row[1])).glob("*"):
        try:
            yield str(path), path.read_bytes()
        except OSError:
            continue


@pytest.fixture(scope="module")
def silos() -> Silos:
    return make_silos(11, 24, clock.now())


@pytest.fixture(scope="module")
def needles(silos: Silos) -> Needles:
    return Needles((*silos.known_values, *silos.match_keys))


@pytest.fixture
def watch(environment: dict[str, str], tmp_path: Path) -> Iterator[Watch]:
    """Logs as loud as they get, ours and the libraries', all into one place."""
    made = Watch(environment, tmp_path / "data")
    root = logging.getLogger()
    level = root.level
    handler = logging.StreamHandler(made.log)
    logs.configure("debug", "json", made.log)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield made
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def loud(platform: Platform, watch: Watch) -> Iterator[Platform]:
    """The platform, opened once the logs are loud: engines decide then how much they say."""
    opened = Platform.open(platform.settings)
    yield opened
    opened.close()


def test_nothing_personal_is_anywhere_after_the_whole_thread(
    loud: Platform, watch: Watch, silos: Silos, needles: Needles, tmp_path: Path
) -> None:
    bruno = gather(loud, silos, tmp_path / "silos")
    speak(loud, bruno)
    fail_at_the_door(loud, watch, bruno)
    fail_at_the_command_line(watch, tmp_path)
    fail_over_http(loud, watch, bruno)

    assert "request answered" in watch.log.getvalue()
    assert watch.found(needles) == {}


def test_a_value_planted_in_a_log_line_is_found(watch: Watch) -> None:
    logs.get("test").info("resolved", reason=PLANTED)
    logging.getLogger("library").debug("looked up %s", PLANTED)

    assert watch.found(Needles([PLANTED])) == {"log": {PLANTED}}


def test_a_value_planted_in_a_store_is_found(platform: Platform, watch: Watch) -> None:
    with platform.write() as tx:
        tx.main.exec_driver_sql("UPDATE source SET name = name")
        statement = f"INSERT INTO source SELECT %s, %s, '{PLANTED}', 'k', %s, %s"
        if platform.stores.main.sqlite:
            statement = statement.replace("%s", "?")
        tx.main.exec_driver_sql(
            statement, (new_id().hex, platform.workspace.hex, b"sealed", "2026-01-01T00:00:00Z")
        )

    found = watch.found(Needles([PLANTED]))

    assert found
    assert all(values == {PLANTED} for values in found.values())
    assert any("main" in name or "source" in name for name in found)


def gather(platform: Platform, silos: Silos, folder: Path) -> UUID:
    """Files, sources, records, profiles, views; bad rows among them."""
    plug_in(platform, silos, folder, clock.now())
    report = work.sync(platform, list(SOURCES))
    assert sum(landed.counts["quarantined"] for landed in report.landed.values()) == len(BROKEN)
    (bruno,) = door.resolve(platform, STAFF, "service", [Identifier("email", BRUNO.email)])
    return bruno


def speak(platform: Platform, profile: UUID) -> None:
    """Yeses and noes, with addresses; contexts before and after."""
    email = Identifier("email", BRUNO.email)
    for kind in ("given", "withdrawn"):
        said = {
            "type": kind,
            "purposes": ["offers"],
            "notice": NOTICE,
            "evidence": {"ref": f"call with {BRUNO.name.full}"},
        }
        request = ConsentRequest(new_id(), "staff", said, contact=email, identifier=email)
        hearing.record(platform, STAFF, profile, request)
        work.refresh_all(platform)
        shown = door.context(platform, STAFF, profile, "service", channel="email")
        assert BRUNO.name.surname in json.dumps(shown)
        door.profile(platform, STAFF, profile, "service")
        door.consent_states(platform, STAFF, profile)
    work.measure(platform)
    work.sweep(platform)


def fail_at_the_door(platform: Platform, watch: Watch, profile: UUID) -> None:
    """Everything that is refused, with a value in it."""
    name = BRUNO.name.full
    bad_address = [Identifier("email", f"{BRUNO.name.surname} at example")]
    bad_phone = Identifier("phone", BRUNO.phone.national)
    stranger = Identifier("email", DOROTHEA.email)

    def record(said: dict[str, object], identifier: Identifier | None = None) -> object:
        request = ConsentRequest(new_id(), "staff", said, identifier=identifier)
        return hearing.record(platform, STAFF, profile, request)

    yes: dict[str, object] = {"type": "given", "purposes": ["offers"], "notice": NOTICE}
    watch.hear_failure("door", lambda: door.resolve(platform, STAFF, "service", bad_address))
    watch.hear_failure("door", lambda: door.resolve(platform, STAFF, "service", [bad_phone]))
    watch.hear_failure("door", lambda: door.profile(platform, STAFF, NOBODY, "service"))
    watch.hear_failure("door", lambda: door.profile(platform, STAFF, profile, name))
    watch.hear_failure("door", lambda: record({**yes, "type": name}))
    watch.hear_failure("door", lambda: record({**yes, "purposes": [name]}))
    watch.hear_failure("door", lambda: record({**yes, "channels": [BRUNO.email]}))
    watch.hear_failure("door", lambda: record({**yes, "notice": name}))
    watch.hear_failure("door", lambda: record({**yes, "at": BRUNO.phone.key}))
    watch.hear_failure("door", lambda: record(yes, stranger))


def fail_at_the_command_line(watch: Watch, folder: Path) -> None:
    """Commands that end badly, with values where they do not belong."""
    shell = Shell(folder, {**watch.environment, "CDP_LOG_LEVEL": "debug"})
    commands: list[tuple[str, ...]] = [
        ("profile", "find", BRUNO.email),
        ("profile", "find", f"email={BRUNO.name.surname}"),
        ("profile", BRUNO.email),
        ("context", BRUNO.email),
        ("context", str(NOBODY), "--channel", BRUNO.email),
        ("consent", "give", str(NOBODY), "--purpose", BRUNO.email, "--notice", BRUNO.name.full),
        ("source", "add", BRUNO.name.full, "--kind", "delimited", "--set", f"path={BRUNO.email}"),
        ("source", "add", "x", "--kind", BRUNO.email),
        ("source", "map", "crm", "--file", f"{BRUNO.email}.json"),
        ("client", "create", "x", "--purpose", BRUNO.name.full),
        ("sync", f"--{BRUNO.email}"),
    ]
    for command in commands:
        for machine in ((), ("--json",)):
            done = shell.run(*command, *machine)
            assert done.code in {1, 2}, command
            watch.hear("command line", done.err + done.out)
    (folder / "silos" / "crm" / "customers.csv").write_text(f"{BRUNO.email}\n{BRUNO.name.full}\n")
    for command in (("sync", "crm"), ("sync", "shop"), ("source", "preview", "web"), ("resolve",)):
        done = shell.run(*command)
        assert done.code == (command == ("sync", "crm"))
        watch.hear("command line", done.err + done.out)


def fail_over_http(platform: Platform, watch: Watch, profile: UUID) -> None:
    """Requests that are refused, with values in the path, the query, the body and the headers."""
    client = create_app(platform).test_client()
    key = {"Authorization": f"Bearer {add_client(platform)}"}
    one = f"/v1/profiles/{profile}"
    said = {"type": "given", "purposes": ["offers"], "notice": BRUNO.name.full}
    requests: list[tuple[str, str, object, dict[str, str]]] = [
        ("GET", f"/v1/profiles/{BRUNO.email}", None, key),
        ("GET", f"{one}?purpose={BRUNO.email}", None, key),
        ("GET", f"/{BRUNO.email}?name={BRUNO.name.full}", None, {"Request-Id": BRUNO.email}),
        ("POST", "/v1/profiles/resolve", {BRUNO.email: BRUNO.name.full}, key),
        ("POST", "/v1/profiles/resolve", BRUNO.name.full, key),
        (
            "POST",
            "/v1/profiles/resolve",
            {"purpose": "service", "identifiers": [{"type": "email", "value": BRUNO.name.full}]},
            key,
        ),
        ("POST", f"{one}/context", {"purpose": BRUNO.name.full}, key),
        ("POST", f"{one}/consents", said, {**key, "Idempotency-Key": BRUNO.email}),
        ("POST", f"{one}/decide", {"purpose": "offers", "channel": BRUNO.email}, key),
        ("GET", one, None, {"Authorization": f"Bearer {BRUNO.email}"}),
    ]
    for method, path, body, headers in requests:
        answer = client.open(path, method=method, json=body, headers=headers)
        assert answer.status_code >= 400, (method, path)
        watch.hear("http", answer.data)
        watch.hear("http", str(answer.headers))
