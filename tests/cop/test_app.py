# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The whole app."""

from flask import Flask


def test_a_page_that_does_not_exist_says_so_with_every_header(app: Flask) -> None:
    answer = app.test_client().get("/nowhere")

    assert answer.status_code == 404
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
