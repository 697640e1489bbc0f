# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""`python -m cop` is the command `cop`."""

from cop.cli import main

main()
