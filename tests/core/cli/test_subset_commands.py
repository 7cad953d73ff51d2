"""Commands on rows that are kept under a name."""

from __future__ import annotations


def test_rows_are_kept_under_a_name_and_taken_up_by_a_filter(embedded):
    lab = embedded
    kept = lab("search", "animals", "whale", "-k", "2", "--save-as", "whales", "--json").value
    assert kept["subset"] == "whales"
    value = lab("subset", "save", "animals", "early", "--rows", "0,2-3", "--json").value
    assert set(value) == {"corpus", "subset", "rows", "created"}
    assert value["rows"] == 3
    lab("subset", "save", "animals", "named", "--filter", 'text contains "whale"')
    listed = lab("subset", "list", "animals", "--json").value
    assert [item["subset"] for item in listed["subsets"]] == ["whales", "early", "named"]
    shown = lab("subset", "show", "animals", "early", "--json").value
    assert shown["row_numbers"] == [0, 2, 3]
    found = lab("search", "animals", "x", "--filter", 'in subset "early"', "--json").value
    assert {item["row"] for item in found["results"]} <= {0, 2, 3}
    assert lab("subset", "delete", "animals", "early", "--json").value == {"deleted": "early"}
    gone = lab("search", "animals", "x", "--filter", 'in subset "early"')
    assert gone.status == 1
    assert "no subset named early" in gone.err
    for wrong in ("3-", "3-1", "-2", "one", ""):
        assert lab("subset", "save", "animals", "x", "--rows", wrong).status == 2
    far = lab("subset", "save", "animals", "x", "--rows", "1-99999999999999")
    assert far.status == 1
    assert "its rows are 0 to 4" in far.err
    assert len(lab("subset", "list", "animals", "--json").value["subsets"]) == 2
