"""Values of a spreadsheet as they are shown: by the number format of their cell."""

from __future__ import annotations

import datetime
import math
import re

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|([€$£¥₫%])')
_IGNORED = re.compile(r"\[(?!\$)[^\]]*\]|_.|\*.")  # colours and conditions, room for a character, filling
_DIGITS = re.compile(r"[#0?][#0?,. ]*")
_DATE_TOKEN = re.compile(r"y+|m+|d+|h+|s+|AM/PM|\.0+", re.I)
_LONGEST_FORMAT = 200
_LOCAL_DATE = "mm-dd-yy"  # built in: the date as the reader's own system writes it


def shown(value: object, number_format: str) -> str:
    """Return a cell's value as it is shown; "" for an empty cell.

    Names of months and days depend on the reader's system: such dates are written as ISO dates.

    >>> shown(0.125, "0.0%"), shown(1234.5, '#,##0.00 "zł"')
    ('12.5%', '1,234.50 zł')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return _date(value, number_format)
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    return str(value)


def _number(value: float, number_format: str) -> str:
    if not math.isfinite(value):
        return ""
    sections = number_format[:_LONGEST_FORMAT].split(";")
    pattern = _IGNORED.sub("", sections[0])
    digits = _DIGITS.search(_LITERAL.sub("", pattern))
    if digits is None or re.search(r"E[+-]|/|[?#0] [?#]", pattern):
        return f"{value:.10g}" if abs(value) < 1e15 else f"{value:.6g}"
    percent = "%" in re.sub(r'"[^"]*"', "", pattern)
    places = digits[0].rstrip()
    decimals = len(re.sub(r"[^0#?]", "", places.partition(".")[2]))
    number = f"{abs(value) * (100 if percent else 1):{',' if ',' in places else ''}.{decimals}f}"
    if "0" not in places.partition(".")[2] and "." in number:  # "0.##": no zeros at the end
        number = number.rstrip("0").rstrip(".")
    at = next(match.start() for match in re.finditer(r'"[^"]*"|\\.|\[[^\]]*\]|([#0?])', pattern) if match[1])
    before, after = _literals(pattern[:at]), _literals(pattern[at:])
    return ("-" if value < 0 else "") + f"{before}{number}{after}".strip()


def _literals(pattern: str) -> str:
    """Return the text in a part of a format, as a currency."""
    found = []
    for match in re.finditer(rf"{_LITERAL.pattern}|( )", pattern):
        found.append(next((group for group in match.groups() if group), ""))
    return "".join(found)


def _date(value: datetime.datetime | datetime.date | datetime.time, number_format: str) -> str:
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    pattern = _IGNORED.sub("", number_format.split(";")[0])
    pattern = re.sub(r"\[\$[^\]]*\]", "", pattern)
    timed = isinstance(value, datetime.datetime) and bool(re.search(r"h", pattern, re.I))
    if pattern.lower() == _LOCAL_DATE or re.search(r"m{3}|d{3}", pattern, re.I) or not _DATE_TOKEN.search(pattern):
        return value.strftime("%Y-%m-%d %H:%M" if timed else "%Y-%m-%d")
    return _by_pattern(value, pattern)


def _by_pattern(value: datetime.datetime | datetime.date, pattern: str) -> str:
    """Return a date by a format of numbers, as "dd.mm.yyyy hh:mm"."""
    tokens = list(_DATE_TOKEN.finditer(pattern))
    noon = any(token[0].upper() == "AM/PM" for token in tokens)
    written, at = "", 0
    for index, token in enumerate(tokens):
        letter, size = token[0][0].lower(), len(token[0])
        hours_before = index > 0 and tokens[index - 1][0][0].lower() == "h"
        seconds_after = index + 1 < len(tokens) and tokens[index + 1][0][0].lower() == "s"
        written += re.sub(r'["\\]', "", pattern[at : token.start()])
        at = token.end()
        if letter == "y":
            written += f"{value.year:04}" if size > 2 else f"{value.year % 100:02}"
        elif letter == "d":
            written += f"{value.day:0{size}}"
        elif letter == "m" and not (hours_before or seconds_after):
            written += f"{value.month:0{size}}"
        elif isinstance(value, datetime.datetime):
            hour = (value.hour + 11) % 12 + 1 if noon else value.hour
            part = {"h": hour, "m": value.minute, "s": value.second}.get(letter)
            half = "AM" if value.hour < 12 else "PM"
            written += f"{part:0{size}}" if part is not None else half if letter == "a" else ""
    return (written + re.sub(r'["\\]', "", pattern[at:])).strip(" ,@")
