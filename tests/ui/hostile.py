"""Words that a stranger might put into a card or a message."""

SCRIPT = '<script>alert("x")</script><img src="file:///dev/zero"><b>bold</b> {{char}} %s %1 &amp;'
PICTURES = (
    "![a](file:///dev/zero) ![b](http://127.0.0.1:9/x.png) ![c](//127.0.0.1/y.png) "
    '<img src="file:///etc/passwd"> <iframe src="http://127.0.0.1:9/"></iframe> [run](javascript:alert(1)) '
    "[open](file:///etc/passwd)"
)
EMOJI = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL} \N{SPARKLES}"
MARKS = "Z" + "\N{COMBINING ACUTE ACCENT}\N{COMBINING LONG STROKE OVERLAY}" * 24
RTL = "\u0644\u064a\u0644\u0649 \u05d0\u05d1\u05d2"
OVERRIDE = "abc\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe"
WIDE = "\N{CJK UNIFIED IDEOGRAPH-9F98}" * 50
ONE_WORD = "W" * 50
LINES = "two\nlines\tand\x00nul"
LONG_TAG = "t" * 10_000
TRAITS = tuple(f"{number:02}" + "x" * 38 for number in range(20))
CODE = "```python\n" + "\n".join(f"print({number}, 'a line of code')" for number in range(5_000)) + "\n```"
MEGABYTE = "word " * 200_000
