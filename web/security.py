"""What protects every page: headers, the content security policy, CSRF tokens for browser sessions."""

from __future__ import annotations

from flask import Flask, Response, request, session
from flask_wtf.csrf import CSRFProtect

from runtime.settings import Settings
from web.request_context import SAFE_METHODS, bearer_key

# No inline script, no inline style, no eval: what a person wrote can never run.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_TRANSPORT = "max-age=31536000"
# Programs call these with keys, not with a browser's session.
PROGRAM_PATHS = ("/api/", "/v1/")
# Pages for people without an account rest on no session; they carry a ticket of their own (web/public_guard.py).
TICKET_PATHS = ("/f/",)

csrf = CSRFProtect()


def init_app(app: Flask, settings: Settings) -> None:
    """Cookies, headers and the CSRF check."""
    secure = settings.address.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="formloom",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=secure,
        WTF_CSRF_CHECK_DEFAULT=False,
        # The token lives as long as the session it belongs to: no form goes bad over lunch.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure,
        MAX_CONTENT_LENGTH=settings.upload_limit_mib * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
    )
    csrf.init_app(app)
    app.before_request(check_csrf)
    app.after_request(add_headers)
    if secure:
        app.after_request(_add_transport_security)
    if settings.trusted_proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def check_csrf() -> None:
    """A request that may change something and rests on the browser's session must carry the session's token."""
    if request.method in SAFE_METHODS or bearer_key() is not None or request.path.startswith(TICKET_PATHS):
        return
    if request.path.startswith(PROGRAM_PATHS) and "_user_id" not in session:
        return
    csrf.protect()


def add_headers(response: Response) -> Response:
    """The headers that every answer has."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", POLICY)
    # What is behind a sign-in must not stay in a shared or a back-button cache.
    if not response.cache_control.max_age:
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.add("Vary", "Cookie, Accept-Language, HX-Request")
    return response


def standard_headers(secure: bool) -> list[tuple[str, str]]:
    """What `add_headers` gives an answer that may not be cached, for answers that are made outside Flask."""
    own = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "Cookie, Accept-Language, HX-Request"}
    transport = {"Strict-Transport-Security": _TRANSPORT} if secure else {}
    return list({**_HEADERS, **own, **transport}.items())


def _add_transport_security(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", _TRANSPORT)
    return response
