# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Somebody of this city, signed in, who opens pages and sends forms."""

from contextvars import Context
from secrets import token_urlsafe

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from cop.accounts.guard import csrf_token
from cop.accounts.models import Account, Person
from cop.accounts.services import open_session
from cop.accounts.session import cookie_name, keyed_hash
from cop.base.db import db, transaction
from cop.base.instance import this_city
from tests.builders import an_account
from tests.queries import Queries, count_queries


class Reader:
    """A browser whose person is signed in; each request runs as in production, in a context of its own."""

    def __init__(self, app: Flask, person: Person) -> None:
        self.app, self.person_id = app, person.id
        self.client = app.test_client()
        with transaction():
            self._sign_in()

    def _sign_in(self) -> None:
        account = db.session.scalar(select(Account).where(Account.person_id == self.person_id))
        account = account or an_account(db.session.get_one(Person, self.person_id))
        token, name = token_urlsafe(32), cookie_name("session")
        open_session(account.id, token_hash=keyed_hash(token), device="", id_token="")
        host = this_city().origin.partition("//")[2].partition(":")[0]
        self.client.set_cookie(name, token, domain=host)
        self.cookie = f"{name}={token}"

    def get(self, path: str) -> TestResponse:
        return Context().run(self.client.get, path)

    def post(self, path: str, **form: str) -> TestResponse:
        """Send a form with the token that its page carries."""
        data = {"csrf_token": Context().run(self._token)} | form
        return Context().run(lambda: self.client.post(path, data=data))

    def queries(self, path: str) -> Queries:
        """Return what a page asks the database, on a second look: the first may renew the session."""
        self.get(path)
        with count_queries() as sent:
            assert self.get(path).status_code == 200
        return sent

    def _token(self) -> str:
        with self.app.test_request_context(headers={"Cookie": self.cookie}):
            return csrf_token()
