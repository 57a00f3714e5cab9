"""Colours as people can read them: WCAG's contrast, and a brand's colour made light enough for the dark theme."""

CONTRAST = 4.5  # WCAG 2.2, 1.4.3
WHITE = "#ffffff"
DARK = "#232c36"
"""The lightest ground of the dark theme, `--panel` of style.css: what is read on it is read on the others."""
STEPS = 20


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    red, green, blue = (linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(channel: float) -> float:
    """sRGB without its gamma."""
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def on_dark(colour: str) -> str:
    """The same hue with as much white as reading it in the dark theme needs."""
    tints = (tint(colour, step / STEPS) for step in range(STEPS + 1))
    return next(found for found in tints if contrast(found, DARK) >= CONTRAST)


def tint(colour: str, white: float) -> str:
    return "#" + "".join(f"{round(channel + (255 - channel) * white):02x}" for channel in channels(colour))
