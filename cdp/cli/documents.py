"""JSON files as parameters: read whole, and told apart from what they are not without quoting."""

from pathlib import Path
from typing import Any, Final

import click
import orjson

from cdp.cli.failures import Unsuitable


class Document(click.ParamType[dict[str, Any]]):
    """A file with one JSON object."""

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """The object in the file."""
        try:
            found = orjson.loads(Path(str(value)).read_bytes())
        except OSError as error:
            raise Unsuitable(
                f"the file cannot be read ({error.strerror})", param=param, ctx=ctx
            ) from None
        except orjson.JSONDecodeError as error:
            raise Unsuitable(
                f"the file is not JSON (line {error.lineno})", param=param, ctx=ctx
            ) from None
        if not isinstance(found, dict):
            raise Unsuitable("the file holds no JSON object", param=param, ctx=ctx)
        return found


DOCUMENT: Final = Document()
