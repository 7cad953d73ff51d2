"""What a hub tells of a repository, and what it answers when there is none."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from embedding_lab.errors import HubError
from embedding_lab.hub.access import open_hub
from embedding_lab.hub.address import parse_address
from embedding_lab.hub.repository import HubFile, find_repository, search_repositories
from embedding_lab.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub_server import StandInHub

    from embedding_lab.hub.client import HubClient

CONFIG = b'{"hidden_size": 8}'
LARGE = bytes(range(256)) * 100


@pytest.fixture
def client(hub: StandInHub) -> Iterator[HubClient]:
    with open_hub(load_settings(), "nothing works") as opened:
        yield opened


def test_a_repository_tells_its_files_licence_and_commit(
    hub: StandInHub, client: HubClient
) -> None:
    files = {"config.json": CONFIG, "model.safetensors": LARGE}
    facts = {
        "cardData": {"license": "mit"},
        "library_name": "sentence-transformers",
        "pipeline_tag": "sentence-similarity",
        "tags": ["bert", "license:mit"],
    }
    served = hub.add("org/tiny", files, **facts)
    found = find_repository(client, parse_address("org/tiny"))
    assert found.revision == served.commit
    blob = hashlib.sha1(b"blob %d\0" % len(CONFIG) + CONFIG).hexdigest()
    assert found.files == (
        HubFile("config.json", len(CONFIG), git_sha1=blob),
        HubFile("model.safetensors", len(LARGE), sha256=hashlib.sha256(LARGE).hexdigest()),
    )
    assert (found.licence, found.is_gated) == ("mit", False)
    assert (found.library, found.pipeline) == ("sentence-transformers", "sentence-similarity")
    assert len(hub.requests) == 1


@pytest.mark.parametrize(
    ("facts", "licence"),
    [
        ({"tags": ["license:apache-2.0"]}, "apache-2.0"),
        ({"cardData": {"license": "other", "license_name": "house rules"}}, "house rules"),
        ({"cardData": {"license": ["mit", "bsd"]}}, "mit, bsd"),
        ({}, ""),
    ],
)
def test_a_licence_stands_in_the_card_or_in_a_tag(
    hub: StandInHub, client: HubClient, facts: dict, licence: str
) -> None:
    hub.add("org/tiny", {"config.json": CONFIG}, **facts)
    assert find_repository(client, parse_address("org/tiny")).licence == licence


def test_an_unknown_name_proposes_similar_ones(hub: StandInHub, client: HubClient) -> None:
    hub.add("organisation/tiny-bert", {})
    with pytest.raises(HubError, match=r"shows no organisatoin/tiny-bert\.") as raised:
        find_repository(client, parse_address("organisatoin/tiny-bert"))
    assert "Did you mean organisation/tiny-bert?" in raised.value.hint
    with pytest.raises(HubError, match="Check its spelling"):
        find_repository(client, parse_address("a/unheard-of"))


def test_an_unknown_revision_is_told_apart_from_an_unknown_name(
    hub: StandInHub, client: HubClient
) -> None:
    hub.add("org/tiny", {}, revisions=("main", "v1"))
    assert find_repository(client, parse_address("org/tiny@v1"))
    with pytest.raises(HubError, match="org/tiny has no revision v2"):
        find_repository(client, parse_address("org/tiny@v2"))


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "a/../../b", "a\\b", "C:evil", "a//b", "./a", "a\nb"]
)
def test_a_file_that_would_lie_outside_is_refused(
    hub: StandInHub, client: HubClient, name: str
) -> None:
    hub.add("org/evil", {name: b"x"})
    with pytest.raises(HubError, match="outside its folder"):
        find_repository(client, parse_address("org/evil"))


def test_an_answer_without_sizes_or_commit_is_no_answer(hub: StandInHub, client: HubClient) -> None:
    hub.add("org/odd", {}, sha="../../x")
    with pytest.raises(HubError, match="did not tell what org/odd holds"):
        find_repository(client, parse_address("org/odd"))
    hub.add("org/odder", {}, siblings=[{"rfilename": "config.json"}])
    with pytest.raises(HubError, match="did not tell what org/odder holds"):
        find_repository(client, parse_address("org/odder"))


def test_words_find_ids(hub: StandInHub, client: HubClient) -> None:
    hub.add("org/tiny-bert", {})
    hub.add("org/large-bert", {})
    [match] = search_repositories(client, "tiny")
    assert (match.id, match.downloads, match.likes) == ("org/tiny-bert", 10, 2)
    assert match.library == "sentence-transformers"
    assert search_repositories(client, "nothing like it") == []
