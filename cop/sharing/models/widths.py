# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""How wide the columns of addresses are."""

URI = 1000
ORIGIN = 200
