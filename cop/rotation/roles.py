# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The roles every community has; rotations themselves take any."""

from typing import Final

ORGANISER: Final = "organiser"
MODERATOR: Final = "moderator"

#: whoever takes turns takes both
ROLES: Final = (MODERATOR, ORGANISER)
