# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest

from cop.sharing.words import ERRORS
from federation.calling import CODES


@pytest.mark.parametrize("code", ["answer_unsigned", *CODES.values()])
def test_why_an_answer_is_not_taken_is_said_in_words(code):
    assert code in ERRORS
