"""The rules of addresses: when the code that puts an address together is compiled."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """A rule that compiles what builds its addresses with the first of them: at start, that of all rules takes long."""

    def _compile_builder(self, append_unknown: bool = True) -> Build:
        compile_now = super()._compile_builder

        def build(rule: LateRule, /, **values: object) -> tuple[str, str]:
            made: Build = compile_now(append_unknown).__get__(rule, None)
            if append_unknown:
                rule._build_unknown = made
            else:
                rule._build = made
            return made(**values)

        return build
