# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What leaves as a calendar, a table or a mail: no text breaks out of its place."""

import csv
import io
from dataclasses import replace

import pytest
from icalendar import Calendar
from markupsafe import Markup

from cop.base import mail
from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.base.mail import Mail, compose, post_mail, send_due_mail
from cop.knowledge.exports import as_pdf, sheet_of
from cop.meetings.services import record_action
from tests.builders import a_meeting, a_member, a_person, a_topic, an_article
from tests.hostile.catalogue import cases
from tests.hostile.outbound import watched
from tests.reader import Reader

#: what the columns hold
LONGEST = {"title": 200, "place": 200, "description": 20_000}
SENDER = "reihum@kassel.example"
ONE = "miriam@kassel.example"


def _calendar(case, app):
    """The payload in each property that people write."""
    text = case.setup["payload"]
    with transaction():
        meeting = a_meeting(title="Treffen", place="Rathaus", description="Text")
        path, reader = f"/meetings/{meeting.id}.ics", a_person("Miriam")
    reader = Reader(app, reader)
    usual = _properties(reader.get(path).data)
    for field in LONGEST:
        with transaction():
            setattr(meeting, field, text.replace("\0", "")[: LONGEST[field]])
        body = reader.get(path).data
        assert _properties(body) == usual, field
        assert all(len(line) <= 75 for line in body.split(b"\r\n"))


def _properties(body):
    """The names in the one entry, which can be read."""
    calendar = Calendar.from_ical(body)
    (entry,) = calendar.walk("VEVENT")
    body.decode()
    return sorted(entry), calendar.walk("VALARM"), entry.errors


def _mail(case, app):
    """The payload where a mail takes texts and addresses: nothing but one mail to one address, or none, leaves."""
    text = case.setup["payload"]
    sent = []
    innocent = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    with transaction():
        post_mail(ONE, text, text)
        post_mail(text, "Betreff", "Text")
        post_mail(ONE, "Danach", "Text")

    send_due_mail(sent.append, SENDER)

    assert [message["Subject"] for message in sent if message["Subject"] == "Danach"] == ["Danach"]
    for message in sent:
        assert len(message["To"].addresses) == 1
        assert set(message.keys()) - {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"} == innocent
        assert message.get_content_type() == "text/plain"
    assert "evil@x" not in {address.addr_spec for message in sent for address in message["To"].addresses}
    assert db.session.query(Mail).filter(Mail.due_at <= mail.now()).count() == 0


def _no_loop(case, app):
    """A mail of ours says that a program wrote it, and leaves no address for an automatic answer."""
    message = compose(Mail(recipient=ONE, subject="Betreff", body="Text", written_at=mail.now()), SENDER)

    assert (message["Auto-Submitted"], message["Reply-To"]) == ("auto-generated", None)


def _csv(case, app):
    """The payload in each cell that people write: a program that reads the table gets the text, and no formula."""
    text = case.setup["payload"]
    with transaction():
        meeting = a_meeting()
        topic = a_topic(meeting, member := a_member(meeting.community))
        action = record_action(meeting, member, text="Aufgabe", topic=topic, owner_name="Köln")
        topic.title = action.text = action.owner_name = text
        path, person = f"/meetings/{meeting.id}/actions.csv", topic.proposed_by

    body = Reader(app, person).get(path).data.decode("utf-8-sig")

    head, row = csv.reader(io.StringIO(body, newline=""), strict=True)
    assert len(head) == len(row)
    assert row[:3] == [f"'{text}"] * 3


def _pdf(case, app):
    """A text that names addresses in every way there is: nothing is asked for while files are made of it."""
    named = "http://127.0.0.1:9/fetched"
    body = f"![x]({named}.png) <img src={named}> <link rel=stylesheet href={named}> <style>@import '{named}'</style>"
    with transaction():
        article = an_article(body=body, audience=Audience.PUBLIC)
    unclean = Markup(body + f"<img src='{named}'><object data='{named}'></object>")  # noqa: S704
    sheet = replace(sheet_of(article), html=unclean)

    with watched() as made:
        for file in ("pdf", "odt", "md", "json"):
            assert app.test_client().get(f"/knowledge/{article.id}.{file}").status_code == 200
        assert as_pdf(sheet).startswith(b"%PDF-")

    assert made == []


PLAYS = {"csv": _csv, "ics": _calendar, "email": _mail, "email_loop": _no_loop, "pdf": _pdf}


@cases("export")
def test_what_leaves(case, app):
    PLAYS[case.setup["kind"]](case, app)


@pytest.mark.parametrize("recipient", ["", "nobody", "a@x.example, b@x.example", "a@x.example\r\nBcc: b@x.example"])
def test_what_is_no_address_is_not_written_to_and_holds_nothing_up(app, recipient):
    sent = []
    with transaction():
        post_mail(recipient, "Betreff", "Text")
        post_mail(ONE, "Betreff", "Text")

    assert send_due_mail(sent.append, SENDER) == 1
    assert [message["To"] for message in sent] == [ONE]
    assert send_due_mail(sent.append, SENDER) == 0
