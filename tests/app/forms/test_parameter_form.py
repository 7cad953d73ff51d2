"""The form made from a card: every kind of parameter, checked as it is typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

from embedding_lab.errors import UsageError
from embedding_lab.registry.parameter import Parameter, ParameterType
from embedding_lab.registry.registry import Registry
from embedding_lab_app.forms.parameter_form import ParameterForm

PARAMETERS = (
    Parameter("n_rounds", ParameterType.INT, 3, "How often", min=0, max=2000, unit="rounds"),
    Parameter("weight", ParameterType.FLOAT, 0.1, "How much", min=0),
    Parameter("is_even", ParameterType.BOOL, default=True, help="Whether"),
    Parameter("kind", ParameterType.CHOICE, "a", "Which", choices=("a", "b")),
    Parameter("prompt", ParameterType.TEXT, "", "What to say", is_advanced=True),
)
DEFAULTS = {"n_rounds": 3, "weight": 0.1, "is_even": True, "kind": "a", "prompt": ""}


@pytest.fixture
def form(qtbot, theme):
    made = ParameterForm(PARAMETERS)
    qtbot.addWidget(made)
    made.show()
    return made


def retype(form, qtbot, name, text):
    widget = form.fields[name].input
    widget.selectAll()
    qtbot.keyClicks(widget, text)


def test_it_opens_with_the_defaults_in_a_field_of_the_right_kind(form):
    assert form.values() == DEFAULTS
    assert form.chosen() == {}
    kinds = {name: type(field.input) for name, field in form.fields.items()}
    assert issubclass(kinds["n_rounds"], QLineEdit)
    assert (kinds["is_even"], kinds["kind"]) == (QCheckBox, QComboBox)
    assert not form.defaults_button.isEnabled()


def test_help_stands_on_hover_and_for_a_screen_reader(form):
    widget = form.fields["n_rounds"].input
    assert widget.toolTip() == "How often.\nTakes a whole number from 0 to 2,000."
    assert widget.accessibleName() == "N rounds"
    assert widget.accessibleDescription() == widget.toolTip()


def test_what_is_wrong_is_told_below_the_field_as_it_is_typed(form, qtbot):
    seen = []
    form.changed.connect(lambda: seen.append(form.is_valid))
    retype(form, qtbot, "n_rounds", "20000")
    field = form.fields["n_rounds"]
    assert field.error == "N rounds must be a whole number from 0 to 2,000, not 20,000."
    assert form.errors == {"n_rounds": field.error}
    # 2, 20, 200 and 2000 are fine; one nought more is not.
    assert seen == [True, True, True, True, False]
    with pytest.raises(UsageError):
        form.values()
    qtbot.keyClick(field.input, Qt.Key.Key_Backspace)
    assert form.is_valid
    assert form.chosen() == {"n_rounds": 2000}


def test_values_are_of_the_parameters_types(form, qtbot):
    retype(form, qtbot, "weight", "2")
    form.fields["is_even"].input.setChecked(False)
    form.fields["kind"].input.setCurrentText("b")
    form.fields["prompt"].input.setText(" as it is ")
    values = form.chosen()
    assert values == {"weight": 2.0, "is_even": False, "kind": "b", "prompt": " as it is "}
    assert isinstance(values["weight"], float)


def test_defaults_come_back(form, qtbot):
    retype(form, qtbot, "weight", "-1")
    form.fields["kind"].input.setCurrentText("b")
    assert form.defaults_button.isEnabled()
    qtbot.mouseClick(form.defaults_button, Qt.MouseButton.LeftButton)
    assert form.values() == DEFAULTS
    assert form.is_valid


def test_values_are_shown_and_unknown_names_left_out(form):
    form.show_values({"n_rounds": 1200, "weight": 1e-7, "no such": 1})
    assert form.chosen() == {"n_rounds": 1200, "weight": 1e-7}


def test_advanced_parameters_are_folded_away(form):
    assert not form.fields["prompt"].isVisible()
    assert form.fields["weight"].isVisible()
    form.advanced._toggle()
    assert form.fields["prompt"].isVisible()


def test_without_advanced_parameters_there_is_nothing_to_fold(qtbot, theme):
    plain = ParameterForm(PARAMETERS[:2])
    qtbot.addWidget(plain)
    plain.show()
    assert not plain.advanced.isVisible()


@pytest.mark.parametrize("card", Registry().list(), ids=lambda card: card.id)
def test_every_card_makes_a_form_with_its_defaults(card, qtbot, theme):
    made = ParameterForm(card.parameters)
    qtbot.addWidget(made)
    assert made.values() == card.values()
