"""Addresses: when the code that puts them together is compiled makes no difference, and odd ones lead nowhere."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Map, Rule

from app.core.actors import Role, Scope
from tests.factories import PASSWORD, bearer, make_key, make_person
from tests.pages import Visitor


def test_addresses_are_those_of_a_rule_compiled_at_once(app: Flask) -> None:
    for late in app.url_map.iter_rules():
        at_once = Rule(late.rule, endpoint=late.endpoint, defaults=late.defaults)
        Map([at_once])
        values: dict[str, str | int] = dict.fromkeys(late.arguments, 7) | {"more": "a b"}
        for unknown in (True, False, True):
            assert late.build(values, unknown) == at_once.build(values, unknown)


def test_names_that_no_engine_keeps_lead_nowhere(app: Flask) -> None:
    """PostgreSQL won't even look for some of them."""
    visitor, api, headers = Visitor(app.test_client()), app.test_client(use_cookies=False), bearer(make_key(Scope.READ))
    visitor.submit(visitor.get("/sign-in"), email=make_person(role=Role.ADMIN).email, password=PASSWORD)
    asked = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments]
    assert len(asked) > 20
    for rule in asked:
        address = rule.build(dict.fromkeys(rule.arguments, 7), append_unknown=False)
        assert address
        for odd in ("%00", "a%00b", "%ED%A0%80", "%FF"):
            path = address[1].replace("7", odd)
            answer = api.get(path, headers=headers) if path.startswith("/v1/") else visitor.client.get(path)
            assert 300 < answer.status_code < 500, path
