"""Figures of mined negatives in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedding_lab_app.widgets.wording import count, day

if TYPE_CHECKING:
    from embedding_lab.workspace.negatives import NegativesMeta

SOURCES = {
    "columns": "Two columns",
    "judgements": "Queries and judged documents",
    "captions": "Pictures and captions",
    "titles": "Titles and texts",
    "classes": "Texts of the same class",
}
WAYS = {"saha": "SaHa", "top_k_negatives": "Nearest", "random": "Random pairs"}


def line_facts(meta: NegativesMeta) -> str:
    """Return what the list says below a table's name."""
    way = WAYS.get(meta.sampler, meta.sampler)
    return f"{way} · {count(meta.n_rows, 'pair')} · {meta.encoder}"


def training_inputs(meta: NegativesMeta) -> dict[str, Any]:
    """Return the inputs of a training with a table: the same rows, encoder and sampler."""
    names = ("source", "split", "filter", "limit")
    return {
        "corpus": meta.corpus,
        "encoder": meta.encoder,
        "sampler": meta.sampler,
        "sampler_values": dict(meta.values),
        "negatives": meta.name,
        **{name: meta.choice[name] for name in names if meta.choice.get(name)},
    }


def percent(share: float | None) -> str:
    """Return a share as people read it; empty for none."""
    return "" if share is None else f"{100 * share:.1f} %"


def with_interval(found: dict[str, Any]) -> str:
    """Return a share with its interval in per cent."""
    if found["value"] is None:
        return "none"
    low, high = (100 * end for end in found["ci"])
    return f"{100 * found['value']:.1f} % [{low:.1f}, {high:.1f}]"


def comparison_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of the table that sets the miners beside each other."""
    return [
        {
            "way": WAYS.get(entry["sampler"], entry["sampler"]),
            "candidate_cosine": _digits(entry["candidate_cosine"]),
            "owner_cosine": _digits(entry["owner_cosine"]),
            "false_negatives": with_interval(entry["false_negatives"]),
            "coverage": percent(entry["coverage"]),
        }
        for entry in result["comparison"]
    ]


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what was mined with what, and its main figures."""
    kind = "Exactly" if result["false_negatives"]["is_exact"] else "An estimate"
    recalls = result["recall"]
    values = ", ".join(
        f"{name.replace('_', ' ')} {_said(value)}" for name, value in result["values"].items()
    )
    pairs = [
        ("Mined from", f"{count(result['n_rows'], 'pair')} of {result['corpus']}: "
         f"{SOURCES.get(result['source'], result['source']).lower()}"),
        ("Mined with", f"{result['encoder']}, {values}"),
        ("Clusters", f"{result['n_clusters']:,}, {result['n_phase_2']:,} of them with rows used "
         "before"),
        ("Coverage", f"{percent(result['coverage'])} of the pairs are in a cluster"),
        ("False negatives", f"{with_interval(result['false_negatives'])} · {kind.lower()}"),
        *(
            (f"Before training, {name}", with_interval(found))
            for name, found in recalls.items()
        ),
        ("Prompts", _prompts(result)),
        ("Mined", day(result["created"])),
    ]  # fmt: skip
    return [(name, value) for name, value in pairs if value]


def _prompts(result: dict[str, Any]) -> str:
    anchor, positive = result["anchor_prompt"], result["positive_prompt"]
    if not (anchor or positive):
        return ""
    return f"“{anchor}” before anchors, “{positive}” before positives"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
