"""Commands on corpora."""

from __future__ import annotations

import csv


def test_import_tells_what_came_in_and_what_did_not(lab, animals):
    value = lab("corpus", "import", animals, "--json").value
    assert (value["corpus"], value["rows"]) == ("animals", 5)
    assert value["rejected"] == [{"file": str(animals), "line": 5, "reason": "empty text"}]
    again = lab("corpus", "import", animals)
    assert again.status == 1
    assert again.out == ""
    told = lab("corpus", "import", animals, "--again", "--keep-empty", "--name", "zoo").out
    assert told == "6 rows came into the corpus zoo.\n"
    kept = lab("corpus", "import", animals, "--again")
    assert "1 row did not:\n" in kept.out
    assert "line 5: empty text" in kept.out


def test_import_options_reach_the_reader(lab, tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes("één;zin\ntwee;zinnen\n".encode("cp1252"))
    value = lab(
        "corpus", "import", table, "--json", "--encoding", "cp1252", "--delimiter", ";",
        "--no-header", "--role", "column_2=text", "--role", "column_1=label", "--name", "nl",
    ).value  # fmt: skip
    assert (value["corpus"], value["rows"]) == ("nl", 2)
    shown = lab("corpus", "show", "nl", "--json").value
    assert shown["labels"] == {"twee": 1, "één": 1}
    more = tmp_path / "more.txt"
    more.write_text("one\nline each\n")
    value = lab("corpus", "import", more, "--into", "nl", "--text-unit", "line", "--json").value
    assert (value["rows"], value["new_rows"]) == (4, 2)


def test_corpus_list_and_show(embedded, animals):
    [listed] = embedded("corpus", "list", "--json").value["corpora"]
    assert (listed["corpus"], listed["rows"], listed["n_rejected"]) == ("animals", 5, 1)
    assert [(item["encoder"], item["rows"]) for item in listed["embedded"]] == [("starter", 5)]
    shown = embedded("corpus", "show", "animals", "--rows", "2", "--json").value
    assert set(shown) == {
        "corpus", "id", "created", "rows", "empty", "n_rejected", "queries", "judgements",
        "splits", "columns", "embedded", "sources", "labels", "report", "first_rows",
    }  # fmt: skip
    assert shown["sources"][0]["path"] == str(animals)
    assert shown["first_rows"] == [
        {"row": 0, "id": "w1", "text": "whale", "label": "sea", "year": "1851"},
        {"row": 1, "id": "w2", "text": "shark in the water", "label": "sea", "year": "1975"},
    ]
    out = embedded("corpus", "show", "animals").out
    assert "1851" in out
    assert "empty text" in out
    assert "starter" in embedded("corpus", "list").out


def test_corpus_export_writes_the_filtered_rows(embedded, tmp_path):
    to = tmp_path / "sea.csv"
    value = embedded(
        "corpus", "export", "animals", "--to", to, "--filter", 'label = "sea"', "--json"
    ).value
    assert value == {"path": str(to), "corpus": "animals", "rows": 3}
    with to.open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["w1", "w2", "w3"]
    assert "Wrote 5 rows to" in embedded("corpus", "export", "animals", "--to", to).out
