# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of a meeting's minutes; one file a subject."""

from cop.minutes.views import amending, publishing, writing
from cop.minutes.views.blueprint import views

__all__ = ["amending", "publishing", "views", "writing"]
