"""E-mails by SMTP. The Message-ID is the effect's key, so that a mail sent twice can be told to be the same."""

from __future__ import annotations

import html
import re
import smtplib
import ssl
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import blake2s

from runtime.automations.effects import NotConfigured, Outgoing, Rejected
from runtime.settings import Settings

TIMEOUT_S = 20
_LINE_BREAKS = re.compile(r"[\r\n]+")


def mail_sender(settings: Settings) -> Callable[[Outgoing], None]:
    """Sends effects of the kind `email` through the site's mail server."""

    def send(outgoing: Outgoing) -> None:
        if outgoing.kind != "email":
            raise Rejected(f"There is no sender for {outgoing.kind}.")
        if not settings.smtp_host:
            raise NotConfigured("no mail server set")
        deliver(settings, compose(settings, outgoing))

    return send


def compose(settings: Settings, outgoing: Outgoing) -> EmailMessage:
    """The mail of an effect: text, and the same as plain HTML."""
    payload = outgoing.payload
    message = EmailMessage()
    name, sender = parseaddr(settings.smtp_from or "")
    message["From"] = Address(name or "Formloom", addr_spec=sender)
    try:
        message["To"] = Address(_one_line(str(payload.get("name") or "")), addr_spec=str(payload["to"]))
    except (ValueError, KeyError) as error:
        raise Rejected(f"{payload.get('to')!r} is no mail address") from error
    message["Subject"] = _one_line(str(payload.get("subject") or ""))
    message["Message-ID"] = message_id(outgoing.key, sender)
    message["Auto-Submitted"] = "auto-generated"
    text = str(payload.get("text") or "")
    message.set_content(text)
    message.add_alternative(f"<p>{html.escape(text)}</p>".replace("\n", "<br>\n"), subtype="html")
    return message


def message_id(key: str, sender: str) -> str:
    """The same for the same key, always."""
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<{blake2s(key.encode(), digest_size=16).hexdigest()}@{domain}>"


def deliver(settings: Settings, message: EmailMessage) -> None:
    """Hands a mail to the server. Raises Rejected when the server refuses it for good, other errors for "later"."""
    with smtplib.SMTP(str(settings.smtp_host), settings.smtp_port, timeout=TIMEOUT_S) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if all(code >= 500 for code in codes):
                raise Rejected(f"the mail server refused the address: {_reason(error)}") from error
            raise
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= 500:
                raise Rejected(f"the mail server refused the mail: {error.smtp_code} {_reason(error)}") from error
            raise


def _reason(error: Exception) -> str:
    return str(error)[:300]


def _one_line(text: str) -> str:
    return _LINE_BREAKS.sub(" ", text).strip()[:900]
