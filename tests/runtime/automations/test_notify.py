"""Who is told, in which words, how often; and mails on their way out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.automations import effects
from runtime.automations.effects import NotConfigured, Outgoing, Rejected
from runtime.mail import compose, mail_sender, message_id
from runtime.platform.people import Member
from runtime.settings import Settings
from tests.runtime.automations.conftest import Rig
from tests.runtime.automations.sales_app import rule

Make = Callable[..., Rig]


def tell(*to: Any, title: Any = "{{name}}", body: Any = "", channels: tuple[str, ...] = ("in_app",)) -> dict[str, Any]:
    return {"key": "tell", "type": "notify", "to": list(to), "channels": list(channels), "title": title, "body": body}


def test_each_person_is_told_once_in_their_language(rig: Make) -> None:
    title = {"en": "{{name}} is {{stage}}", "zh-Hans": "{{name}} 已 {{stage}}"}
    place = rig(rule("tell", tell("owner", "owner.manager", {"role": "boss"}, {"role": "sales.boss"}, title=title)))
    owner = place.person("Owner", "sales.boss", language="zh-Hans")
    boss = place.person("Boss", "sales.boss", language="en")
    manager = place.person("Manager", "sales.boss")
    with place.engine.begin() as connection:
        mine = (Member.workspace_id == place.place.workspace.id, Member.user_id == owner.user_id)
        connection.execute(sa.update(Member).where(*mine).values(manager_id=manager.user_id))
    lead = place.lead(stage="won", owner=owner.user_id)
    place.pump()
    told = {row["user_id"]: row["title"] for row in place.notifications() if row["record_id"] == lead}
    assert told[owner.user_id] == "Wang 已 «won»"
    assert told[boss.user_id] == "Wang is Won"
    assert manager.user_id in told
    assert len(place.notifications()) == len(told)


def test_hidden_fields_are_hidden_in_messages_too(rig: Make) -> None:
    place = rig(rule("tell", tell({"role": "rep"}, {"role": "boss"}, title="{{name}}: {{secret}}")))
    rep, boss = place.person("Rep", "sales.rep"), place.person("Boss", "sales.boss")
    place.lead(secret="42")
    place.pump()
    told = {row["user_id"]: row["title"] for row in place.notifications()}
    assert (told[rep.user_id], told[boss.user_id]) == ("Wang: ", "Wang: 42")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{amount|money}}", "CN¥1,234.50"),
        ("{{amount|number}}", "1,234.5"),
        ("{{amount}}", "1234.5"),
        ("{{half|money}}", "CN¥617.25"),
        ("{{call_at|date}} {{call_at|time}} {{call_at|datetime}}", "2026-03-04 10:00 2026-03-04 10:00"),
        ("{{next_at}}", "2026-03-05"),
        ('{{secret|default:"nothing"}} {{score|default:"no score"}}', "nothing no score"),
        ("{{name|upper}} {{name|lower}}", "WANG {{X}} wang {{x}}"),
        ("{{owner}} {{owner.name}}", "Admin Admin"),
        ("{{done}} {{stage}}", "yes Won"),
        ("{{record.title}}", "Wang {{x}}"),
        ("{ {name} } {{ name }}", "{ {name} } Wang {{x}}"),
    ],
)
def test_placeholders(rig: Make, text: str, shown: str) -> None:
    place = rig(rule("tell", tell({"role": "boss"}, title="t", body=text)))
    place.person("Boss", "sales.boss", language="en")
    values = {"amount": "1234.5", "call_at": "2026-03-04T10:00:00+08:00", "next_at": "2026-03-05", "stage": "won", "done": True}
    place.lead(name="Wang {{x}}", owner=place.place.admin_id, **values)
    place.pump()
    assert place.notifications()[0]["body"] == shown


def test_mails_leave_once_with_the_address_of_the_record(rig: Make) -> None:
    place = rig(rule("tell", tell("owner", title="T", body="B", channels=("email",))))
    lead = place.lead(owner=place.place.admin_id)
    sent: list[Outgoing] = []
    place.pump(sent.append)
    place.pump(sent.append)
    (outgoing,) = sent
    assert outgoing.payload["text"].splitlines()[-1].endswith(f"/records/sales.lead/{lead}")
    assert place.notifications() == []
    assert [(each["state"], each["attempt"]) for each in place.effects()] == [("sent", 1)]


def test_without_a_mail_server_mails_wait_visibly(rig: Make, tmp_path: Any) -> None:
    place = rig(rule("tell", tell("owner", title="T", channels=("in_app", "email"))))
    place.lead(owner=place.place.admin_id)
    place.pump(mail_sender(Settings(data_dir=tmp_path)))
    (waiting,) = place.effects()
    assert (waiting["state"], waiting["error"], waiting["attempt"]) == ("ready", "no mail server set", 0)
    assert [run["state"] for run in place.runs()] == ["done"]
    assert len(place.notifications()) == 1
    sent: list[Outgoing] = []
    place.pump(sent.append, days=10)
    assert len(sent) == 1


def test_failures_back_off_and_end_as_dead_letters(rig: Make) -> None:
    place = rig(rule("tell", tell("owner", title="T", channels=("email",))))
    place.lead(owner=place.place.admin_id)
    tries: list[str] = []

    def fail(outgoing: Outgoing) -> None:
        tries.append(outgoing.key)
        raise ConnectionError("busy")

    for _ in range(30):
        place.pump(fail, hours=7)
    assert len(tries) == effects.MAX_ATTEMPTS
    assert len(set(tries)) == 1
    (dead,) = place.effects()
    assert (dead["state"], dead["error"]) == ("dead", "busy")
    with place.engine.begin() as connection:
        assert effects.retry_effect(connection, place.place.workspace.id, dead["id"], place.now)
    sent: list[Outgoing] = []
    place.pump(sent.append)
    assert [each.key for each in sent] == [tries[0]]


def test_delays_grow_to_six_hours() -> None:
    delays = [effects.delay(attempt) for attempt in range(1, 11)]
    assert timedelta(seconds=9) <= delays[0] <= timedelta(seconds=11)
    assert timedelta(hours=5) <= delays[-1] <= timedelta(hours=6.6)
    assert delays[0] < delays[2] < delays[4] < delays[6]


def test_a_refused_mail_is_not_tried_again(rig: Make) -> None:
    place = rig(rule("tell", tell("owner", title="T", channels=("email",))))
    place.lead(owner=place.place.admin_id)

    def refuse(outgoing: Outgoing) -> None:
        raise Rejected("no such address")

    place.pump(refuse)
    assert place.effects()[0]["state"] == "dead"


def test_a_sender_that_died_is_followed_by_another_and_has_no_say_any_more(rig: Make) -> None:
    place = rig(rule("tell", tell("owner", title="T", channels=("email",))))
    place.lead(owner=place.place.admin_id)
    place.pump()
    with place.engine.begin() as connection:
        lost = effects.claim(connection, place.now)
        assert effects.claim(connection, place.now) is None
    assert lost is not None
    sent: list[Outgoing] = []
    place.pump(sent.append, minutes=2)
    assert [(each.key, each.attempt) for each in sent] == [(lost.key, 2)]
    with place.engine.begin() as connection:
        assert not effects.settle(connection, lost, ConnectionError("late"), place.now)
    assert place.effects()[0]["state"] == "sent"


def test_the_mail_itself(tmp_path: Any) -> None:
    settings = Settings(data_dir=tmp_path, smtp_host="mail.example.com", smtp_from="Forms <forms@example.com>")
    payload = {"to": "li@example.com", "name": "李\r\nBcc: x@y", "subject": "a\r\nBcc: evil@example.com", "text": "1 < 2\nnext"}
    outgoing = Outgoing(1, 1, 1, "run:1:tell:7:email", "email", payload, 1)
    mail = compose(settings, outgoing)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "a Bcc: evil@example.com"
    assert mail["Message-ID"] == message_id(outgoing.key, "forms@example.com")
    html = mail.get_body(("html",))
    assert html is not None
    assert "1 &lt; 2<br>" in html.get_content()
    with pytest.raises(NotConfigured):
        mail_sender(Settings(data_dir=tmp_path))(outgoing)
    with pytest.raises(Rejected):
        compose(settings, Outgoing(1, 1, 1, "k", "email", {"to": "not an address"}, 1))
