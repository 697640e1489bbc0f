# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Articles as files."""

import io
import json
import re
import zipfile
import zlib
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.knowledge.exports import as_pdf, sheet_of
from cop.knowledge.exports.odt import as_odt
from cop.knowledge.exports.pdf import page_of
from tests.builders import AALBORG, a_city, a_community, a_person, an_article
from tests.cop.knowledge.dom import payloads
from tests.reader import Reader

FILES = (".md", ".json", ".odt", ".pdf", "/html")
BODY = """# Regeln

Wenige **Regeln**, *im Team*, ~~alte~~ `leise`, siehe [Leitfaden](https://a.example/x "Titel").

1. Erstens
2. Zweitens
   - innen

> Zitat

| A | B |
|---|---|
| 1 | 2 |

```
Code
```

![Bild](http://127.0.0.1:9/bild.png) <img src="http://127.0.0.1:9/roh.png">
"""


@pytest.fixture
def article(app):
    with transaction():
        a_city()
        return an_article("Räume „neu“ & <b>", body=BODY, audience=Audience.PUBLIC, tags=("Büro",))


def test_who_may_read_an_article_takes_it_along_and_nobody_else(app):
    with transaction():
        community = a_community()
        article = an_article(community=community, audience=Audience.COMMUNITY)
        author, outsider = article.author, a_person("Fremd")
    path = f"/knowledge/{article.id}"

    inside, outside = Reader(app, author), Reader(app, outsider)

    assert [inside.get(path + file).status_code for file in FILES] == [200] * 5
    assert [outside.get(path + file).status_code for file in FILES] == [404] * 5
    assert [app.test_client().get(path + file).status_code for file in FILES] == [401] * 5
    page = inside.get(path).text
    assert all(f'href="{path}{file}"' in page for file in FILES)


def test_markdown_is_the_text_as_it_was_written_with_a_head(app, article):
    head, _, body = app.test_client().get(f"/knowledge/{article.id}.md").text.removeprefix("---\n").partition("---\n")

    assert body.strip() == BODY.strip()
    assert 'title: "Räume „neu“ & <b>"' in head.splitlines()
    assert 'licence: "CC BY 4.0"' in head.splitlines()


def test_json_has_the_text_for_people_and_programs(app, article):
    found = json.loads(app.test_client().get(f"/knowledge/{article.id}.json").data)

    assert (found["title"], found["version"], found["tags"]) == ("Räume „neu“ & <b>", 1, ["Büro"])
    assert found["markdown"] == BODY
    assert "<strong>Regeln</strong>" in found["html"]
    assert "<img" not in found["html"]
    assert "author" not in found


def test_an_odt_has_headings_lists_looks_and_links(app, article):
    answer = app.test_client().get(f"/knowledge/{article.id}.odt")

    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        assert parts.read("mimetype") == b"application/vnd.oasis.opendocument.text"
        content, meta = parts.read("content.xml").decode(), parts.read("meta.xml").decode()
    assert '<text:h text:outline-level="1" text:style-name="Heading_20_1">Regeln</text:h>' in content
    assert content.count("<text:list-item>") == 3
    assert '<text:span text:style-name="bold">Regeln</text:span>' in content
    assert 'xlink:href="https://a.example/x"' in content
    assert "Räume „neu“ &amp; &lt;b&gt;" in content
    assert "<dc:title>Räume „neu“ &amp; &lt;b&gt;</dc:title>" in meta
    assert "draw:image" not in content


def test_hostile_texts_stay_text_in_every_file(app, article):
    for text in payloads("article.body").values():
        with transaction():
            db.session.merge(article).body = text[:20_000].replace("\0", "")
        sheet = sheet_of(db.session.merge(article))
        with zipfile.ZipFile(io.BytesIO(as_odt(sheet))) as parts:
            content = ET.fromstring(parts.read("content.xml"))  # noqa: S314  ours
        links = [value for element in content.iter() for name, value in element.items() if name.endswith("}href")]
        assert {link.partition(":")[0] for link in links} <= {"http", "https", "mailto"}, links
        assert "<script" not in page_of(sheet).lower()


def test_a_pdf_is_tagged_and_speaks_its_language(app, article):
    made = as_pdf(sheet_of(article))

    assert made.startswith(b"%PDF-")
    inside = b"".join(
        zlib.decompress(stream) for stream in re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", made, re.DOTALL)
    )
    assert b"pdfuaid" in made + inside
    assert b"StructTreeRoot" in made + inside
    assert b"/Lang (de)" in made + inside


def test_copies_from_other_cities_say_where_they_come_from(app):
    with transaction():
        a_city()
        article = an_article(origin=AALBORG, audience=Audience.PUBLIC, locale="da")
        article.updated_at = now() - timedelta(days=1)

    sheet = sheet_of(article)

    assert sheet.facts.startswith("Aalborg Kommune · ")
    assert sheet.facts.endswith(" · version 1")
