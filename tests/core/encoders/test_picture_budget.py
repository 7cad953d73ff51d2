"""Batches of pictures grow while that is faster; vectors know nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from encoder_making import HashEncoder, write_sentence_bert
from PIL import Image

from embedding_lab.encoders import loop
from embedding_lab.encoders.contract import EncodeOptions, Picture, PreparedPicture
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import LoopSettings, encode_rows
from embedding_lab.encoders.picture_budget import (
    MOST_PICTURES,
    REST,
    SPARE_BYTES,
    TRIES,
    MemoryRoom,
    PictureBudget,
)
from embedding_lab.errors import EncoderError
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PICTURES = EncodeOptions(modality=Modality.IMAGE)


def budget(*, has_room: bool = True) -> PictureBudget:
    return PictureBudget(100_000, lambda _: None, lambda: has_room, first=4)


def sizes(
    policy: PictureBudget, seconds_of: Callable[[int], float], n_batches: int = 30, width: int = 1
) -> list[int]:
    """Return the sizes of the batches a policy chooses, each taking the seconds given for it."""
    found = []
    for _ in range(n_batches):
        size = policy.n_rows(width)
        policy.learn([PreparedPicture(width)] * size, seconds_of(size))
        found.append(size)
    return found


def turns(*pairs: tuple[int, int]) -> list[int]:
    """Return the sizes of batches of two sizes that take turns."""
    return [size for pair in pairs for _ in range(TRIES) for size in pair]


def test_batches_grow_to_the_largest_while_the_rate_rises() -> None:
    # A large cost a batch and a small one a picture, as on a graphics card.
    chosen = sizes(budget(), lambda size: 1.0 + 0.001 * size)
    assert chosen == turns((4, 8), (8, 16), (16, 32), (32, 64)) + [MOST_PICTURES] * 6


def test_batches_stay_small_where_a_larger_one_is_no_faster() -> None:
    chosen = sizes(budget(), lambda size: 0.1 * size)
    assert chosen == turns((4, 8)) + [4] * 24


def test_a_size_that_brought_nothing_is_tried_again_later() -> None:
    chosen = sizes(budget(), lambda size: 0.1 * size, n_batches=200)
    tried = [number for number, size in enumerate(chosen) if size == 8]
    # Its first batch of the present size ends the rest.
    assert tried == [1, 3, 5, 6 + REST, 8 + REST, 10 + REST] + [
        number + 2 * (5 + REST) for number in (1, 3, 5)
    ] + [number + 3 * (5 + REST) for number in (1, 3, 5)]


def test_the_size_before_stays_when_a_larger_batch_is_slower() -> None:
    # The processor's cache overflows above sixteen.
    chosen = sizes(budget(), lambda size: (0.2 + 0.1 * size) * (1 if size <= 16 else 3))
    assert chosen == turns((4, 8), (8, 16), (16, 32)) + [16] * 12


def test_a_gain_of_one_in_a_hundred_is_not_worth_the_memory() -> None:
    chosen = sizes(budget(), lambda size: 0.1 * size * (0.99 if size > 4 else 1))
    assert set(chosen[6:]) == {4}


def test_one_slow_batch_of_a_size_decides_nothing() -> None:
    pauses = iter([0.0, 5.0, 0.0, 0.0, 0.0, 0.0] * 5)
    chosen = sizes(budget(), lambda size: 1.0 + 0.001 * size + next(pauses))
    assert chosen[-1] == MOST_PICTURES


def test_a_machine_that_slows_down_meanwhile_does_not_mislead() -> None:
    slowdown = iter(1.1**number for number in range(30))
    chosen = sizes(budget(), lambda size: (1.0 + 0.001 * size) * next(slowdown))
    assert chosen[-1] == MOST_PICTURES


def test_large_pictures_share_a_batch_with_fewer_others() -> None:
    policy = budget()
    sizes(policy, lambda size: 1.0 + 0.001 * size, n_batches=18, width=100)
    assert (policy.n_rows(100), policy.n_rows(400), policy.n_rows(3300)) == (32, 8, 1)


def test_a_batch_that_the_end_of_the_corpus_cut_short_tells_nothing() -> None:
    policy = budget()
    for _ in range(10):
        policy.learn([PreparedPicture(1)] * 2, 0.001)
    assert policy.n_rows(1) == 4


def test_nothing_grows_while_memory_is_short() -> None:
    assert set(sizes(budget(has_room=False), lambda size: 1.0)) == {4}


def test_there_is_room_only_for_twice_what_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "embedding_lab.encoders.picture_budget"
    resident = iter([1_000_000_000, 1_300_000_000, 1_300_000_000, 1_300_000_000])
    monkeypatch.setattr(f"{module}.resident_bytes", lambda: next(resident))
    available = iter([SPARE_BYTES + 600_000_001, SPARE_BYTES + 600_000_000, 0])
    monkeypatch.setattr(f"{module}.available_memory_bytes", lambda: next(available))
    room = MemoryRoom()
    assert [room() for _ in range(3)] == [True, False, True]


def test_after_a_batch_that_did_not_fit_sizes_only_shrink() -> None:
    said: list[str] = []
    policy = PictureBudget(1024, said.append, lambda: True, first=4)
    sizes(policy, lambda size: 1.0, n_batches=7)
    assert policy.n_rows(1) == 16
    policy.halve([PreparedPicture(1)] * 16, MemoryError())
    assert said == ["The memory did not suffice for a batch of 16 rows; going on with 8 at a time."]
    assert set(sizes(policy, lambda size: 1.0)) == {8}
    with pytest.raises(EncoderError, match="a single picture"):
        policy.halve([PreparedPicture(1)], MemoryError())


class SeeingEncoder(HashEncoder):
    """Knows pictures by their number, and takes time as an encoder would, on a clock of its own."""

    now = 0.0
    most = 1000

    def prepare_pictures(
        self, pictures: Sequence[Picture], options: EncodeOptions = PICTURES
    ) -> list[PreparedPicture]:
        return [PreparedPicture(1, picture=picture) for picture in pictures]

    def forward(self, batch: Sequence[Any], *rest: object, **named: object) -> np.ndarray:
        if len(batch) > self.most:
            raise MemoryError
        self.now += 1.0 + 0.001 * len(batch)
        self.batches.append(len(batch))
        return np.stack([self._vector(item.picture.text) for item in batch])


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SeeingEncoder:
    made = SeeingEncoder(describe_folder(write_sentence_bert(tmp_path / "bert")))
    monkeypatch.setattr(loop.time, "perf_counter", lambda: made.now)
    return made


def pictures(n: int) -> list[tuple[int, Picture]]:
    blank = Image.new("RGB", (8, 8))
    return [(row, Picture(blank, f"picture {row}")) for row in range(n)]


def test_the_loop_grows_batches_and_gives_every_row_its_own_vector(encoder: SeeingEncoder) -> None:
    found = list(encode_rows(encoder, pictures(1000), PICTURES))
    # The fourth is what was left of the pictures that waited together.
    assert encoder.batches[:6] == [8, 16, 8, 16, 8, 8]
    assert encoder.batches[6:9] == [16, 16, 32]
    assert max(encoder.batches) == MOST_PICTURES
    rows = np.concatenate([batch.rows for batch in found])
    assert sorted(rows) == list(range(1000))
    for batch in found:
        for row, vector in zip(batch.rows, batch.vectors, strict=True):
            np.testing.assert_array_equal(vector, encoder._vector(f"picture {row}"))


def test_the_loop_shrinks_batches_that_do_not_fit(encoder: SeeingEncoder) -> None:
    encoder.most = 10
    said: list[str] = []
    found = list(encode_rows(encoder, pictures(200), PICTURES, say=said.append))
    assert sum(len(batch.rows) for batch in found) == 200
    assert len(said) == 1
    assert max(encoder.batches) == 8


def test_the_first_batch_keeps_to_the_budget_of_patches(encoder: SeeingEncoder) -> None:
    policy = PictureBudget(1024, lambda _: None, lambda: True)
    assert policy.n_rows(600) == 1
    assert PictureBudget(1024, lambda _: None, lambda: True).n_rows(4096) == 1
    assert PictureBudget(1024, lambda _: None, lambda: True).n_rows(256) == 4
    list(encode_rows(encoder, pictures(50), PICTURES, settings=LoopSettings(token_budget=2)))
    assert encoder.batches[:2] == [2, 4]


def test_cancelling_is_possible_before_every_batch(encoder: SeeingEncoder) -> None:
    class StopError(Exception):
        pass

    def check() -> None:
        if len(encoder.batches) == 5:
            raise StopError

    with pytest.raises(StopError):
        list(encode_rows(encoder, pictures(400), PICTURES, check=check))
    assert len(encoder.batches) == 5
