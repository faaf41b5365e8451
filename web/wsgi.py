"""The WSGI application for other servers than ours: `gunicorn web.wsgi:app`. Needs DATABASE_URL."""

from __future__ import annotations

from runtime import data_folder
from runtime.logs import configure_logs
from runtime.settings import load_settings
from runtime.tasks import set_senders
from web.app import create_app

settings = data_folder.prepare(load_settings())
configure_logs(settings, "web")
app = create_app(settings)
set_senders(settings)
