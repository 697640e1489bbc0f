# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Mail to the administrators about partner cities, to each in their language."""

from collections.abc import Callable

from sqlalchemy import select

from cop.accounts.models import Account
from cop.base.db import db
from cop.base.i18n import force_locale
from cop.base.instance import this_city
from cop.base.mail import post_mail


def tell_admins(subject: Callable[[], str], lines: Callable[[], list[str]], *, page: str) -> None:
    """Write to the administrators; both are asked for in each one's language, and the page's address follows."""
    ours = (Account.is_admin, Account.deactivated_at.is_(None), Account.email != "")
    for account in db.session.scalars(select(Account).where(*ours)):
        with force_locale(account.person.locale or this_city().locale):
            text = "\n\n".join([*lines(), f"{this_city().origin}{page}"])
            post_mail(account.email, subject(), f"{text}\n")
