# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The development OpenID provider: persona buttons instead of passwords.

For the demo and the tests only. One process serves several issuers, so that
two cities can each have their own. It listens on loopback and refuses to be
built outside development.
"""
