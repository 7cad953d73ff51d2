"""Reading a card: what it holds, and the sentence for everything that can be wrong."""

from __future__ import annotations

import sys

import pytest

from embedding_lab.errors import LabError, UsageError
from embedding_lab.metrics.verdict import Verdict
from embedding_lab.registry.card import read_card
from embedding_lab.registry.parameter import ParameterType
from embedding_lab.registry.table import CardError


def test_a_card_says_everything_without_importing_its_target(write_card):
    card = read_card(write_card())
    assert (card.id, card.family, card.title) == ("polish", "vases", "Polish")
    assert card.inputs == ("A vase",)
    assert str(card.paper) == "A. Rubber: On shining. doi 10.1/1, 1999."
    strokes, cloth = card.parameters
    assert (strokes.type, strokes.default, strokes.min, strokes.max, strokes.unit) == (
        ParameterType.INT, 8, 1, 50, "strokes",
    )  # fmt: skip
    assert cloth.choices == ("wool", "silk")
    assert (strokes.is_advanced, cloth.is_advanced) == (False, True)
    (result,) = card.results
    assert result.verdict is Verdict.BETTER
    assert result.sentence == (
        "70.0 against 60.0 of no polish: +10.0, 95 % interval +4.0 to +16.0, p = 0.004, n = 12"
    )
    assert card.to_record()["results"][0]["interval"] == (4.0, 16.0)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('title = "Polish"\n', "", "The key title in polish.toml is missing."),
        ('title = "Polish"', "title = 3", "The key title in polish.toml must be a text."),
        ('title = "Polish"', 'title = " "', "The key title in polish.toml is empty."),
        ('["A vase"]', '"A vase"', "The key inputs in polish.toml must be a list of texts."),
        ('["A vase"]', "[1]", "The key inputs in polish.toml must be a list of texts."),
        ("year = 1999", 'year = "19"', "The key paper.year in polish.toml must be a whole number."),
        ("year = 1999\n", "", "The key paper.year in polish.toml is missing."),
        ("requires", "requries", "The key requries in polish.toml is unknown."),
        ('"int"', '"integer"', "The key parameters.strokes.type in polish.toml must be one of int, "
         "float, bool, choice, text, not integer."),
        ("default = 8", "default = 0", "The key parameters.strokes.default in polish.toml is not "
         "allowed: Strokes must be a whole number from 1 to 50, not 0."),
        ("default = 8", "default = true", "The key parameters.strokes.default in polish.toml is "
         "not allowed: Strokes must be a whole number from 1 to 50, not yes."),
        ('default = "wool"', 'default = "felt"', "The key parameters.cloth.default in polish.toml "
         "is not allowed: Cloth must be one of wool, silk, not “felt”."),
        ("min = 1", 'min = "1"', "The key parameters.strokes.min in polish.toml must be a number."),
        ("max = 50", 'choices = ["a"]', "The key parameters.strokes.choices in polish.toml belongs "
         "to parameters of the type choice, and to no others."),
        ("advanced = true", "min = 1", "The key parameters.cloth.min in polish.toml and max belong "
         "to numbers only."),
        ("[4.0, 16.0]", "[4.0]", "The key results[0].interval in polish.toml must be two numbers, "
         "the smaller first."),
        ("[4.0, 16.0]", "[11.0, 16.0]", "The key results[0].interval in polish.toml does not hold "
         "the difference."),
        ("difference = 10.0", "difference = 5.0", "The key results[0].difference in polish.toml is "
         "not that of method and baseline."),
        ("[4.0, 16.0]", "[-1.0, 21.0]", "The key results[0].verdict in polish.toml must be “no "
         "difference shown”, which is what interval and p-value say."),
        ("0.004", "0.4", "The key results[0].verdict in polish.toml must be “no difference shown”, "
         "which is what interval and p-value say."),
        ('"better"', '"worse"', "The key results[0].verdict in polish.toml must be “better”, which "
         "is what interval and p-value say."),
        ("0.004", "1.4", "The key results[0].p_value in polish.toml must be from 0 to 1."),
        ("n = 12", "n = 0", "The key results[0].n in polish.toml must be at least 1."),
        ('id = "polish"', 'id = "rub"', "The key id in polish.toml must be that of the file, "
         "polish."),
        ('"vases"', '"jars"', "The key family in polish.toml must be that of the folder, vases."),
        (":Polish", "", "The key target in polish.toml must be …vases.polish:Class, beside the "
         "card."),
        ("[paper]", "[[paper]]", "The key paper in polish.toml must be a table."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_and_key(write_card, old, new, sentence):
    with pytest.raises(CardError) as caught:
        read_card(write_card((old, new)))
    assert caught.value.message == sentence


def test_an_unknown_key_is_told_with_the_one_it_resembles(write_card):
    with pytest.raises(CardError) as caught:
        read_card(write_card(("unit =", "units =")))
    assert caught.value.message == "The key parameters.strokes.units in polish.toml is unknown."
    assert caught.value.hint.startswith("Did you mean unit?")


def test_a_file_that_is_no_toml_is_told(write_card):
    with pytest.raises(CardError, match=r"The card polish.toml cannot be read: .*line 2"):
        read_card(write_card(text="id = [\n?"))


def test_values_are_the_chosen_ones_and_the_other_defaults(write_card):
    card = read_card(write_card())
    assert card.values(strokes=3) == {"strokes": 3, "cloth": "wool"}
    with pytest.raises(UsageError, match="Strokes must be a whole number from 1 to 50, not 51"):
        card.values(strokes=51)
    with pytest.raises(UsageError) as caught:
        card.values(stroke=3)
    assert caught.value.message == "Polish has no parameter named stroke."
    assert caught.value.hint == "Did you mean strokes? Its parameters: strokes, cloth."


def test_a_method_is_imported_only_when_it_is_made(write_card, monkeypatch, tmp_path):
    file = write_card()
    (tmp_path / "somewhere" / "vases").mkdir(parents=True)
    (tmp_path / "somewhere" / "vases" / "polish.py").write_text(
        "class Polish:\n    def __init__(self, *, strokes=8, cloth='wool'):\n"
        "        self.made_with = (strokes, cloth)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    card = read_card(file)
    assert "somewhere.vases.polish" not in sys.modules
    try:
        assert card.create(cloth="silk").made_with == (8, "silk")
    finally:
        for name in [name for name in sys.modules if name.startswith("somewhere")]:
            del sys.modules[name]


def test_a_missing_library_is_named(write_card, monkeypatch, tmp_path):
    file = write_card(("requires = []", 'requires = ["turpentine"]'))
    (tmp_path / "somewhere" / "vases").mkdir(parents=True)
    (tmp_path / "somewhere" / "vases" / "polish.py").write_text("import turpentine\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LabError, match="Polish needs the library turpentine, which is not"):
        read_card(file).create()
    for name in [name for name in sys.modules if name.startswith("somewhere")]:
        del sys.modules[name]
