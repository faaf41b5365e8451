"""A forgotten password, with a real mail server on this machine."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.web.site import Site, make_app, make_site


class Inbox:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: Queue[Message] = Queue()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.put(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def mailing_site(database_url: str, tmp_path: Path, inbox: tuple[Inbox, int]) -> Iterator[Site]:
    app = make_app(
        database_url,
        tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=inbox[1],
        smtp_from="Formloom <forms@example.com>",
        smtp_starttls=False,
        base_url="http://forms.example.com",
    )
    yield make_site(app)
    app.extensions["engine"].dispose()


def _text(mail: Message) -> str:
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_link_arrives_and_sets_the_password(mailing_site: Site, inbox: tuple[Inbox, int]) -> None:
    mailing_site.member("li")
    answers = []
    for email in (mailing_site.email("li"), "nobody@example.com"):
        browser = mailing_site.stranger()
        browser.get("/forgot-password", base_url="http://evil.example")
        answers.append(browser.post("/forgot-password", {"email": email}, follow=True, base_url="http://evil.example"))
    said = [re.findall(r'class="notice[^>]*>.*?</div>', answer.text, re.S) for answer in answers]
    assert said[0] == said[1] != []
    mail = inbox[0].mails.get(timeout=20)
    assert mail["To"] == mailing_site.email("li")
    link = re.search(r"http://forms\.example\.com(/forgot-password/\S+)", _text(mail))
    assert link
    assert "evil" not in _text(mail)
    browser = mailing_site.stranger()
    browser.get(link[1])
    browser.post(link[1], {"password": "another horse 2", "password_confirm": "another horse 2"})
    assert mailing_site.stranger().sign_in(mailing_site.email("li"), "another horse 2").status_code in (302, 303)
    assert "anew" in _text(inbox[0].mails.get(timeout=20))
    with pytest.raises(Empty):
        inbox[0].mails.get_nowait()


def test_an_invitation_is_mailed(mailing_site: Site, inbox: tuple[Inbox, int]) -> None:
    admin = mailing_site.browser()
    page = admin.post("/settings/members", {"email": "wang@new-mail.example", "name": "Wang"}).text
    assert "on its way" in page
    mail = inbox[0].mails.get(timeout=20)
    assert mail["To"] == "wang@new-mail.example"
    assert "http://forms.example.com/forgot-password/" in _text(mail)


def test_without_a_mail_server_the_page_says_whom_to_ask(site: Site) -> None:
    page = site.stranger().get("/forgot-password").text
    assert "Ask an administrator" in page
    assert 'name="email"' not in page
