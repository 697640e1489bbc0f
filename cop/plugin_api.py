# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""All that a plugin may import. A change that breaks a plugin raises the first number of `VERSION`."""

from cop.base.i18n import N_, _
from cop.base.plugins import hookimpl

VERSION = "1.0"

__all__ = ["N_", "VERSION", "_", "hookimpl"]
