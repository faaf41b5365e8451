"""The built front end: file names with hashes, long caching, ready-compressed files."""

from __future__ import annotations

import hashlib
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, request, send_from_directory
from markupsafe import Markup

from web.i18n import TRANSLATIONS, current_language

DIST = Path(__file__).parent / "static" / "dist"
_YEAR_S = 365 * 24 * 3600
_FALLBACK_ICON = "point"

blueprint = Blueprint("assets", __name__)


def manifest() -> dict[str, Any]:
    """`{"files": {"main.js": "main-HASH.js", …}, "islands": {…}, "icons": […]}`, written by web/build.mjs."""
    try:
        return _manifest((DIST / "manifest.json").stat().st_mtime_ns)
    except FileNotFoundError:
        raise RuntimeError("the front end has not been built: run `make assets`") from None


@lru_cache(1)
def _manifest(_changed: int) -> dict[str, Any]:
    # Read again after a build, so that a running site follows it.
    found: dict[str, Any] = json.loads((DIST / "manifest.json").read_text())
    found["icons"] = frozenset(found["icons"])
    return found


def asset(name: str) -> str:
    """The address of a built file by its plain name, such as `main.css`."""
    return f"/assets/{manifest()['files'][name]}"


def icon(name: str | None, css: str = "", label: str = "") -> Markup:
    """An icon of the sprite. Without a label it is decoration."""
    known = name if name in manifest()["icons"] else _FALLBACK_ICON
    described = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    address = f"{asset('icons.svg')}#{known}"
    return Markup('<svg class="icon {}" {}><use href="{}"></use></svg>').format(css, described, address)


def icon_names() -> list[str]:
    """The icons that people may choose from."""
    return sorted(manifest()["icons"])


def island(name: str, options: object = None, css: str = "") -> Markup:
    """An element that the TypeScript module web/islands/<name>.ts takes over, with its options as JSON."""
    value = json.dumps(options if options is not None else {}, ensure_ascii=False, default=str)
    return Markup('<div class="{}" data-island="{}" data-options="{}"></div>').format(css, name, value)


@cache
def _texts(language: str) -> tuple[str, str] | None:
    path = TRANSLATIONS / language.replace("-", "_") / "LC_MESSAGES" / "islands.js"
    if not path.exists():
        return None
    text = path.read_text()
    return text, hashlib.sha256(text.encode()).hexdigest()[:10]


def texts_address() -> str | None:
    """The script with the translated texts of the islands; None for English."""
    found = _texts(current_language())
    return f"/assets/texts/{current_language()}-{found[1]}.js" if found else None


@blueprint.get("/assets/texts/<language>-<version>.js")
def texts(language: str, version: str) -> Response:
    """Translations for the islands."""
    found = _texts(language) if language in ("zh-Hans", "zh-Hant") else None
    if found is None or found[1] != version:
        abort(404)
    return _cached(Response(found[0], mimetype="text/javascript"))


@blueprint.get("/assets/<path:name>")
def built(name: str) -> Response:
    """A built file; its name holds its hash, so it never changes."""
    accepted = [(suffix, coding) for suffix, coding in _CODINGS.items() if request.accept_encodings[coding] > 0]
    packed = next(((suffix, coding) for suffix, coding in accepted if (DIST / f"{name}{suffix}").is_file()), None)
    response = send_from_directory(DIST, f"{name}{packed[0]}" if packed else name)
    if packed:
        response.headers["Content-Encoding"] = packed[1]
        response.mimetype = _TYPES.get(Path(name).suffix, "application/octet-stream")
    response.headers["Vary"] = "Accept-Encoding"
    return _cached(response)


_CODINGS = {".br": "br", ".gz": "gzip"}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response


def init_app(app: Flask) -> None:
    """Serve the files and give the templates `asset`, `icon` and `island`."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        asset=asset, icon=icon, island=island, texts_address=texts_address, island_addresses=lambda: manifest()["islands"]
    )
