# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A mail is written first, sent afterwards, and sent once."""

import smtplib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.mail import Mail, forget_old_mail, post_mail, post_to, send_due_mail
from tests.live.processes import free_port

SENDER = "reihum@kassel.example"


@dataclass
class Letterbox:
    """What a mail server got."""

    got: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[Controller]:
    """A real SMTP server on 127.0.0.1."""
    controller = Controller(Letterbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def write(subject: str = "Your turn", **more: str) -> None:
    with transaction():
        post_mail("bram@kassel.example", subject, "You moderate on 14 January.\n", **more)


def the_mail() -> Mail:
    db.session.rollback()
    mail = db.session.scalars(db.select(Mail)).one()
    db.session.refresh(mail)
    return mail


def refuse(message: EmailMessage) -> None:
    raise smtplib.SMTPServerDisconnected("not now")


def test_a_mail_arrives(app: Flask, server: Controller) -> None:
    write()

    sent = send_due_mail(post_to(f"smtp://127.0.0.1:{server.port}"), SENDER)

    (got,) = server.handler.got
    assert sent == 1
    assert (got["From"], got["To"], got["Subject"]) == (f"Reihum <{SENDER}>", "bram@kassel.example", "Your turn")
    assert got["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in got.walk()] == ["text/plain"]
    assert the_mail().due_at is None


def test_a_subject_cannot_write_headers(app: Flask, server: Controller) -> None:
    write("Topic\r\nBcc: everybody@city.example")

    send_due_mail(post_to(f"smtp://127.0.0.1:{server.port}"), SENDER)

    (got,) = server.handler.got
    assert (got["Subject"], got["Bcc"]) == ("Topic Bcc: everybody@city.example", None)


def test_nothing_is_written_when_the_transaction_fails(app: Flask) -> None:
    def fail() -> None:
        with transaction():
            post_mail("bram@kassel.example", "Never", "…")
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()

    assert db.session.scalars(db.select(Mail)).all() == []


def test_what_fails_is_tried_again_ever_later(app: Flask) -> None:
    write()

    first = send_due_mail(refuse, SENDER)
    at_once = send_due_mail(refuse, SENDER)
    mail = the_mail()

    assert (first, at_once, mail.attempts) == (0, 0, 1)
    with time_machine.travel(now() + timedelta(minutes=6)):
        send_due_mail(refuse, SENDER)
        mail = the_mail()
        assert mail.attempts == 2
        assert mail.due_at is not None
        assert timedelta(minutes=9) < mail.due_at - now() < timedelta(minutes=11)


def test_two_senders_send_a_mail_once(app: Flask, server: Controller) -> None:
    for number in range(10):
        write(f"Mail {number}")
    post = post_to(f"smtp://127.0.0.1:{server.port}")

    def send() -> None:
        with app.app_context():
            send_due_mail(post, SENDER)

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(got["Subject"] for got in server.handler.got) == [f"Mail {number}" for number in range(10)]


def test_a_mail_that_another_sender_has_is_left_alone(app: Flask) -> None:
    write()
    sent: list[str] = []

    def post(message: EmailMessage) -> None:
        sent.append(str(message["Subject"]))
        assert send_due_mail(post, SENDER) == 0  # the other one, while this one is at it

    assert send_due_mail(post, SENDER) == 1
    assert sent == ["Your turn"]


def test_in_development_mail_lands_in_a_folder(app: Flask, tmp_path: Path) -> None:
    write()

    send_due_mail(post_to(f"file://{tmp_path}/mail"), SENDER)

    (file,) = (tmp_path / "mail").glob("*.eml")
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"] == "Your turn"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1, with its key, that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = timedelta(days=1)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now() - day)
        .not_valid_after(now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    )
    return file


def asking_for_a_password(certificate: Path, heard: list[LoginPassword], *, scheme: str) -> Controller:
    """A server that takes mail from who signs in, encrypted from the start or after STARTTLS."""

    def check(server: object, session: object, envelope: object, mechanism: str, login: LoginPassword) -> AuthResult:
        heard.append(login)
        return AuthResult(success=True)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    tls = {"ssl_context": context, "auth_require_tls": False} if scheme == "smtps" else {"tls_context": context}
    return Controller(Letterbox(), hostname="127.0.0.1", port=free_port(), authenticator=check, **tls)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_password_goes_only_to_a_server_with_the_right_certificate(
    app: Flask, certificate: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, *, trusted: bool
) -> None:
    heard: list[LoginPassword] = []
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    write()
    server = asking_for_a_password(certificate, heard, scheme=scheme)
    server.start()

    sent = send_due_mail(post_to(f"{scheme}://reihum:p%40ss@127.0.0.1:{server.port}"), SENDER)
    server.stop()

    assert sent == len(server.handler.got) == trusted
    assert heard == ([LoginPassword(b"reihum", b"p@ss")] if trusted else [])


def test_a_server_without_encryption_gets_no_password(app: Flask, server: Controller) -> None:
    write()

    sent = send_due_mail(post_to(f"smtp://reihum:password@127.0.0.1:{server.port}"), SENDER)

    assert (sent, server.handler.got) == (0, [])


@pytest.mark.parametrize(
    "recipient", ["nobody", "@city.example", "a@b.example, c@d.example", "a@b.example\nBcc: x@y.example"]
)
def test_what_is_no_address_gets_no_mail_and_holds_up_nobody(app: Flask, server: Controller, recipient: str) -> None:
    with transaction():
        post_mail(recipient, "Never", "…")
    write()

    sent = send_due_mail(post_to(f"smtp://127.0.0.1:{server.port}"), SENDER)

    assert (sent, [got["Subject"] for got in server.handler.got]) == (1, ["Your turn"])


def test_old_mail_is_forgotten(app: Flask) -> None:
    with time_machine.travel(now() - timedelta(days=31)):
        write("Old")
    write("New")

    forget_old_mail()

    assert [mail.subject for mail in db.session.scalars(db.select(Mail))] == ["New"]
