# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The bare limit: Flask says hello, in the same server with the same number of threads as the product.

Run as `python -m tests.bench.hello PORT`.
"""

import sys

import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask

from cop.asgi import SWITCH_S, THREADS

app = Flask(__name__)
PAGE = app.jinja_env.from_string(
    "<!doctype html><title>{{ title }}</title><ul>{% for row in rows %}<li>{{ row }}</li>{% endfor %}</ul>"
)


@app.get("/")
def hello():
    return "hello"


@app.get("/page")
def page():
    return PAGE.render(title="hello", rows=range(70))


@app.get("/healthz")
def healthz():
    return "ok"


if __name__ == "__main__":
    sys.setswitchinterval(SWITCH_S)
    uvicorn.run(
        WSGIMiddleware(app, workers=THREADS),
        port=int(sys.argv[1]),
        access_log=False,
        http="httptools",
        log_level="error",
    )
