# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of communities."""

from cop.communities.views import community, members
from cop.communities.views.blueprint import pages

__all__ = ["community", "members", "pages"]
