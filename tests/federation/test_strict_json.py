# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Refused
from federation.strict_json import MAX_BODY, MAX_DEPTH, MAX_INTEGER, MAX_ITEMS, dumps, loads

REFUSED = [
    (b"", "json_syntax"),
    (b"{} {}", "json_syntax"),
    (b"{'a':1}", "json_syntax"),
    (b'{"a":"\n"}', "json_syntax"),
    (b'{"a":"\0"}', "json_syntax"),
    (b"\xef\xbb\xbf{}", "json_syntax"),
    ("{}".encode("utf-16"), "json_encoding"),
    ('{"a":1}'.encode("utf-16-le"), "json_syntax"),
    ("{}".encode("utf-32"), "json_encoding"),
    (bytes.fromhex("7b2261223a22fffe227d"), "json_encoding"),
    (b'{"a":"\xed\xa0\x80"}', "json_encoding"),
    (b'{"a":NaN}', "json_number"),
    (b'{"a":Infinity}', "json_number"),
    (b'{"a":-Infinity}', "json_number"),
    (b'{"a":1e999}', "json_number"),
    (b'{"a":9223372036854775808}', "json_number"),
    (b'{"a":-9007199254740992}', "json_number"),
    (b'{"a":' + b"9" * 5000 + b"}", "json_number"),
    (b'{"actor":"good","actor":"evil"}', "json_duplicate"),
    (b'{"actor":"good","\\u0061ctor":"evil"}', "json_duplicate"),
    (b'[{"x":{"a":1,"a":1}}]', "json_duplicate"),
    (b'{"a":"\\ud800"}', "json_text"),
    (b'{"\\udc00":1}', "json_text"),
    (b'{"a":["b\\u0000c"]}', "json_text"),
    (b'{"b\\u0000c":1}', "json_text"),
    (b"[" * 10_000 + b"]" * 10_000, "json_depth"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json_depth"),
    (b"[" * 500_000, "json_depth"),
    (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "json_depth"),
    (json.dumps([0] * (MAX_ITEMS + 1)).encode(), "json_items"),
    (json.dumps({str(n): n for n in range(MAX_ITEMS + 1)}).encode(), "json_items"),
    (b"[" + b"1," * 500_000 + b"1]", "json_items"),
    (b" " * (MAX_BODY + 1), "size"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_document_that_could_be_read_in_two_ways_is_refused(body, code):
    started = time.process_time()

    with pytest.raises(Refused) as refusal:
        loads(body)

    assert (refusal.value.code, refusal.value.status) == (code, 413 if code == "size" else 400)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"null", None),
        ('{"name":"\\ud83d\\ude80 Käse"}'.encode(), {"name": "🚀 Käse"}),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
        (json.dumps([0] * MAX_ITEMS), [0] * MAX_ITEMS),
        (str(MAX_INTEGER), MAX_INTEGER),
        (b'{"a":[1.5,true,{"b":"c"}],"d":"a\\\\u0000"}', {"a": [1.5, True, {"b": "c"}], "d": "a\\u0000"}),
    ],
)
def test_an_ordinary_document_is_read(body, document):
    read = loads(body.encode() if isinstance(body, str) else body)

    assert document is None or read == document


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
DOCUMENTS = st.recursive(LEAVES, lambda below: st.lists(below) | st.dictionaries(TEXTS, below), max_leaves=20)


@given(DOCUMENTS)
def test_what_is_written_is_read_the_same(document):
    assert loads(dumps(document)) == document


@given(st.binary(max_size=200) | DOCUMENTS.map(dumps).flatmap(lambda body: st.binary(max_size=3).map(body.__add__)))
def test_any_bytes_are_read_or_refused(body):
    status = 200
    try:
        loads(body)
    except Refused as refusal:
        status = refusal.status

    assert status in {200, 400}
