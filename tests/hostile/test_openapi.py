# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The interface as `docs/openapi.yaml` describes it: what it lists is there, and what comes back is what it says."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cop.base.web import Policy, policy_of
from tests.hostile.instance import HOST, ORIGIN
from tests.hostile.signing import Draft, Sealed

FILE = Path(__file__).parents[2] / "docs" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
SCHEMA = schemathesis.openapi.from_path(FILE)
OPERATIONS = {
    f"{operation.ok().method} {operation.ok().path}": operation.ok() for operation in SCHEMA.get_all_operations()
}
#: blueprints of what programs of others ask for
FOR_PROGRAMS = ("federation.", "discovery.", "provider.")


def test_the_interface_for_other_programs_is_described_and_nothing_else(live):
    routes = {
        (rule.endpoint.partition(".")[2], method)
        for rule in live.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith(FOR_PROGRAMS) or policy_of(live.app, rule.endpoint) is Policy.PEER
    }
    described = {
        (operation["operationId"], method.upper())
        for path in yaml.safe_load(FILE.read_text(encoding="utf-8"))["paths"].values()
        for method, operation in path.items()
    }

    assert described == routes, "docs/openapi.yaml describes each endpoint for other programs"


def sealed(prepared, key):
    """Sign a request that was generated, whatever is in it."""
    parts = urlsplit(prepared.url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {name.lower(): value for name, value in prepared.headers.items() if name.lower() not in OURS}
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
    if prepared.method not in {"GET", "POST"}:
        return Sealed(prepared.method, path, {**headers, "host": HOST}, body)
    return Draft(key, HOST, method=prepared.method, path=path, body=body, headers=headers).seal()


#: the transport writes these itself
OURS = {"host", "content-length", "user-agent", "accept-encoding", "connection", "x-schemathesis-testcaseid"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_sent_to_the_interface_is_answered_as_described(name, live, peer_b):
    @settings(
        max_examples=40,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(case=OPERATIONS[name].as_strategy())
    def try_one(case):
        prepared = requests.Request(**case.as_transport_kwargs(base_url=ORIGIN)).prepare()
        reply = live.send(sealed(prepared, peer_b.key), address=live.address())
        headers = {key: [value] for key, value in reply.headers.items()}
        answer = Response(reply.status, headers, reply.body, prepared, reply.seconds, verify=True)
        case.validate_response(answer, checks=CHECKS)

    try_one()
