"""What holds for every command: its help, its exit status, and a sentence for what cannot be."""

from __future__ import annotations

import pytest

from embedding_lab.cli.main import build_parser


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("corpus", "show", "animal"), "Did you mean animals?"),
        (("search", "animls", "x"), "Did you mean animals?"),
        (("embed", "animals", "--encoder", "startr"), "Did you mean starter?"),
        (("encoder", "show", "startre"), "Did you mean starter?"),
        (("search", "animals", "x", "--filter", "yaer > 3"), "Did you mean year?"),
        (("jobs", "show", "123"), "jobs list"),
        (("workspace", "trash", "restore", "nothing"), ""),
    ],
)
def test_unknown_names_fail_with_a_sentence_and_the_nearest_name(embedded, words, hint):
    outcome = embedded(*words)
    assert (outcome.status, outcome.out) == (1, "")
    assert hint in outcome.err
    assert "Traceback" not in outcome.err
    error = embedded(*words, "--json").value["error"]
    assert error["message"].endswith(".")
    assert hint in error["hint"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("corpus",), "required"),
        (("corpus", "frobnicate"), "invalid choice"),
        (("search", "animals"), "Give a query, --like ROW or --image FILE"),
        (("search", "animals", "x", "--like", "2"), "Give a query, --like ROW or --image FILE"),
        (("search", "animals", "x", "-k", "0"), "at least 1"),
        (("corpus", "import", "x", "--role", "text"), "expected COLUMN=ROLE"),
        (("corpus", "import", "x", "--role", "a=colour"), "found a=colour"),
        (("embed", "a", "--prompt", "x", "--prompt-name", "y"), "not allowed with"),
        (("search", "animals", "x", "--bogus"), "--bogus"),
    ],
)
def test_a_wrong_command_line_exits_with_2(lab, words, sentence):
    outcome = lab(*words)
    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err
    assert "--help" in outcome.err or "Example" in outcome.err
    assert sentence in lab(*words, "--json").value["error"]["message"]


def test_an_unexpected_failure_is_one_sentence_too(lab, monkeypatch):
    def explode(self):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("embedding_lab.workspace.workspace.Workspace.corpora", explode)
    outcome = lab("corpus", "list", "--json")
    assert outcome.status == 1
    assert "Something unexpected went wrong: by zero." in outcome.err
    assert "Traceback" not in outcome.err
    assert "ZeroDivisionError" in outcome.value["error"]["details"]


def test_every_command_explains_itself(capsys):
    def walk(parser, words):
        for action in parser._actions:
            for name, child in (
                (getattr(action, "choices", None) or {}).items()
                if hasattr(action, "_name_parser_map")
                else []
            ):
                yield from walk(child, [*words, name])
        if words:
            yield words

    commands = list(walk(build_parser(), []))
    assert len(commands) >= 25
    for words in commands:
        with pytest.raises(SystemExit) as left:
            build_parser().parse_args([*words, "--help"])
        assert left.value.code == 0
        assert "usage: embedding-lab " + " ".join(words) in capsys.readouterr().out
