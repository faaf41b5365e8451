"""Signing in and out, passwords, two-factor codes: Flask-Security, with our pages, our mail and our rules.

A session ends when the person's password changes (`fs_uniquifier` is part of it). Nothing that is answered tells
whether an address belongs to somebody.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, redirect, request, url_for
from flask_security import MailUtil, PasswordUtil, Security, user_authenticated
from werkzeug.exceptions import TooManyRequests

from runtime import clock
from runtime.people.passwords import MAX_LENGTH, MIN_LENGTH, check_password
from runtime.settings import Settings
from web import account
from web.i18n import TRANSLATIONS, gettext, translate
from web.library_texts import configuration
from web.mail import send_mail
from web.rate_limit import count_attempt, forget_attempts

SIGN_IN = "/sign-in"
# What may be tried by one address on one account, and by one address on all of them.
_PER_ACCOUNT, _PER_ADDRESS = 10, 60
_WINDOW = timedelta(minutes=15)
_GUARDED = {
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.verify",
    "security.forgot_password",
}


class _Passwords(PasswordUtil):
    """Our rules for new passwords."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        email = getattr(kwargs.get("user"), "email", "") or ""
        problems = check_password(password, email=email)
        return ([translate(each) for each in problems] or None), self.normalize(password)


class _Mail(MailUtil):
    """Our way of sending mail."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **kwargs: Any
    ) -> None:
        send_mail(current_app.config["SETTINGS"], to=str(recipient), subject=str(subject), body=body or "")


def init_app(app: Flask, settings: Settings) -> None:
    """Install Flask-Security and the limits on guessing."""
    app.config.update(_configuration(settings) | configuration())
    account.init_app(app)
    security = Security(app, account.datastore(), mail_util_cls=_Mail, password_util_cls=_Passwords)
    security.unauthn_handler(_ask_to_sign_in)
    app.before_request(_limit)
    user_authenticated.connect(_welcome, app)


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SECURITY_PASSWORD_SALT": _derived(settings, "password"),
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH": "argon2",
        # argon2 salts by itself; this way runtime/people/passwords.py and Flask-Security store the same.
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__time_cost": 2,
            "argon2__memory_cost": 19 * 1024,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_LENGTH_MIN": MIN_LENGTH,
        "SECURITY_PASSWORD_LENGTH_MAX": MAX_LENGTH,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_LOGIN_URL": SIGN_IN,
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_CSRF": True,
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": SIGN_IN,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_RESET_URL": "/forgot-password",
        "SECURITY_POST_RESET_VIEW": SIGN_IN,
        "SECURITY_RESET_PASSWORD_WITHIN": timedelta(days=3),
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/profile/password",
        "SECURITY_POST_CHANGE_VIEW": "/profile",
        "SECURITY_TRACKABLE": True,
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_DATETIME_FACTORY": clock.now,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/profile/two-factor",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/method",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/sign-in/rescue",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/profile",
        "SECURITY_TOTP_SECRETS": {"1": _derived(settings, "totp")},
        "SECURITY_TOTP_ISSUER": "Formloom",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [urlsafe_b64encode(bytes.fromhex(_derived(settings, "recovery")))],
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/profile/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery",
        "SECURITY_VERIFY_URL": "/sign-in/again",
        "SECURITY_EMAIL_HTML": False,
        "SECURITY_EMAIL_SENDER": settings.smtp_from or "formloom@localhost",
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
        # One catalogue for our texts and the library's.
        "SECURITY_I18N_DOMAIN": "messages",
        "SECURITY_I18N_DIRNAME": [str(TRANSLATIONS)],
    }


def _derived(settings: Settings, purpose: str) -> str:
    return hmac.new(settings.secret_key.encode(), f"formloom {purpose}".encode(), hashlib.sha256).hexdigest()


def _ask_to_sign_in(*_: Any, **__: Any) -> Response:
    return to_sign_in()


def to_sign_in() -> Response:
    """To the sign-in page, and back afterwards. A fragment asks the whole page to go there."""
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": url_for("security.login")})
    address = url_for("security.login", next=here) if here not in ("", "/") else url_for("security.login")
    return redirect(address, 303)  # type: ignore[return-value]


def _limit() -> None:
    if request.method != "POST" or request.endpoint not in _GUARDED:
        return
    engine = current_app.extensions["engine"]
    address = request.remote_addr or ""
    waits = [count_attempt(engine, f"address {address}", limit=_PER_ADDRESS, window=_WINDOW)]
    subject = _subject()
    if subject:
        waits.append(count_attempt(engine, f"account {subject} {address}", limit=_PER_ACCOUNT, window=_WINDOW))
    if max(waits):
        raise TooManyRequests(gettext("Too many tries. Please wait a few minutes."), retry_after=max(waits))


def _subject() -> str:
    from flask import session

    return (request.form.get("email") or session.get("tf_user_id") or session.get("_user_id") or "").strip().lower()


def _welcome(app: Flask, user: account.Account, **_: Any) -> None:
    address = request.remote_addr or ""
    for subject in (user.email, user.fs_uniquifier):
        forget_attempts(app.extensions["engine"], f"account {subject} {address}")


def invitation_path(user_id: int) -> str:
    """The path of a page on which a person sets their first password; it works once, and for three days."""
    from flask_security.recoverable import generate_reset_password_token

    token = generate_reset_password_token(account.account_of(user_id))  # type: ignore[no-untyped-call]
    return url_for("security.reset_password", token=token)


def sign_in(user_id: int) -> None:
    """Sign this person in, in this browser."""
    from flask_security import login_user

    login_user(account.account_of(user_id), authn_via=["password"])
    account.datastore().commit()  # type: ignore[no-untyped-call]
