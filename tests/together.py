# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Several people who do something at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from flask import Flask

from cop.base.db import db, transaction
from cop.communities.rules import Membership


def together(app: Flask, act: Callable[[Membership], None], members: list[Membership]) -> None:
    """Let each member do it in a thread and a transaction of their own, all at once."""

    def alone(member: Membership) -> UUID:
        with app.app_context():
            with transaction():
                act(member)
            db.session.remove()
        return member.person_id

    with ThreadPoolExecutor(max_workers=len(members)) as threads:
        assert len(list(threads.map(alone, members))) == len(members)
