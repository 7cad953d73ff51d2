"""The pattern library is whole, and patterns are filled in as they say."""

from __future__ import annotations

import json
import re

import pytest

from embedding_lab import resources
from embedding_lab.errors import InputError, UsageError
from embedding_lab.prompts.bundled import (
    pattern,
    patterns,
    sample_class_names,
    sample_classes,
    template_sets,
)
from embedding_lab.prompts.marks import marks_in, render
from embedding_lab.prompts.pattern_file import pattern_of, templates_of
from embedding_lab.prompts.patterns import (
    EMBEDDING_USES,
    patterns_from,
    render_pattern,
    require_encoder_use,
)

TECHNIQUES = {
    "zero-shot", "few-shot", "chain-of-thought", "auto-cot", "self-consistency", "logi-cot",
    "chain-of-symbol", "tree-of-thoughts", "graph-of-thoughts", "system-2-attention",
    "thread-of-thought", "chain-of-table", "rag", "react", "chain-of-verification",
    "chain-of-note", "chain-of-knowledge", "active-prompt", "ape", "art", "contrastive-cot",
    "emotion-prompt", "scratchpad", "program-of-thoughts", "structured-cot", "chain-of-code",
    "opro", "rephrase-and-respond", "step-back",
}  # fmt: skip


def record(**changes):
    whole = {
        "id": "mine", "title": "Mine", "area": "Mine", "year": 2026, "idea": "One. Two.",
        "needs": ["encoder"], "slots": [{"name": "class", "kind": "class"}],
        "template": "a {class}", "embedding_use": "ensemble", "cost": 1, "limits": "None known.",
        "source": "none",
    }  # fmt: skip
    return {key: value for key, value in (whole | changes).items() if value is not None}


# Rendering


def test_values_are_inserted_once_and_keep_their_braces():
    filled = render("a {adj} photo of {class}", {"adj": "red", "class": "{x}"})
    assert filled == "a red photo of {x}"
    assert render("{class}", {"class": "{class} {{a}}"}) == "{class} {{a}}"


def test_a_missing_slot_is_named():
    with pytest.raises(UsageError, match="The slot class is not filled"):
        render("a {adj} photo of {class}", {"adj": "red"})


def test_double_braces_are_literal_braces():
    assert render("{{a}}", {}) == "{a}"
    assert render("{{{a}}}", {"a": "x"}) == "{x}"
    assert marks_in("{{a}} {b} {c} {b}") == ["b", "c"]


@pytest.mark.parametrize("text", ["{", "a } b", "{a b}", "{1}", "{}", "{a"])
def test_a_single_brace_is_told_with_its_place(text):
    with pytest.raises(UsageError, match=r"single [{}] at character \d+"):
        render(text, {"a": "x"})


# The library


def test_all_29_techniques_are_there_once():
    assert len(patterns()) == 29
    assert {item.id for item in patterns()} == TECHNIQUES


@pytest.mark.parametrize("found", patterns(), ids=lambda item: item.id)
def test_a_pattern_can_be_filled_in_and_tells_what_it_is(found):
    values = {slot.name: f"<{slot.name} {{}}>" for slot in found.slots if slot.required}
    text = "\n".join(step.text for step in render_pattern(found, values))
    for value in values.values():
        assert value in text
    assert "{{" not in text.replace("{}", "")
    assert found.idea.count(". ") >= 1 or found.idea.endswith(".")
    assert found.embedding_use in EMBEDDING_USES
    assert re.search(r"\d{4}", found.source)
    required = next(slot.name for slot in found.slots if slot.required)
    with pytest.raises(UsageError, match=f"The slot {required} .*is not filled"):
        render_pattern(found, {})


def test_answers_of_earlier_steps_stand_as_marks_until_they_are_known():
    steps = render_pattern(pattern("step-back"), {"question": "Why?"})
    assert [step.text for step in steps][1] == "[answer: general]"
    known = render_pattern(pattern("step-back"), {"question": "Why?", "general": "How?"})
    assert known[1].text == "How?"
    with pytest.raises(UsageError, match="has no slot named questoin") as caught:
        render_pattern(pattern("step-back"), {"questoin": "Why?"})
    assert "Did you mean question?" in caught.value.hint


def test_a_pattern_that_needs_a_generator_is_refused_with_the_reason():
    require_encoder_use(pattern("zero-shot"))
    require_encoder_use(pattern("self-consistency"))
    with pytest.raises(UsageError, match="Chain of thought needs a generator; an encoder writes"):
        require_encoder_use(pattern("chain-of-thought"))
    with pytest.raises(UsageError, match="needs a generator and a tool"):
        require_encoder_use(pattern("react"))


def test_an_unknown_pattern_names_the_nearest():
    with pytest.raises(UsageError) as caught:
        pattern("few-shots")
    assert "Did you mean few-shot?" in caught.value.hint


def test_a_pattern_survives_being_written_as_json():
    for found in patterns():
        again = patterns_from([json.loads(json.dumps(found.to_record()))], "file")
        assert again == (found,)


def test_fields_that_are_not_known_are_ignored():
    [found] = patterns_from(
        [record(run="rm", slots=[{"name": "class", "kind": "class", "x": 1}])], "f"
    )
    assert found.template == "a {class}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"template": "a {class} {other}"}, "The mark other of mine has no slot"),
        ({"template": "a"}, "The required slot class of mine occurs in no template"),
        ({"template": "a {class"}, "single {"),
        ({"template": None}, "either a template or steps"),
        ({"needs": ["magic"]}, "no need named magic"),
        ({"embedding_use": "magic"}, "no use with an encoder named magic"),
        ({"slots": [{"name": "class", "kind": "magic"}]}, "no kind of slot named magic"),
        ({"slots": [{"name": "class", "kind": "text"}] * 2}, "Two slots of mine have one name"),
        ({"slots": [{"kind": "text"}]}, "Pattern 1 of file is not one"),
        ({"cost": 0}, "at least one call"),
        ({"year": "soon"}, "Pattern 1 of file is not one"),
        ({"id": ""}, "id is empty"),
        ({"idea": None}, "Pattern 1 of file has no 'idea'"),
        (
            {"template": None, "steps": [{"template": "{later} {class}", "output_slot": "later"}]},
            "The mark later of mine has no slot",
        ),
    ],
)
def test_a_broken_pattern_is_told_with_what_is_wrong(changes, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        patterns_from([record(**changes)], "file")


def test_two_patterns_with_one_id_are_refused():
    with pytest.raises(InputError, match="Two patterns of file have the id mine"):
        patterns_from([record(), record()], "file")
    with pytest.raises(InputError, match="an object was expected"):
        patterns_from([3], "file")


# Sets of templates and classes


def test_sets_of_templates_begin_with_the_name_alone():
    assert {"plain", "news", "questions", "intents", "pictures"} <= set(template_sets())
    for found in template_sets().values():
        assert found.templates[0] == "{}"
        assert len(set(found.templates)) == len(found.templates)


@pytest.mark.parametrize("name", sample_class_names())
def test_the_classes_of_a_sample_are_its_labels(name, tmp_path):
    import embedding_lab as lab

    sample = next(item for item in resources.SAMPLES if f"/{name}" in item.name)
    with lab.create_workspace(tmp_path / "s.embedlab") as study:
        study.import_corpus(resources.path(sample.name), name=name)
        labels = set(study.corpus(name).labels())
    assert {item.label for item in sample_classes(name)} == labels


def test_templates_are_patterns_and_come_back_as_they_were():
    for templates in (("a {curly} {} or {}",), ("{}", "about {}")):
        made = pattern_of("Mine of 2026", templates)
        assert templates_of(made) == templates
        assert patterns_from([made.to_record()], "here") == (made,)
    assert templates_of(pattern("zero-shot")) == ("A text about {}.",)
    assert templates_of(pattern("zero-shot"), {"kind": "News"}) == ("News about {}.",)
    with pytest.raises(UsageError, match="no place for the name of a class"):
        templates_of(pattern("rag"))
    with pytest.raises(UsageError, match="needs a title"):
        pattern_of(" ", ("{}",))
