"""The HTTP face: the Profile API under /v1, health and metrics.

`create_app` makes a plain WSGI application of a platform; `cdp.web.serving` runs one together with
the background worker. A view parses, asks the door, and answers; nothing else gives data out.
"""

from importlib.metadata import version

from flask import Flask

from cdp.platform import Platform
from cdp.web import auth, http, ops, smorest
from cdp.web.api import changes, consents, contexts, explanations, profiles, verdicts

GROUPS = (
    profiles.group,
    contexts.group,
    explanations.group,
    verdicts.group,
    consents.group,
    changes.group,
    ops.group,
)


def create_app(platform: Platform) -> Flask:
    """The WSGI application that serves this platform."""
    app = Flask("continuum", static_folder=None)
    http.install(app, platform)
    document, access = smorest.document(app, GROUPS, version("continuum-cdp"))
    app.config[ops.DOCUMENT] = document
    auth.guard(app, access)
    return app
