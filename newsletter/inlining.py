"""The look of letters, written into each of their tags: many mail programs throw a letter's style sheet away.

What is left to the sheet is the dark theme, for the programs that know one.
"""

import re

ACCENT = "#0a558c"
"""The colour of a newsletter that has named none; `--act` of style.css."""
TAG = re.compile(r"<(body|h1|h2|p|a|ul|li|blockquote|address|div)((?: [^<>]*)?)>")
CLASS = re.compile(r' class="(\w+)"')
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
STYLES = {
    "body": f"margin:0;padding:0;background:#fff;color:#1c2733;{FONT};font-size:16px;line-height:1.55;"
    "word-wrap:break-word",
    "h1": "margin:16px 0;font-size:23px;line-height:1.3",
    "h2": "margin:26px 0 8px;font-size:16px;line-height:1.4",
    "p": "margin:0 0 14px",
    "ul": "margin:0 0 14px;padding-left:22px",
    "li": "margin:0 0 4px",
    "a": "color:{accent}",
    "blockquote": "margin:0 0 14px;padding:12px 16px;border-left:3px solid {accent};background:#f2f5f8;font-size:15px",
    "address": "font-style:normal",
    "button": "display:inline-block;padding:13px 26px;border-radius:8px;background:{accent};color:#fff;"
    "font-weight:bold;text-decoration:none",
    "letter": "max-width:576px;margin:0 auto;padding:20px 20px 8px;border-top:4px solid {accent}",
    "closing": "max-width:576px;margin:0 auto;padding:16px 20px 28px;border-top:1px solid #d3dae0;color:#4a5763;"
    "font-size:14px",
}
"""By class where there is one, else by tag."""


def inlined(markup: str, accent: str | None) -> str:
    """Our own markup, each of its tags with the style that it has in letters."""
    return TAG.sub(lambda tag: styled(tag[0], tag[1], tag[2], accent or ACCENT), markup)


def styled(whole: str, name: str, attributes: str, accent: str) -> str:
    found = CLASS.search(attributes)
    style = STYLES.get(found[1] if found else name)
    return f'<{name}{attributes} style="{style.format(accent=accent)}">' if style else whole
