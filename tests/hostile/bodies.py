# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads a `body` of the catalogue: written out, or described by how it is made.

What is written out as an object is tried twice: alone, and inside the object of an activity that is right otherwise; so
that it is not refused for being no activity at all.
"""

import json
import re

MIB = 1024 * 1024
HOLE = "x-hole"
#: what the catalogue calls a field -> what this protocol calls it
NAMES = {"capacity": "participantCount", "count": "cop:topicCount"}
#: what is not read, whatever stands there
NOT_READ = {"@context", "updated", "object"}
WRONG = (None, ["x"], {"x": 1}, True, 7)


def written(activity):
    return json.dumps(activity, ensure_ascii=False).encode()


def inside(city, raw):
    """Lay what is written out over the object of a valid activity, character by character."""
    for name, ours in NAMES.items():
        raw = raw.replace(f'"{name}"', f'"{ours}"')
    if raw.startswith('{"object":'):
        raw = raw.removeprefix('{"object":').removesuffix("}")
    object_ = city.event()
    for name in re.findall(r'"(\w+)":', raw)[:1]:
        object_.pop(name, None)
    text = json.dumps(city.activity(object_ | {HOLE: 0}), ensure_ascii=False)
    return text.replace(f'"{HOLE}": 0', raw.removeprefix("{").removesuffix("}")).encode("utf-8", "surrogatepass")


def _swapped(city):
    """Every field in turn holds something of another type: of the object, whatever it is, and of the activity."""
    for right in (city.event(), city.article(), city.community()):
        for wrong in _each_field_wrong(right):
            yield written(city.activity(wrong))
    for wrong in _each_field_wrong(city.activity({})):
        yield written({**wrong, "object": wrong["object"] or city.event()})


def _each_field_wrong(right):
    for name, value in right.items():
        for wrong in WRONG:
            # a list of types is right as well; what isn't known is taken and ignored
            if name not in NOT_READ and type(wrong) is not type(value) and (name, wrong) != ("type", ["x"]):
                yield {**right, name: wrong}


def _nested(opening, closing):
    def build(city, told):
        number = told["n"]
        deep = (opening * number + "1" + closing * number).encode()
        yield deep
        yield inside(city, f'{{"deep": {deep.decode()}}}')

    return build


def _long_fields(city, told):
    yield written(city.activity(city.event(name="T" * (MIB - 2000))))
    yield written(city.activity(city.event(name="T" * 201)))
    yield written(city.activity(city.article(content="T" * 200_001)))
    yield written(city.activity(city.article(content="T" * (10 * MIB))))


def _keys(city, told):
    members = ",".join(f'"k{number}":1' for number in range(told["n"]))
    yield f"{{{members}}}".encode()


def _colliding(city, told):
    """Keys that hash alike where hashing isn't seeded; here they are only many."""
    pairs = ("Aa", "BB")
    names = ["".join(pairs[number >> bit & 1] for bit in range(14)) for number in range(2**14)]
    members = ",".join(f'"{name}":1' for name in names)
    yield inside(city, f'{{"deep": {{{members}}}}}')


#: gen -> the bodies
GENERATORS = {
    "nest_list": _nested("[", "]"),
    "nest_dict": _nested('{"a":', "}"),
    "list": lambda city, told: [f"[{'1,' * (told['n'] - 1)}1]".encode(), inside(city, f'{{"l": [{"1," * 1000}1]}}')],
    "keys": _keys,
    "keys_collide": _colliding,
    "type_swap_all_fields": lambda city, told: _swapped(city),
    "long_fields": _long_fields,
    "zalgo": lambda city, told: [inside(city, f'{{"name": "Z{chr(0x0301) * 1000}"}}')],
    "utf16": lambda city, told: [
        json.dumps(city.activity(city.event())).encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-32")
    ],
}


def bodies(city, told, *, refused):
    """List the bodies of a line."""
    if "gen" in told:
        return list(GENERATORS[told["gen"]](city, told))
    if "hex" in told:
        return [bytes.fromhex(told["hex"])]
    if "raw" not in told:
        return [written(city.activity(city.event()))]
    raws = told["raw"] if isinstance(told["raw"], list) else [told["raw"]]
    found = []
    for raw in raws:
        if refused or not raw.startswith("{"):
            found.append(raw.encode("utf-8", "surrogatepass"))
        if raw.startswith("{"):
            found.append(inside(city, raw))
    return found
