# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Mail: a row in the transaction first, sent afterwards by the worker."""

import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from cop.base.clock import now
from cop.base.db import Model, db, locked, transaction

RETRY_AFTER = timedelta(minutes=5)
#: sent or not: what could not be sent for so long helps nobody any more
KEPT = timedelta(days=30)
BATCH = 50
TIMEOUT_S = 10

Post = Callable[[EmailMessage], None]


class NoAddressError(ValueError):
    """What stands in the place of the recipient is not one mail address."""


class Mail(Model):
    """A mail to one person, from before it is sent until the retention job removes it."""

    __tablename__ = "mail"

    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)


def post_mail(recipient: str, subject: str, body: str) -> None:
    """Put a mail on its way when the transaction commits."""
    db.session.add(
        Mail(
            recipient=recipient,
            subject=" ".join(subject.split()),
            body=body,
            written_at=now(),
            due_at=now(),
        )
    )


def send_due_mail(post: Post, sender: str) -> int:
    """Send what is due; return how many were sent. What fails is tried again later."""
    due = db.session.scalars(select(Mail.id).where(Mail.due_at <= now()).order_by(Mail.due_at).limit(BATCH)).all()
    return sum(_send(mail_id, post, sender) for mail_id in due)


def _send(mail_id: UUID, post: Post, sender: str) -> bool:
    with transaction():
        mail = db.session.scalar(locked(select(Mail).where(Mail.id == mail_id), Mail))
        if mail is None or mail.due_at is None or mail.due_at > now():
            return False
        # claimed before it is sent: two workers must not send it twice
        mail.attempts, mail.due_at = mail.attempts + 1, now() + RETRY_AFTER * 2 ** min(mail.attempts, 8)
        try:
            message = compose(mail, sender)
        except NoAddressError:
            # an identity provider said it; trying again can't help, and must not hold up the others
            mail.due_at = None
            return False
    try:
        post(message)
    except (OSError, smtplib.SMTPException):
        return False
    with transaction():
        mail = db.session.get_one(Mail, mail_id)
        mail.sent_at, mail.due_at = now(), None
    return True


def forget_old_mail() -> None:
    """Delete mails after 30 days."""
    with transaction():
        db.session.execute(delete(Mail).where(Mail.written_at < now() - KEPT))


def compose(mail: Mail, sender: str) -> EmailMessage:
    """Write the message as RFC 5322 wants it.

    Raises:
        NoAddressError: when the recipient is not exactly one address.
    """
    message = EmailMessage()
    message["From"] = Address("Reihum", addr_spec=sender)
    message["To"] = _address(mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = mail.written_at
    message["Message-ID"] = make_msgid(str(mail.id), domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _address(text: str) -> Address:
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise NoAddressError from error
    if not (address.username and address.domain):
        raise NoAddressError
    return address


def post_to(url: str) -> Post:
    """Return how mail leaves: `smtp://host:port`, `smtps://…`, or `file:///folder` in development."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return lambda message: _keep(message, Path(parts.path))
    return lambda message: _smtp(message, url)


def _keep(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    (folder / f"{name}.eml").write_bytes(message.as_bytes())


def _smtp(message: EmailMessage, url: str) -> None:
    """Hand a mail to the server; a password goes only to one whose certificate is right."""
    parts = urlsplit(url)
    encrypted = ssl.create_default_context()
    host, port = parts.hostname or "localhost", parts.port or 0
    with (
        smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=encrypted)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=TIMEOUT_S) as server
    ):
        if parts.username and parts.scheme != "smtps":
            server.starttls(context=encrypted)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
