"""Commands on the cards of methods."""

from __future__ import annotations

import json


def test_methods_are_listed_and_shown_without_a_workspace(tmp_path, capsys):
    from embedding_lab.cli.main import main

    def run(*words):
        capsys.readouterr()
        return main(list(words)), *capsys.readouterr()

    status, out, _ = run("methods", "list", "--family", "prompt_optimizers", "--json")
    assert status == 0
    cards = {card["id"]: card for card in json.loads(out)["methods"]}
    assert cards.keys() >= {"proapo", "greedy_selection"}
    status, out, _ = run("methods", "show", "proapo", "--json")
    assert json.loads(out) == cards["proapo"]
    assert cards["proapo"].keys() == {
        "id", "family", "title", "summary", "when_to_use", "inputs", "target", "requires", "paper",
        "parameters", "results", "superseded_by",
    }  # fmt: skip
    status, out, _ = run("methods", "show", "proapo")
    assert out.startswith("# ProAPO\n\nPrompt optimizers · `proapo`\n")
    assert "| `epochs` | 8 generations | a whole number from 1 to 100 |" in out
    assert "ProAPO" in run("methods", "list")[1]
    status, _, err = run("methods", "show", "prapo")
    assert (status, err.splitlines()[1][:20]) == (1, "Did you mean proapo?")
    status, _, err = run("methods", "list", "--family", "vases")
    assert (status, err.splitlines()[0]) == (1, "There is no family of methods named vases.")
