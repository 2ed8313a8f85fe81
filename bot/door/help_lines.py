"""Lines of help by country for those who may be in danger: only national ones that have been there for years."""

from __future__ import annotations

from knowledge.errors import UsageError

LINES = {
    "at": "Österreich: TelefonSeelsorge, 142",
    "au": "Australia: Lifeline, 13 11 14",
    "br": "Brasil: CVV, 188",
    "ca": "Canada: Suicide Crisis Helpline, 988 (call or text)",
    "ch": "Schweiz: Die Dargebotene Hand, 143",
    "de": "Deutschland: TelefonSeelsorge, 0800 111 0 111",
    "es": "España: línea de atención a la conducta suicida, 024",
    "fr": "France : numéro national de prévention du suicide, 3114",
    "gb": "United Kingdom: Samaritans, 116 123",
    "ie": "Ireland: Samaritans, 116 123",
    "in": "India: Tele-MANAS, 14416",
    "nl": "Nederland: 113 Zelfmoordpreventie, 113",
    "nz": "New Zealand: 1737 (call or text)",
    "us": "USA: 988 Suicide & Crisis Lifeline, 988 (call or text)",
}


def lines_for(countries: str) -> tuple[str, ...]:
    """Return the lines of countries that are named by their codes, with commas between.

    >>> lines_for("gb, IE")
    ('United Kingdom: Samaritans, 116 123', 'Ireland: Samaritans, 116 123')

    Raises:
        UsageError: a country is not among them.
    """
    codes = [code.strip().lower() for code in countries.split(",") if code.strip()]
    unknown = [code for code in codes if code not in LINES]
    if unknown:
        raise UsageError(f"ASKWELL_HELP_COUNTRIES: no line of help is known for {unknown[0]!r}; there are {', '.join(LINES)}")
    return tuple(LINES[code] for code in codes)
