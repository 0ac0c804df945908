"""When the code that puts addresses together is compiled makes no difference to them."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Map, Rule


def test_addresses_are_those_of_a_rule_compiled_at_once(app: Flask) -> None:
    for late in app.url_map.iter_rules():
        at_once = Rule(late.rule, endpoint=late.endpoint, defaults=late.defaults)
        Map([at_once])
        values: dict[str, str | int] = dict.fromkeys(late.arguments, 7) | {"more": "a b"}
        for unknown in (True, False, True):
            assert late.build(values, unknown) == at_once.build(values, unknown)
