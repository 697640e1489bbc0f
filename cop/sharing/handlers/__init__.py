# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is done with verified activities: at the home a feature's service, at a copy its `apply_copy`."""

from cop.sharing.handlers import answers, objects, wishes
from cop.sharing.handlers.once import keep_together
from federation.peering import Peering
from federation.router import Router


def build_router(peering: Peering) -> Router:
    """Return who takes which activity."""
    router = Router(keep_together)
    objects.register(router)
    wishes.register(router)
    answers.register(router, peering)
    return router
