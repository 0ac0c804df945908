"""Texts that some path from a browser, a script or a file to the database tends to change.

Every one is storable: no NUL and no lone surrogate, which Greenroom refuses. What is invisible or easily
confused is written as an escape, so that an editor cannot change it unseen. The empty string is not here,
because it is a case of its own (it must not become null).
"""

_FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
_FLAG_OF_WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"

_NEWLINES = {
    # A textarea swallows one leading newline, and browsers post every newline as CRLF.
    "leading newline": "\nThe first line is empty.",
    "three leading newlines": "\n\n\nThe first three lines are empty.",
    "leading CRLF": "\r\nThe first line is empty, in the manner of Windows.",
    "trailing newlines": "Two empty lines follow.\n\n\n",
    "CRLF": "First line\r\nSecond line\r\n\r\nFourth line",
    "lone CR": "First line\rSecond line\rThird line",
    "mixed newlines": "LF\nCRLF\r\nCR\rLF CR\n\rCR CR LF\r\r\nend",
    "ends in CR": "The last character is a carriage return.\r",
    "line and paragraph separators": "line\u2028separator, paragraph\u2029separator, next\x85line",
}

_SPACES = {
    "only spaces": "   ",
    "only a newline": "\n",
    "leading and trailing spaces": "  two before, three after   ",
    "spaces at line ends": "Two trailing spaces make a break  \nin Markdown \t \n",
    "tabs": "\tindented\n\t\ttwice\tand\tcolumns\t",
    "no-break spaces": "10\u00a0000\u202fkm, page\u00a07, \u3000full-width\u2003em",
    "zero-width characters": "zero\u200bwidth\u200cnon\u200djoiner\u2060word soft\u00adhyphen",
    "byte order marks": "\ufeffat the start, in\ufeffside and at the end\ufeff",
}

_MARKUP = {
    "braces": "Greet {customer_name} and {{agent}}, keep {} and {{{x}}} and }{ as they are.",
    "template syntax": "{{ 7 * 7 }} {% raw %}{% if a %} {# note #} ${HOME} $(id) #{x} <%= y %>",
    "format placeholders": "%s %d %(name)s %% 100% {0} {name!r:>10} \\1 \\g<0>",
    "backslashes": 'C:\\new\\table \\n is not a newline, \\u0041 is not A, \\" \\\\ \\',
    "XML-like tags": "<examples>\n  <example id='1'>Hi</example>\n</examples>\n<![CDATA[ a < b ]]> <!-- x -->",
    "closing textarea": '</textarea><script>document.title = "changed"</script><textarea>',
    "closing title and quotes": """"><img src=x onerror="alert(1)"> ' " ` </title></script>""",
    "character references": "&amp; &lt;b&gt; &#13;&#10; &#x2028; &nbsp; &copy &notit; AT&T",
    "Markdown table": "| Reason | Team |\n| :--- | ---: |\n| late \\| lost | **delivery** |\n| – | `none` |",
    "code fences": "```python\nif a < b and b > c:\n\tprint('é', \"\\n\")\n```\n\n~~~\nnot closed",
    "front matter": "---\ntitle: 'x'\n---\n# Heading\n\n* * *\n- [ ] to do\n",
    "JSON": '{"a": [1, 2.50, null, true], "b": "\\u00e9\\/", "c": {}}',
    "quotes of SQL": "'; DROP TABLE assistants; -- \" %_ \\' $$ :name ?",
    "multipart boundary": (
        '\r\n------FormBoundary7MA4\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n------FormBoundary7MA4--'
    ),
    "spreadsheet formula": "=1+1\n+1\n-1\n@SUM(A1)",
    "urlencoded": "a=1&b=2+3%204%0D%0A;c=é%ZZ%",
}

_WORDS = {
    "null in words": "null",
    "zero": "0",
    "number with zeros": "1.0",
    "curly quotes": "\u201cIt\u2019s\u201d \u2013 \u2018quite\u2019 \u2014 \u2026 \u00abso\u00bb \u201eja\u201c",
    "one long word": "Fensterrahmenbeschlag" * 150,
}

_SCRIPTS = {
    "Arabic": "أنت مساعد خدمة العملاء. أجب بالعربية (ولا تستعمل English) في ٣ جمل: «أهلًا».",
    "Hebrew with points and marks": "שָׁלוֹם \u200fעולם\u200e abc \u202bמימין\u202c \u2067לשמאל\u2069 123",
    "Persian with joiners": "می\u200cخواهم کتاب\u200cها را ببینم",
    "Chinese and Japanese": "你是客服助理。葛\U000e0100城市の\U00020bb7野家、ﾊﾝｶｸ、がぎぐげご。",
    "Korean in letters": "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165 and 한국어",
    "Indic and Thai": "आप एक सहायक हैं। क्\u200dष தமிழ் ผู้ช่วยที่สุภาพ",
    "composed accents": "caf\u00e9 na\u00efve \u00c5ngstr\u00f6m Vi\u1ec7t",
    "combining accents": "cafe\u0301 nai\u0308ve A\u030angstro\u0308m Vie\u0323\u0302t",
    "same glyph, other code": "\u212b \u00c5 \u2126 \u03a9 \ufb01 fi \u00b5 \u03bc \u1e9e \u00df \u0130 \u0131",
    "stacked marks": "Z\u0351\u036b\u0343a\u0334\u0322\u0315l\u0321\u0352g\u0319\u0347o\u0329\u0348",
    "emoji": (
        f"{_FAMILY} {_FLAG_OF_WALES} \U0001f1eb\U0001f1ee \U0001f44d\U0001f3fd \u2764\ufe0f \u2764\ufe0e 1\ufe0f\u20e3"
    ),
    "beyond the basic plane": "\U0001d49c\U0001d4b7 \U00010384 \U0002f800 \U0001f9d1\u200d\U0001f680",
}

_CODE_POINTS = {
    "control characters": "bell\x07 back\x08 tab\x0b form\x0c sub\x1a escape\x1b[31m \x1f \x7f \x80\x9f",
    "noncharacters": "\ufffe \uffff \ufdd0 \U0001fffe \U0010ffff",
    "private use and replacement": "\ue000 \uf8ff \U000f0000 \ufffd",
}

DIFFICULT_TEXTS: dict[str, str] = {**_NEWLINES, **_SPACES, **_MARKUP, **_WORDS, **_SCRIPTS, **_CODE_POINTS}
"""Each text under a name that says what is difficult about it; tests use the names as their ids."""

FOR_LONG_WAYS = _NEWLINES | {
    name: DIFFICULT_TEXTS[name]
    for name in (
        "zero-width characters",
        "byte order marks",
        "closing textarea",
        "code fences",
        "Arabic",
        "Hebrew with points and marks",
        "emoji",
        "control characters",
    )
}
"""Those that suffer on the way through several pages, of which there would be too many for all."""
