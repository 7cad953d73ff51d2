"""Embedding prompts: what each preset says, and the exact characters of every chat form."""

from __future__ import annotations

import pytest

from embedding_lab.contracts import EmbeddingPrompt, Turn
from embedding_lab.embedding_prompts import chat_format as forms
from embedding_lab.embedding_prompts.chat_format import chat_format
from embedding_lab.embedding_prompts.hierarchical_prompt import HierarchicalPrompt
from embedding_lab.embedding_prompts.presets import PRESETS, embedding_prompt
from embedding_lab.errors import EncoderError, UsageError
from embedding_lab.types import Modality, Role

SYSTEM = (
    "Given an image, summarize the provided image in one word. "
    "Given only text, describe the text in one word."
)
FORMS = {
    "qwen": (
        "qwen2_vl",
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n%s<|im_end|>\n"
        "<|im_start|>assistant\n",
        "<|im_start|>user\n%s<|im_end|>\n<|im_start|>assistant\n",
        "<|image_pad|>",
    ),
    "llava": ("llava_next", f"[INST] {SYSTEM}\n%s [/INST]", "[INST] %s [/INST]", "<image>"),
    "phi3": (
        "phi3_v",
        f"<|system|>\n{SYSTEM}<|end|>\n<|user|>\n%s<|end|>\n<|assistant|>\n",
        "<|user|>\n%s<|end|>\n<|assistant|>\n",
        "<|image_1|>",
    ),
}
every_form = pytest.mark.parametrize("form", FORMS)


def no_template(messages):
    raise AssertionError("its own template is not asked")


def rendered(
    form: str, preset: str, role: Role, text: str, *, modality: Modality = Modality.TEXT
) -> str:
    chat = chat_format(FORMS[form][0], "a template", no_template)
    turn = PRESETS[preset].turn(role, modality)
    return chat.render(turn, text, has_image=modality is not Modality.TEXT).text


@every_form
def test_a_text_query_has_the_system_text_and_the_suffix(form):
    expected = FORMS[form][1] % "cat\nRepresent the given text in one word."
    assert rendered(form, "hierarchical", Role.QUERY, "cat") == expected


@every_form
def test_a_document_has_the_system_text_alone(form):
    assert rendered(form, "hierarchical", Role.DOCUMENT, "cat") == FORMS[form][1] % "cat"


@every_form
def test_a_query_with_a_picture_begins_with_it_and_ends_with_another_suffix(form):
    image = FORMS[form][3]
    suffix = "\nRepresent the given text/image in one word."
    both = rendered(form, "hierarchical", Role.QUERY, "cat", modality=Modality.IMAGE_TEXT)
    assert both == FORMS[form][1] % f"{image}\ncat{suffix}"
    alone = rendered(form, "hierarchical", Role.QUERY, "", modality=Modality.IMAGE)
    assert alone == FORMS[form][1] % f"{image}{suffix}"
    document = rendered(form, "hierarchical", Role.DOCUMENT, "", modality=Modality.IMAGE)
    assert document == FORMS[form][1] % image


@every_form
def test_without_a_system_text_there_is_no_system_turn_at_all(form):
    for role in Role:
        assert rendered(form, "none", role, "cat") == FORMS[form][2] % "cat"
        suffix = "\nRepresent the given text in one word."
        assert rendered(form, "user-only", role, "cat") == FORMS[form][2] % f"cat{suffix}"
        summary = "\nSummary above sentence in one word: "
        assert rendered(form, "one-word-summary", role, "cat") == FORMS[form][2] % f"cat{summary}"
    seen = rendered(form, "one-word-summary", Role.DOCUMENT, "", modality=Modality.IMAGE)
    assert seen == FORMS[form][2] % f"{FORMS[form][3]}\nSummary above image in one word: "


def test_the_query_of_the_paper_is_rendered_to_the_letter():
    assert rendered("qwen", "hierarchical", Role.QUERY, "cat") == (
        "<|im_start|>system\nGiven an image, summarize the provided image in one word. Given only "
        "text, describe the text in one word.<|im_end|>\n<|im_start|>user\ncat\nRepresent the "
        "given text in one word.<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_form_without_a_system_role_says_so():
    assert "no system role" in forms.LLAVA_MISTRAL.note
    assert "prefix" in forms.PLAIN.note
    assert forms.PLAIN.render(Turn("S", " end"), "cat").text == "S\ncat end"
    assert forms.PLAIN.render(Turn(), "cat").text == "cat"
    with pytest.raises(EncoderError, match="no place for a picture"):
        forms.CHAT_ML.render(Turn(), "", has_image=True)


# Forms that are read off a template


def by_template(render):
    return chat_format("anything", "a template of some kind", render)


def gemma_like(messages):
    if messages[0]["role"] == "system":
        raise ValueError("System role not supported")
    return (
        f"<bos><start_of_turn>user\n{messages[0]['content']}<end_of_turn>\n<start_of_turn>model\n"
    )


def llama_like(messages):
    turns = "".join(f"<|{it['role']}|>\n\n{it['content'].strip()}<|eot|>" for it in messages)
    return f"<|begin|>{turns}<|assistant|>\n\n"


def helpful(messages):
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": "You are a helpful assistant."}, *messages]
    return llama_like(messages)


def test_a_template_with_a_system_role_is_read_off():
    form = by_template(llama_like)
    turn = Turn("S", "\nend ")
    assert form.render(turn, " cat").text == (
        "<|begin|><|system|>\n\nS<|eot|><|user|>\n\n cat\nend <|eot|><|assistant|>\n\n"
    )
    assert form.render(Turn(), "cat").text == "<|begin|><|user|>\n\ncat<|eot|><|assistant|>\n\n"
    assert form.note == ""


def test_a_template_that_refuses_a_system_role_gets_its_text_in_front():
    form = by_template(gemma_like)
    assert "no system role" in form.note
    assert form.render(Turn("S"), "cat").text == (
        "<bos><start_of_turn>user\nS\ncat<end_of_turn>\n<start_of_turn>model\n"
    )


def test_a_system_text_of_the_templates_own_never_slips_in():
    form = by_template(helpful)
    assert "helpful" not in form.render(Turn(), "cat").text
    assert form.render(Turn(), "cat").text.startswith("<|begin|><|system|>\n\n<|eot|><|user|>")
    assert "empty system turn" in form.note
    assert "helpful" not in form.render(Turn("S"), "cat").text
    chat_ml = chat_format(
        "qwen2", "{% default %}<|im_start|>system You are… <|im_end|>", no_template
    )
    assert chat_ml.render(Turn(), "cat").text == FORMS["qwen"][2] % "cat"


def test_no_template_means_plain_text_and_one_without_the_user_is_refused():
    assert chat_format("bert", "", no_template) is forms.PLAIN
    with pytest.raises(EncoderError, match="leaves out what the user says"):
        by_template(lambda messages: "hello")


# Presets


def test_a_preset_can_be_changed_and_wrong_names_are_told():
    own = embedding_prompt("none", {"query_system": "Topic in one word."})
    assert isinstance(own, EmbeddingPrompt)
    assert own.turn(Role.QUERY, Modality.TEXT) == Turn("Topic in one word.")
    assert own.turn(Role.DOCUMENT, Modality.TEXT) == Turn()
    assert embedding_prompt() == HierarchicalPrompt()
    with pytest.raises(UsageError, match="no embedding prompt named hierarchic"):
        embedding_prompt("hierarchic")
    with pytest.raises(UsageError, match="no text named system"):
        embedding_prompt("none", {"system": "S"})
