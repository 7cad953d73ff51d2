"""Finding cards: by folder, by family, by name; quickly, and without importing anything."""

from __future__ import annotations

import pytest

import embedding_lab as lab
from embedding_lab.errors import UsageError
from embedding_lab.registry.registry import Registry, family_title
from embedding_lab.registry.table import CardError


def test_a_family_is_a_folder_that_holds_cards(write_card, tmp_path):
    write_card()
    write_card(('"polish"', '"glaze"'), (".polish:", ".glaze:"), file="vases/glaze.toml")
    write_card(
        ('"polish"', '"open"'), (".vases.polish:", ".jars.open:"), ('"vases"', '"jars"'),
        file="jars/open.toml",
    )  # fmt: skip
    (tmp_path / "empty").mkdir()
    registry = Registry(tmp_path)
    assert registry.families() == ["jars", "vases"]
    assert [card.id for card in registry.list()] == ["open", "glaze", "polish"]
    assert [card.id for card in registry.list("vases")] == ["glaze", "polish"]
    assert registry.get("open").family == "jars"


def test_unknown_names_are_answered_with_the_ones_they_resemble(write_card, tmp_path):
    write_card()
    registry = Registry(tmp_path)
    with pytest.raises(UsageError) as caught:
        registry.get("Polsh")
    assert str(caught.value) == (
        "There is no method named Polsh. Did you mean polish? Methods: polish."
    )
    with pytest.raises(UsageError) as caught:
        registry.list("vase")
    assert str(caught.value) == (
        "There is no family of methods named vase. Did you mean vases? Families: vases."
    )


def test_an_id_occurs_once(write_card, tmp_path):
    write_card()
    write_card((".vases.", ".jars."), ('"vases"', '"jars"'), file="jars/polish.toml")
    with pytest.raises(CardError, match=r"The id polish in vases is that of a card in jars too."):
        Registry(tmp_path).list()


def test_what_supersedes_a_method_must_be_there(write_card, tmp_path):
    write_card(('title = "Polish"', 'title = "Polish"\nsuperseded_by = "glaze"'))
    with pytest.raises(CardError, match=r"superseded_by in polish.toml names no card"):
        Registry(tmp_path).list()


def test_a_folder_without_cards_has_no_methods(tmp_path):
    assert Registry(tmp_path).list() == []
    with pytest.raises(UsageError, match="There is no method named x"):
        Registry(tmp_path).get("x")


def test_the_python_door_lists_describes_and_makes_methods():
    assert "proapo" in [card.id for card in lab.methods("prompt_optimizers")]
    assert lab.method("proapo").create(epochs=2).epochs == 2
    assert Registry().create("proapo", seed=7).seed == 7
    with pytest.raises(UsageError, match="Epochs must be a whole number from 1 to 100, not 0"):
        Registry().create("proapo", epochs=0)


def test_families_have_titles():
    assert family_title("prompt_optimizers") == "Prompt optimizers"
