# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The rules of the live meeting; pure: the board, what changes it, dots, time, phases."""
