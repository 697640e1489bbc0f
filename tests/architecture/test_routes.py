# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every route says who may call it."""

from flask import Flask

from cop.base.web import Policy, policy_of


def test_every_route_declares_a_policy(app: Flask) -> None:
    undeclared = [
        rule.endpoint for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) not in set(Policy)
    ]

    assert undeclared == []


def test_nothing_changes_by_following_a_link(app: Flask) -> None:
    both = [rule.rule for rule in app.url_map.iter_rules() if {"GET", "POST"} <= (rule.methods or set())]

    assert both == []
