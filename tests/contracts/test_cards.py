"""What holds for every method there is or will be."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from method_exercises import EXERCISES

from embedding_lab.contracts import PROTOCOLS
from embedding_lab.jobs.cancellation import Cancelled
from embedding_lab.metrics.verdict import Verdict
from embedding_lab.registry.registry import PACKAGE, Registry

if TYPE_CHECKING:
    from embedding_lab.registry.card import Card

TESTS = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "sentence_transformers", "faiss", "onnxruntime")
CARDS = Registry().list()
every_card = pytest.mark.parametrize("card", CARDS, ids=[card.id for card in CARDS])


def target(card: Card) -> type:
    module, _, name = card.target.partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


def test_there_are_cards_and_every_family_has_a_contract() -> None:
    assert len(CARDS) >= 2
    families = set(Registry().families())
    assert families <= set(PROTOCOLS)
    assert families <= set(EXERCISES)


def test_every_toml_file_beside_an_implementation_is_a_card() -> None:
    files = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.glob("**/*.toml")}
    assert files == {f"{card.family}/{card.id}.toml" for card in CARDS}


@every_card
def test_the_target_is_there_and_satisfies_the_protocol_of_its_family(card: Card) -> None:
    method = card.create()
    assert isinstance(method, target(card))
    assert isinstance(method, PROTOCOLS[card.family])


@every_card
def test_parameters_and_defaults_are_those_of_the_constructor(card: Card) -> None:
    signature = inspect.signature(target(card))
    expected = {
        name: (parameter.default, type(parameter.default))
        for name, parameter in signature.parameters.items()
    }
    said = {item.name: (item.default, type(item.default)) for item in card.parameters}
    assert said == expected
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY}


@every_card
def test_it_is_documented_and_cited(card: Card) -> None:
    documentation = inspect.getdoc(target(card)) or ""
    for parameter in card.parameters:
        assert f"\n{parameter.name} : " in documentation, parameter.name
    cited = (card.paper.source.split()[-1], f"et al. {card.paper.year}")
    assert any(mark in documentation for mark in cited)
    assert card.summary.endswith(".")
    assert card.when_to_use.endswith(".")
    assert 2 <= len(card.summary.split(". ")) <= 3
    for parameter in card.parameters:
        assert parameter.help[0].isupper()
        assert not parameter.help.endswith(".")


@every_card
def test_it_has_its_own_test_file(card: Card) -> None:
    file = TESTS / "core" / card.family / f"test_{card.id}.py"
    assert file.is_file()
    assert target(card).__name__ in file.read_text(encoding="utf-8")


@every_card
def test_the_same_parameters_give_the_same_result(card: Card) -> None:
    exercise = EXERCISES[card.family]
    first, again = (exercise(card.create(), lambda: None) for _ in range(2))
    assert first == again


@every_card
def test_it_can_be_cancelled_after_any_step(card: Card) -> None:
    exercise = EXERCISES[card.family]
    n_steps = 0

    def count() -> None:
        nonlocal n_steps
        n_steps += 1

    exercise(card.create(), count)
    assert n_steps >= 1
    for last in {1, n_steps}:
        left = last

        def stop() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Cancelled

        with pytest.raises(Cancelled):
            exercise(card.create(), stop)


@every_card
def test_a_better_verdict_rests_on_an_interval_above_zero(card: Card) -> None:
    for result in card.results:
        low, high = result.interval
        assert (result.verdict is Verdict.BETTER) == (low > 0)
        assert (result.verdict is Verdict.WORSE) == (high < 0)


@every_card
def test_commands_of_results_run_a_script_that_is_there(card: Card) -> None:
    for result in card.results:
        scripts = [word for word in result.command.split() if word.endswith(".py")]
        assert scripts, result.command
        assert all((TESTS.parent / script).is_file() for script in scripts)


def test_listing_cards_imports_none_of_the_heavy_libraries_nor_any_method() -> None:
    script = (
        "import sys, embedding_lab\n"
        "from embedding_lab.registry.registry import Registry\n"
        "cards = Registry().list()\n"
        f"wanted = {HEAVY!r} + tuple(card.target.partition(':')[0] for card in cards)\n"
        "print(len(cards), [name for name in wanted if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=55
    )
    assert done.stdout.strip() == f"{len(CARDS)} []"
