# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is done with verified activities: at the home a feature's service, at a copy its `apply_copy`."""

from cop.sharing.handlers import answers, objects, wishes
from federation.peering import Peering
from federation.router import Router


def build_router(peering: Peering) -> Router:
    """Return who takes which activity."""
    router = Router()
    objects.register(router)
    wishes.register(router)
    answers.register(router, peering)
    return router
