"""The page for users of the API is true: its lines run against a served demo, for every route."""

import http.client
import re
import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from cdp import work
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.web import create_app
from cdp.web.auth import SCOPES
from cdp.web.problems import STATUS_BY_REASON
from tests.cli.running import Shell

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```console\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line.removeprefix("$ ") for block in BLOCKS for line in block.splitlines()]
# NAME=$(curl ... | tr -d '\\r' | sed -n 's/^header: //Ip')
ASSIGNED = re.compile(r"([A-Z]+)=\$\((curl .+?) \| tr -d '\\r' \| sed -n 's/\^([a-z-]+): //Ip'\)")
ALWAYS_WITH_VALUE = {"-H", "-d"}


@dataclass
class Served:
    """A platform behind HTTP, and the names that the page uses."""

    platform: Platform = field(repr=False)
    names: dict[str, str] = field(repr=False)

    def run(self, line: str) -> tuple[int, dict[str, str], bytes]:
        """One line with `curl` in it: status, headers, body. Views are built where one waits."""
        for _ in range(3):
            status, headers, body = self._ask(shlex.split(self._filled(line)))
            if status != 503:
                break
            work.refresh_all(self.platform)
        return status, headers, body

    def _filled(self, line: str) -> str:
        return re.sub(r"\$([A-Z]+)", lambda found: self.names[found[1]], line)

    def _ask(self, words: list[str]) -> tuple[int, dict[str, str], bytes]:
        assert words.pop(0) == "curl"
        method, headers, data, url = "GET", {}, None, ""
        while words:
            word = words.pop(0)
            value = words.pop(0) if word in ALWAYS_WITH_VALUE else ""
            if word == "-H":
                name, _, text = value.partition(": ")
                headers[name] = text
            elif word == "-d":
                method, data = "POST", value
            elif word == "-I":
                method = "HEAD"
            else:
                url = word
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.netloc, timeout=30)
        try:
            path = place.path + (f"?{place.query}" if place.query else "")
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo, set up by the commands on the page and served."""
    folder = tmp_path_factory.mktemp("page")
    assert Shell(folder, {}).run("demo", "--folder", "try", "--people", "40").code == 0
    shell = Shell(folder / "try", {})
    (create,) = re.findall(r"^cdp (client create .+?[^\\])$", PAGE, re.MULTILINE | re.DOTALL)
    made = shell.good(*shlex.split(create.replace("\\\n", "")))
    finds = re.findall(
        r"^(?:export )?([A-Z]+)=\$\(cdp (.+?)(?: \| head -1)?\)$", PAGE, re.MULTILINE
    )
    platform = Platform.open(Settings.load({}, folder / "try"))
    server = make_server("127.0.0.1", 0, create_app(platform), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    names = {
        "API": f"http://127.0.0.1:{server.server_port}",
        "AUTH": f"Authorization: Bearer {made['key']}",
        "JSON": "Content-Type: application/json",
    }
    for name, find in finds:
        words = shlex.split(re.sub(r"\$([A-Z]+)", lambda found: names[found[1]], find))
        names[name] = shell.run(*words).out.splitlines()[0]
    yield Served(platform, names)
    server.shutdown()
    thread.join()
    server.server_close()
    platform.close()


def test_every_line_of_the_page_is_answered(served: Served) -> None:
    asked: dict[str, int] = {}

    for line in LINES:
        assigned = ASSIGNED.fullmatch(line)
        status, headers, body = served.run(assigned[2] if assigned else line)
        asked[line] = status
        assert status in {200, 304}, (line, status, body[:300])
        if assigned:
            # As it stands in a double-quoted word of a shell.
            held = {name.lower(): value for name, value in headers.items()}
            served.names[assigned[1]] = held[assigned[3]].replace('"', '\\"')

    assert sorted(set(asked.values())) == [200, 304]
    assert len(asked) > 20


def test_every_route_has_a_line(served: Served) -> None:
    app = create_app(served.platform)
    adapter = app.url_map.bind("localhost")
    tried = set()
    for line in LINES:
        assigned = ASSIGNED.fullmatch(line)
        words = shlex.split(assigned[2] if assigned else line)
        method = "POST" if "-d" in words else "GET"
        (url,) = [word for word in words if word.startswith("$API")]
        path = urlsplit(url.replace("$API", "")).path.replace("$ID", served.names["ID"])
        rule, _ = adapter.match(path, method, return_rule=True)
        tried.add((method, rule.rule))

    every = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert tried == every


def test_the_page_names_every_route_scope_and_reason(served: Served) -> None:
    document: Any = create_app(served.platform).test_client().get("/openapi.json").json
    for path in document["paths"]:
        assert re.sub(r"{\w+_id}", "{id}", path) in PAGE.replace(", `/", "`, `/"), path
    for scope in SCOPES:
        assert f"| `{scope}` |" in PAGE
    for reason in STATUS_BY_REASON:
        assert f"`{reason}`" in PAGE, reason
