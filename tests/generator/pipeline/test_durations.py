"""Lengths of time as GitLab reads them."""

import pytest

from cigen.pipeline.durations import DurationError, seconds

LENGTHS = {
    "90": 90,
    "1h 30m": 5400,
    "1h30m": 5400,
    "1h 30": 5400,
    "3 hours and 5 minutes, 2 secs": 11_102,
    "2 days 3 hrs": 183_600,
    "1 week": 604_800,
    "1 mo": 2_592_000,
    "2 yrs": 63_115_200,
    "1.5 hours": 5400,
    "day": 86_400,
    "01:30": 90,
    "1:30:00": 5400,
    "1:00:00:00": 86_400,
    "10 MINUTES": 600,
}


@pytest.mark.parametrize("text", LENGTHS)
def test_a_length_of_time_is_read(text: str):
    assert LENGTHS[text] == seconds(text)


@pytest.mark.parametrize("text", ["", "soon", "7 elephants", "0", "-", "1 hour or so", "ten minutes", "1:2:3:4:5:6:7"])
def test_what_is_no_length_of_time_is_refused(text: str):
    with pytest.raises(DurationError):
        seconds(text)
