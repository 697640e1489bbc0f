# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One browser between cities: it follows links and redirects, one step at a time when asked, and sends forms."""

import re
from html import unescape
from secrets import token_urlsafe
from urllib.parse import urljoin

import requests
from sqlalchemy import select

from cop.accounts.models import Account, Person
from cop.accounts.services import open_session
from cop.accounts.session import cookie_name, keyed_hash
from cop.base.db import db
from tests.builders import an_account

LINK = re.compile(r'href="([^"]*/visits/start[^"]*)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM = re.compile(r'<form class="cop-form" method="post" action="([^"]+)"')


class Traveller:
    """Somebody's browser, signed in at their own city."""

    def __init__(self, home, person_id):
        self.home, self.person_id = home, person_id
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.sign_in()

    def sign_in(self):
        with self.home.at_work():
            account = db.session.scalar(select(Account).where(Account.person_id == self.person_id))
            account = account or an_account(db.session.get_one(Person, self.person_id))
            token = token_urlsafe(32)
            open_session(account.id, token_hash=keyed_hash(token), device="", id_token="")
            self.browser.cookies.set(cookie_name("session"), token, domain="127.0.0.1", path="/")

    def get(self, url, *, follow=True):
        return self.browser.get(url, allow_redirects=follow, timeout=10)

    def step(self, answer):
        """Go where an answer leads: once."""
        return self.get(urljoin(answer.url, answer.headers["Location"]), follow=False)

    def post(self, url, page, **form):
        token = TOKEN.search(page.text)[1]
        return self.browser.post(url, data={"csrf_token": token} | form, allow_redirects=False, timeout=10)

    def way_from(self, page):
        """The link to the home of what a page shows; None without one."""
        found = LINK.search(page.text)
        return unescape(found[1]) if found else None

    def agree(self, page):
        """Press the button of the page that asks for consent; return the page that goes on by itself."""
        return self.post(urljoin(page.url, unescape(FORM.search(page.text)[1])), page)

    def open(self, page):
        """Follow the link of a page of one's own city, agreeing where one is asked; return where that ends."""
        there = self.get(self.way_from(page))
        if there.url.startswith(f"{self.home.origin}/visits/authorize"):
            there = self.get(onward(self.agree(there)))
        return there


def onward(page):
    """Where a page leads that goes on by itself."""
    return page.headers["Refresh"].partition("url=")[2]
