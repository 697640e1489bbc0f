# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Signed activities between cities: `cop-fed/1`. Knows no framework and nothing of the platform that uses it."""
