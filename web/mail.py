"""The site's own mail: resetting a password, an invitation. Sent in the background; a mail server that hangs holds up nobody."""

from __future__ import annotations

import logging
import smtplib
import threading
from email.message import EmailMessage

from runtime import mail
from runtime.automations.effects import Rejected
from runtime.settings import Settings

_log = logging.getLogger(__name__)


def send_mail(settings: Settings, *, to: str, subject: str, body: str) -> threading.Thread | None:
    """Send a plain-text mail. Without SMTP_HOST nothing is sent. What goes wrong is logged, without the text.

    Returns the thread that sends it.
    """
    if not settings.smtp_host:
        return None
    message = EmailMessage()
    message["From"] = settings.smtp_from
    message["To"] = to
    message["Subject"] = " ".join(subject.split())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    thread = threading.Thread(target=_deliver, args=(settings, message), daemon=True)
    thread.start()
    return thread


def _deliver(settings: Settings, message: EmailMessage) -> None:
    try:
        mail.deliver(settings, message)
    except (OSError, smtplib.SMTPException, Rejected) as error:
        _log.warning("mail could not be sent: %s", type(error).__name__)
