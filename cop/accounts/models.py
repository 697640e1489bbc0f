# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""People, their accounts, their sessions, and the cities they come from."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.base.db import Model


class KnownCity(Model):
    """A city whose things are shown here: this one, and each that was ever a peer."""

    __tablename__ = "known_city"

    origin: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    short: Mapped[str] = mapped_column(String(100))
    letters: Mapped[str] = mapped_column(String(3))
    hue: Mapped[int]
    locale: Mapped[str] = mapped_column(String(8))


class Person(Model):
    """Somebody who proposes, takes part, takes turns; of this city or of another."""

    __tablename__ = "person"

    origin: Mapped[str] = mapped_column(String(200), index=True)
    #: only people of other cities: their random id in one community
    uri: Mapped[str | None] = mapped_column(String(300), unique=True)
    #: of people of other cities only with their consent; else their role
    display_name: Mapped[str] = mapped_column(String(200))
    #: only people of other cities: who told us of them, their own city or the home of the community their id is of
    named_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    organisation: Mapped[str] = mapped_column(String(200), default="")
    unit: Mapped[str] = mapped_column(String(200), default="")
    locale: Mapped[str] = mapped_column(String(8), default="")

    account: Mapped["Account | None"] = relationship(back_populates="person")


class Account(Model):
    """How a person of this city signs in: (issuer, subject), never the mail address."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    email: Mapped[str] = mapped_column(String(320), default="")
    is_admin: Mapped[bool] = mapped_column(default=False)
    deactivated_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="account", lazy="joined")


class BrowserSession(Model):
    """A browser that somebody is signed in with; the cookie holds a random id, here stands its hash."""

    __abstract__ = True

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime]
    #: rounded to five minutes: it ends idle sessions and tells nothing else
    used_at: Mapped[datetime]


class LoginSession(BrowserSession):
    """A browser of somebody with an account."""

    __tablename__ = "login_session"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    #: "Firefox, Windows": for the list of own devices
    device: Mapped[str] = mapped_column(String(100), default="")
    #: for the logout at the city's provider; never shown
    id_token: Mapped[str] = mapped_column(default="")
    #: how the provider calls this session, when it says so: it may end it (back-channel logout)
    sid: Mapped[str] = mapped_column(String(255), default="", server_default="")

    account: Mapped[Account] = relationship(lazy="joined")


class LoginAttempt(Model):
    """What must come back from the provider: state, nonce and PKCE verifier, bound to one browser, used once."""

    __tablename__ = "login_attempt"

    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    issuer: Mapped[str] = mapped_column(String(300))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    next_path: Mapped[str] = mapped_column(String(1000), default="/")
    started_at: Mapped[datetime]


class AdminInvitation(Model):
    """A one-time link that makes an account an administrator."""

    __tablename__ = "admin_invitation"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class SpentToken(Model):
    """A signed token of a provider or a partner city that holds once, until it is too old to come again."""

    __tablename__ = "spent_token"
    __table_args__ = (UniqueConstraint("issuer", "jti_hash"),)

    issuer: Mapped[str] = mapped_column(String(300))
    jti_hash: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(index=True)
