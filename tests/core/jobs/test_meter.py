"""Rate, time left, and the line that shows them."""

from __future__ import annotations

import pytest

from embedding_lab.jobs.events import JobProgressed
from embedding_lab.jobs.meter import ProgressMeter, describe_progress, describe_seconds


def test_the_rate_is_that_of_the_last_quarter_of_a_minute() -> None:
    meter = ProgressMeter()
    for second in range(60):
        meter.update(JobProgressed(step=second, total=1000, at=float(second)))
    for second in range(60, 90):
        pace = meter.update(
            JobProgressed(step=60 + (second - 59) * 20, total=1000, at=float(second))
        )
    assert pace.rate == pytest.approx(20, rel=0.05)
    assert pace.seconds_left == pytest.approx((1000 - 660) / 20, rel=0.05)


def test_nothing_is_claimed_before_it_can_be_known() -> None:
    meter = ProgressMeter()
    event = JobProgressed(step=5, total=10, at=0.0)
    assert meter.update(event).rate is None
    assert describe_progress(event, meter.update(event)) == "5 / 10 rows"


def test_loading_before_the_first_unit_does_not_count() -> None:
    meter = ProgressMeter()
    meter.update(JobProgressed(step=0, total=1000, at=0.0))
    assert meter.update(JobProgressed(step=8, total=1000, at=12.0)).rate is None
    assert meter.update(JobProgressed(step=108, total=1000, at=13.0)).rate == pytest.approx(100)


def test_a_step_back_starts_the_measurement_anew() -> None:
    meter = ProgressMeter()
    meter.update(JobProgressed(step=0, total=10, at=0.0))
    meter.update(JobProgressed(step=10, total=10, at=1.0))
    assert meter.update(JobProgressed(step=1, total=100, at=2.0)).rate is None


def test_the_line_has_message_count_rate_and_time_left() -> None:
    meter = ProgressMeter()
    meter.update(JobProgressed(step=120, total=5183, at=0.0))
    event = JobProgressed(step=3120, total=5183, at=14.15, message="Encoding")
    line = describe_progress(event, meter.update(event))
    assert line == "Encoding · 3,120 / 5,183 rows · 212 rows/s · 10 s left"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7800, "2 h 10 min")]
)
def test_durations_use_two_units(seconds: float, text: str) -> None:
    assert describe_seconds(seconds) == text


def test_before_the_first_unit_the_message_stands_alone() -> None:
    event = JobProgressed(step=0, total=0, message="Choosing rows…")
    assert describe_progress(event, ProgressMeter().update(event)) == "Choosing rows…"
    event = JobProgressed(step=0, total=0)
    assert describe_progress(event, ProgressMeter().update(event)) == "0 rows"
