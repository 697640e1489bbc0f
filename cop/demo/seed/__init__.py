# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tells the cities' story through the same services that members use."""

from cop.demo.seed.story import is_seeded, seed_all

__all__ = ["is_seeded", "seed_all"]
