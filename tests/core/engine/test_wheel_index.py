"""What an index of packages tells: what an engine consists of, and what is refused."""

from __future__ import annotations

import json

import pytest
from engine_making import BUILD, VERSION, StandInIndex, engine_wheels, planned, wheel
from packaging.requirements import Requirement

from embedding_lab.engine.plan import plan_engine, required_build
from embedding_lab.engine.wheel_index import WheelIndex
from embedding_lab.errors import HubError, UsageError

NAMES = {"torch", "cuda-toolkit", "nvidia-cublas", "nvidia-cuda-runtime", "nvidia-cudnn-cu13"}


@pytest.mark.parametrize("is_page", [False, True])
def test_an_engine_is_torch_and_what_makes_it_use_a_card(
    served: StandInIndex, is_page: bool
) -> None:
    served.is_page = is_page
    plan = planned(served)
    assert plan.name == "torch-2.13.0-cu130"
    assert {item.wheel.project for item in plan.wheels} == NAMES
    assert plan.wheels[0].wheel.project == "torch"
    for item in plan.wheels:
        assert item.n_bytes == len(served.wheels[item.wheel.name])
    assert plan.n_bytes == sum(item.n_bytes for item in plan.wheels)


def test_an_index_that_tells_no_checksum_or_no_metadata_is_refused(served: StandInIndex) -> None:
    served.has_hashes = False
    with pytest.raises(HubError, match="tells no checksum of torch"):
        planned(served)
    served.has_metadata = False
    with pytest.raises(HubError, match="does not tell what torch needs"):
        planned(served)


def test_an_index_that_talks_nonsense_is_told(
    served: StandInIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    needy = wheel("torch", f"{VERSION}+cu130", {}, ["nvidia-cublas (from somewhere"])
    with (
        StandInIndex(engine_wheels(needy)) as other,
        pytest.raises(HubError, match="What torch needs cannot be read"),
    ):
        planned(other)
    with WheelIndex(f"{served.address}/cu130") as index:
        page = json.dumps({"files": [{"url": "http://[x/torch.whl"}]}).encode()
        monkeypatch.setattr(index, "_page", lambda *_: (page, "json"))
        with pytest.raises(HubError, match="an address that is none"):
            index.wheels("torch")


def test_what_the_index_lacks_is_named(served: StandInIndex) -> None:
    with WheelIndex(f"{served.address}/cu130") as index:
        with pytest.raises(HubError, match=r"has no torch==9\.9\.9\+cu130 for this system"):
            plan_engine(index, "9.9.9", BUILD)
        with pytest.raises(HubError, match="has no numpy"):
            index.best(Requirement("numpy"))
    with (
        WheelIndex(f"{served.address}/cu126") as other,
        pytest.raises(HubError, match="has no torch"),
    ):
        plan_engine(other, VERSION, required_build("cu126"))


@pytest.mark.parametrize("address", ["", "ftp://x", "not an address"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="is no address of an index"):
        WheelIndex(address)


def test_an_unknown_build_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(UsageError, match=r"no build named cu1\. Builds: cu130, cu126"):
        required_build("cu1")


def test_an_index_that_is_not_reached_is_told_with_a_way_out() -> None:
    with (
        WheelIndex("http://127.0.0.1:9") as index,
        pytest.raises(HubError, match="Check the network, and the address under Settings"),
    ):
        index.wheels("torch")


def test_an_encrypted_index_may_not_name_unencrypted_files() -> None:
    with WheelIndex("https://index.example") as index, pytest.raises(HubError, match="encrypted"):
        index.client_of("http://files.example/torch.whl")
