# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where the pages of communities live."""

from uuid import UUID

from flask import Blueprint
from werkzeug.wrappers import Response

Answer = str | Response | tuple[str, int]
pages = Blueprint("communities", "cop.communities", url_prefix="/communities", template_folder="templates")


def itself(community_id: UUID) -> UUID:
    """Return the community that a route is about, for `open_to_visitors`: the one in its address."""
    return community_id
