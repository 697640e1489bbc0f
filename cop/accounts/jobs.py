# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the worker does for accounts."""

from cop.accounts import services
from cop.base.db import transaction


def tidy() -> None:
    """Delete sessions, sign-ins and invitations whose time has passed."""
    with transaction():
        services.forget_what_is_over()
        services.forget_spent_tokens()
