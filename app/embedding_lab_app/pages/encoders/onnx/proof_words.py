"""What there is to say of the proof of an ONNX file, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedding_lab.encoders.prepared import proof_of
from embedding_lab.encoders.record import ONNX
from embedding_lab.types import Engine
from embedding_lab_app.widgets.wording import count

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord

SAMPLE = "the bundled sample"


def onnx_folder(record: EncoderRecord) -> str:
    """Return the folder of an encoder's ONNX files, its own or prepared ones; empty for none."""
    return record.folder if record.kind == ONNX else record.prepared


def onnx_path(record: EncoderRecord) -> str:
    """Return what stands for an encoder's ONNX file: the file, or the folder of prepared ones."""
    if record.kind == ONNX:
        return str(Path(record.folder) / record.model_file)
    return record.prepared


def proof_for(record: EncoderRecord) -> dict[str, Any]:
    """Return the proof beside an encoder's ONNX files; empty if there is none."""
    folder = onnx_folder(record)
    return proof_of(Path(folder)) if folder else {}


def engine_sentence(record: EncoderRecord, proof: dict[str, Any]) -> str:
    """Return which engine computes an encoder, and what speaks for it."""
    if record.engine != Engine.ONNX:
        return "Full engine"
    if "rows" in proof:
        verb = "proven on" if proof["passed"] else "failed its proof on"
        return f"Fast engine, {verb} {count(proof['rows'], 'row')}"
    if not proof.get("recipe"):
        return "Fast engine"
    return f"Fast engine, a smaller file{'' if proof.get('passed') else ' that lost too much'}"


def engine_detail(record: EncoderRecord, proof: dict[str, Any]) -> str:
    """Return the figures behind :func:`engine_sentence`, or what preparing would bring."""
    if record.engine != Engine.ONNX:
        return (
            "It loads in some seconds, with torch. Prepared for the fast engine, it opens in a "
            "fraction of one; its ONNX file is proven on real rows first."
        )
    if "rows" in proof:
        source = f"rows of {proof['corpus']}" if proof["corpus"] else SAMPLE
        return (
            f"Smallest cosine to the original {_cosine(proof['min_cosine'])}, ten nearest rows "
            f"kept {_share(proof['neighbour_overlap'])}, on {source}."
        )
    if proof.get("recipe"):
        cosine = proof["mean_cosine"]
        near = "" if cosine is None else f"mean cosine to its source {_cosine(cosine)}, "
        kept = _share(proof["neighbour_overlap"])
        return f"{proof['title']}: {near}ten nearest rows kept {kept}."
    return "Its ONNX file came without a proof."


def proof_pairs(part: dict[str, Any]) -> list[tuple[str, str]]:
    """Return names and values of one tower's proof."""
    place = part["first_difference"]
    off = ""
    if place:
        module = f", in {place['module']}" if place["module"] else ""
        off = f"{place['node']} ({place['operator']}){module}"
    pairs = [
        ("Compared", f"{count(part['rows'], 'row')} of {part['modality']}"),
        ("Smallest cosine", f"{_cosine(part['min_cosine'])}, asked {part['min_cosine_asked']:g}"),
        ("Mean cosine", _cosine(part["mean_cosine"])),
        ("Largest difference", f"{part['max_abs_diff']:.2g}"),
        (
            "Ten nearest kept",
            f"{_share(part['neighbour_overlap'])}, asked {_share(part['neighbour_overlap_asked'])}",
        ),
        ("Nearest kept", _share(part["top1_agreement"])),
        ("Worst row", part["worst_row"]),
        ("Problem", part["problem"]),
        ("Leaves the original at", off),
    ]
    return [(name, value) for name, value in pairs if value]


def _cosine(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.7f}"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"
