"""The moves of the evolution."""

from __future__ import annotations

import numpy as np

from embedding_lab.prompt_optimizers.moves import Counts, Moves


def moves(counts: Counts, n: int = 10, smallest: int = 2) -> Moves:
    return Moves(range(n), counts, np.random.default_rng(0), smallest)


def test_edits_add_remove_or_replace_one_member():
    parent = frozenset({0, 1, 2})
    children = moves(Counts(edits=300, mutations=0, crossovers=0)).children([parent], 1)
    assert {(len(c), len(c & parent)) for c in children} == {(4, 3), (2, 2), (3, 2)}
    # Every one of them: 7 additions, 3 removals, 3 · 7 replacements.
    assert len(children) == 7 + 3 + 21


def test_removal_stops_at_the_smallest_size():
    parent = frozenset({0, 1})
    edits = Counts(edits=50, mutations=0, crossovers=0)
    assert min(map(len, moves(edits).children([parent], 1))) == 2
    assert min(map(len, moves(edits, smallest=0).children([parent], 1))) == 1
    assert frozenset() in moves(edits, smallest=0).children([frozenset({5})], 1)


def test_a_mutation_is_a_fresh_set_that_grows_with_the_epochs():
    mutations = Counts(edits=0, mutations=20, crossovers=0)
    for epoch in (1, 5):
        assert {len(c) for c in moves(mutations).children([], epoch)} == {2 + epoch}
    assert {len(c) for c in moves(mutations, n=4).children([], 8)} == {4}


def test_a_crossover_keeps_what_both_parents_share():
    parents = [frozenset({0, 1, 2, 3}), frozenset({0, 1, 7})]
    children = moves(Counts(edits=0, mutations=0, crossovers=60)).children(parents, 1)
    assert all(child >= {0, 1} and child <= parents[0] | parents[1] for child in children)
    assert {len(child) for child in children} == {3, 4}


def test_a_crossover_prefers_what_occurs_more_often():
    often = [frozenset({0, 1}), frozenset({0, 2}), frozenset({0, 3}), frozenset({9, 8})]
    made = Moves(range(10), Counts(0, 0, 1), np.random.default_rng(0))
    drawn = [child for _ in range(400) for child in [made._crossed(often)]]
    n_with = [sum(number in child for child in drawn) for number in range(10)]
    assert n_with[0] > 2 * n_with[9]


def test_no_set_is_made_twice():
    made = moves(Counts(edits=8, mutations=8, crossovers=16), n=6)
    start = made.random_singles(4)
    assert len(set(start)) == 4
    found = list(start)
    for epoch in range(1, 30):
        found += made.children(found[-4:], epoch)
    assert len(found) == len(set(found)) <= 2**6


def test_a_universe_of_one_has_no_children():
    made = moves(Counts(edits=8, mutations=8, crossovers=16), n=1)
    assert made.random_singles(4) == [frozenset({0})]
    assert made.children([frozenset({0})], 1) == []
