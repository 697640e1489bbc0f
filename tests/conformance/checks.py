# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a city must do, one check a sentence of docs/protocol.md. Nothing is changed there: what is sent is ignored."""

from tests.conformance import answers, comparing, receiving, signatures

CHECKS = [*signatures.CHECKS, *receiving.CHECKS, *answers.CHECKS, *comparing.CHECKS]
