# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Visits: this city as OpenID provider for its partners, and their members signing in here."""
