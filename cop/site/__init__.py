# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages about this instance itself: legal notice, privacy, accessibility, help, health."""
