"""What Flask-Security and werkzeug say, in our words, so that it is translated like everything else."""

from __future__ import annotations

from web.i18n import mark

# Key of a Flask-Security message -> (text, kind of notice).
SIGN_IN_MESSAGES = {
    "GENERIC_AUTHN_FAILED": (mark("The e-mail or the password is wrong."), "error"),
    "GENERIC_RECOVERY": (mark("If somebody here has this address, a link is on its way to it."), "info"),
    "UNAUTHENTICATED": (mark("Please sign in to go on."), "info"),
    "REAUTHENTICATION_REQUIRED": (mark("Please type your password once more."), "info"),
    "PASSWORD_MISMATCH": (mark("The password is wrong."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (mark("The two passwords differ."), "error"),
    "INVALID_RECOVERY_CODE": (mark("This recovery code is wrong or used up."), "error"),
    "NO_RECOVERY_CODES_SETUP": (mark("There are no recovery codes yet."), "info"),
    "PASSWORD_RESET_REQUEST": (mark("If somebody here has this address, a link is on its way to it."), "info"),
    "PASSWORD_RESET_EXPIRED": (mark("This link is no longer valid. Ask for a new one."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (mark("This link is no longer valid. Ask for a new one."), "error"),
    "DISABLED_ACCOUNT": (mark("The e-mail or the password is wrong."), "error"),
    "EMAIL_NOT_PROVIDED": (mark("Type your e-mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (mark("This is not an e-mail address."), "error"),
    "INVALID_CODE": (mark("The code is wrong or too old. Take the one that the app shows now."), "error"),
    "PASSWORD_NOT_PROVIDED": (mark("Type your password."), "error"),
    "PASSWORD_RESET": (mark("Your new password is set."), "success"),
    "PASSWORD_RESET_NO_LOGIN": (mark("Your new password is set. Sign in with it."), "success"),
    "PASSWORD_IS_THE_SAME": (mark("The new password must differ from the old one."), "error"),
    "PASSWORD_CHANGE": (mark("Your password is changed. Other devices have been signed out."), "success"),
    "LOGIN": (mark("Please sign in to go on."), "info"),
    "REFRESH": (mark("Please type your password once more."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (mark("Thank you."), "success"),
    "ANONYMOUS_USER_REQUIRED": (mark("You are signed in already."), "info"),
    "TWO_FACTOR_INVALID_TOKEN": (mark("The code is wrong or too old. Take the one that the app shows now."), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (mark("Thank you."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (mark("Two-factor codes are on. Make recovery codes now, for the day when the phone is lost."), "success"),
    "TWO_FACTOR_PERMISSION_DENIED": (mark("Please sign in to go on."), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (mark("This way is not offered here."), "error"),
    "TWO_FACTOR_DISABLED": (mark("Two-factor codes are off."), "success"),
    "TWO_FACTOR_SETUP_EXPIRED": (mark("That took too long. Please begin again."), "error"),
    "INVALID_PASSWORD": (mark("The password is wrong."), "error"),
    "INVALID_PASSWORD_CODE": (mark("The password is wrong."), "error"),
}  # fmt: skip

MAIL_SUBJECTS = {
    "EMAIL_SUBJECT_PASSWORD_NOTICE": mark("Your password has been set anew"),
    "EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": mark("Your password has been changed"),
    "EMAIL_SUBJECT_PASSWORD_RESET": mark("Set a new password"),
}

# Names of HTTP answers that reach people (web/errors.py translates them by name).
HTTP_NAMES = (
    mark("Bad Request"),
    mark("Unauthorized"),
    mark("Forbidden"),
    mark("Not Found"),
    mark("Method Not Allowed"),
    mark("Not Acceptable"),
    mark("Request Timeout"),
    mark("Conflict"),
    mark("Gone"),
    mark("Length Required"),
    mark("Precondition Failed"),
    mark("Request Entity Too Large"),
    mark("Unsupported Media Type"),
    mark("Unprocessable Entity"),
    mark("Precondition Required"),
    mark("Too Many Requests"),
)


def configuration() -> dict[str, object]:
    """The settings with which Flask-Security speaks these texts."""
    messages: dict[str, object] = {f"SECURITY_MSG_{key}": text for key, text in SIGN_IN_MESSAGES.items()}
    return messages | {f"SECURITY_{key}": text for key, text in MAIL_SUBJECTS.items()}
