# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The live meeting: phases, board, dots, timebox, and who moderates."""
