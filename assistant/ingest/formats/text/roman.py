"""Roman numerals."""

_ROMAN = tuple(
    zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "m cm d cd c xc l xl x ix v iv i".split(), strict=True)
)
_MAX_ROMAN = 3999


def roman(count: int) -> str:
    """Return a number in small Roman numerals, in digits where there are none for it.

    >>> roman(1994), roman(0)
    ('mcmxciv', '0')
    """
    if not 0 < count <= _MAX_ROMAN:
        return str(count)
    text = ""
    for worth, sign in _ROMAN:
        times, count = divmod(count, worth)
        text += sign * times
    return text
