"""Dates as lines state them."""

from __future__ import annotations

import pytest

from assistant.text.facts.dates import find_date, iso_date


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Monday - 10/08/2020 09:51", "2020-08-10"),
        ("Thursday - 10/08/2020", "2020-10-08"),
        ("Thứ hai, 10/08/2020", "2020-08-10"),
        ("Chủ nhật, 08/11/2020", "2020-11-08"),
        ("Poniedziałek, 10.08.2020", "2020-08-10"),
        ("czwartek 8/10/2020", "2020-10-08"),
        ("10/08/2020", "2020-08-10"),
        ("06/18/2025", "2025-06-18"),
        ("2025-06-18 14:00", "2025-06-18"),
        ("June 18, 2025", "2025-06-18"),
        ("4 marca 2025", "2025-03-04"),
        ("4 March 2025", "2025-03-04"),
        ("ngày 18 tháng 6 năm 2025", "2025-06-18"),
        ("2025年6月18日", "2025-06-18"),
        ("Daily News16/10/2025", "2025-10-16"),
    ],
)
def test_date_is_read(line: str, date: str) -> None:
    stated = find_date(line)
    assert stated is not None
    assert stated.date == date


@pytest.mark.parametrize(
    "line",
    [
        "", "the period 2020-2025", "31/02/2024", "Decree No. 60/2021/ND-CP", "from 1/2/2024 to 5/2/2024", "May 2024",
        "version 1.2.2024.5", "0905 123 456", "12/2024", "ratio 1/2/20245",
    ],
)  # fmt: skip
def test_what_is_no_single_full_date_is_none(line: str) -> None:
    assert find_date(line) is None


def test_weekday_is_reported_as_confirmation() -> None:
    confirmed, plain = find_date("Monday - 10/08/2020"), find_date("10/08/2020")
    assert confirmed is not None
    assert plain is not None
    assert (confirmed.confirmed, plain.confirmed) == (True, False)


@pytest.mark.parametrize(
    ("stamp", "date"),
    [
        ("2024-05-03T06:00:00+02:00", "2024-05-03"),
        ("20240503", "2024-05-03"),
        ("3 May 2024", "2024-05-03"),
        ("x", None),
    ],
)
def test_machine_readable_stamps(stamp: str, date: str | None) -> None:
    assert iso_date(stamp) == date
