"""Names of repositories, and texts that only look like them."""

from __future__ import annotations

import pytest

from embedding_lab.errors import UsageError
from embedding_lab.hub.address import HubAddress, looks_like_address, parse_address


def test_an_address_is_an_id_and_perhaps_a_revision() -> None:
    assert parse_address("org/name") == HubAddress("org/name", "main")
    assert parse_address("org/name@refs/pr/3") == HubAddress("org/name", "refs/pr/3")
    assert parse_address(" org/name ", "v1.0") == HubAddress("org/name", "v1.0")
    assert str(parse_address("org/name@v1")) == "org/name@v1"
    assert parse_address("org/name").name == "name"


@pytest.mark.parametrize(
    "text", ["", "name", "/abs/path", "a/b/c", "../b", "a/..", "a--b/c", "a/b..c", "./b", "a/ b"]
)
def test_other_texts_are_no_address(text: str) -> None:
    assert not looks_like_address(text)
    with pytest.raises(UsageError, match="no name of an encoder on a hub"):
        parse_address(text)


def test_two_revisions_and_odd_ones_are_refused() -> None:
    with pytest.raises(UsageError, match="Two revisions are named, a and b"):
        parse_address("org/name@a", "b")
    with pytest.raises(UsageError, match="is no revision"):
        parse_address("org/name", "a b")
    with pytest.raises(UsageError, match="is no revision"):
        parse_address("org/name@")
