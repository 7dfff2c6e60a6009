"""`wsgi:app` for any WSGI server, one per process: `gunicorn --threads 16 wsgi:app`.

Settings come from `cdp.toml` and the environment. Do not preload the application into a server
that forks: connections and the background worker belong to the process that made them.
"""

from cdp.settings import Settings
from cdp.web.serving import application

app = application(Settings.load())
