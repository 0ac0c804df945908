"""What a browser calls itself, in plain words. Nothing is decided by it: a browser may say what it likes."""

from __future__ import annotations

# Browsers name their ancestors too, so the first that fits counts.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
UNKNOWN = "Unknown browser"


def in_words(user_agent: str) -> str:
    """Such as "Firefox on Linux"."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), UNKNOWN)
    system = next((name for sign, name in SYSTEMS if sign in user_agent), None)
    return f"{browser} on {system}" if system else browser
