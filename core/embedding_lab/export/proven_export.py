"""Exporting an encoder and proving the files, with the full engine in a process of its own."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.onnx_settings import PROOF_NAME, read_onnx_settings
from embedding_lab.encoders.record import ONNX
from embedding_lab.errors import EncoderError
from embedding_lab.export.export_process import (
    REFERENCE_NAME,
    export_and_encode,
    locate_difference,
)
from embedding_lab.export.gate import encode_for_proof, prove
from embedding_lab.export.proof_inputs import gather_inputs, write_inputs
from embedding_lab.jobs.child import run_in_child
from embedding_lab.storage import write_json
from embedding_lab.types import Engine, Modality

if TYPE_CHECKING:
    from embedding_lab.encoders.record import EncoderRecord
    from embedding_lab.export.gate import Limits, Proof
    from embedding_lab.export.proof_inputs import ProofInput
    from embedding_lab.jobs.context import JobContext
    from embedding_lab.workspace.corpus import Corpus
    from embedding_lab.workspace.workspace import Workspace

# Rows a graph is followed on, node by node: their values must fit into the memory together.
FOLLOWED_ROWS = 4
FOLLOWED_LETTERS = 200


@dataclass(frozen=True)
class ProofPlan:
    """What files are proven on: a corpus or, without one, a bundled sample; rows; limits."""

    corpus: Corpus | None
    n_rows: int
    limits: Limits


def export_proven(
    ctx: JobContext[Workspace], record: EncoderRecord, folder: Path, plan: ProofPlan
) -> dict[str, Any]:
    """Export an encoder into an empty folder, prove the files, and return the proof.

    The proof is also written beside the files, passed or not.

    Raises
    ------
    EncoderError
        If the encoder cannot be exported; the sentence says why.
    """
    require_exportable(record)
    record = replace(record, engine=Engine.TORCH.value)
    with tempfile.TemporaryDirectory(prefix="embedding-lab-proof-") as temporary:
        rows, inputs = _write_rows(ctx, record, Path(temporary), plan)
        made = run_in_child(
            export_and_encode,
            {"record": record.to_record(), "folder": str(folder), "rows": _as_text(rows)},
            check=ctx.check,
            say=lambda message: ctx.progress(0, 0, message),
        )
        proofs = []
        for name in made["modalities"]:
            modality = Modality(name)
            proof = _prove(ctx, folder, inputs[modality], modality, rows[modality], plan.limits)
            found = proof.to_record() | {"first_difference": None}
            if not proof.passed:
                found["first_difference"] = _locate(ctx, record, folder, proof, inputs[modality])
            proofs.append(found)
    result = summary(proofs, plan.corpus)
    write_json(folder / PROOF_NAME, result)
    return result


def require_exportable(record: EncoderRecord) -> None:
    """Raise an :class:`EncoderError` if an encoder is an ONNX file already."""
    if record.kind == ONNX:
        raise EncoderError(
            f"The encoder {record.name} is an ONNX file already.",
            hint="Make it smaller with `embedding-lab encoder shrink`, or choose the encoder it "
            "was exported from.",
        )


def summary(proofs: list[dict[str, Any]], corpus: Corpus | None) -> dict[str, Any]:
    """Return the figures of all towers together, and each tower's own under ``parts``."""
    least = ("min_cosine", "mean_cosine", "neighbour_overlap", "top1_agreement")
    return {
        "corpus": corpus.name if corpus else "",
        "rows": sum(proof["rows"] for proof in proofs),
        **{name: min(proof[name] for proof in proofs) for name in least},
        "max_abs_diff": max(proof["max_abs_diff"] for proof in proofs),
        "passed": all(proof["passed"] for proof in proofs),
        "parts": proofs,
    }


def prove_folder(
    ctx: JobContext[Workspace],
    folder: Path,
    modality: Modality,
    inputs: list[ProofInput],
    reference: np.ndarray[Any, np.dtype[np.float32]],
    limits: Limits,
) -> Proof:
    """Encode rows with the files in a folder and compare their vectors with the original's."""
    encoder = pool.load_alone(describe_folder(folder), lambda message: ctx.progress(0, 0, message))
    n_done, n_total = 0, len(inputs)

    def on_rows(n_rows: int) -> None:
        nonlocal n_done
        n_done = min(n_done + n_rows, n_total)
        ctx.progress(n_done, n_total, "Proving the ONNX file…")

    found = encode_for_proof(encoder, inputs, modality, on_rows, ctx.check)
    return prove(inputs, modality, reference, found, limits)


def _prove(
    ctx: JobContext[Workspace],
    folder: Path,
    inputs: list[ProofInput],
    modality: Modality,
    rows: Path,
    limits: Limits,
) -> Proof:
    reference = np.load(rows / REFERENCE_NAME, allow_pickle=False)
    return prove_folder(ctx, folder, modality, inputs, reference, limits)


def _write_rows(
    ctx: JobContext[Workspace], record: EncoderRecord, parent: Path, plan: ProofPlan
) -> tuple[dict[Modality, Path], dict[Modality, list[ProofInput]]]:
    rows, inputs = {}, {}
    for modality in (Modality.TEXT, Modality.IMAGE):
        if modality not in record.modalities:
            continue
        ctx.progress(0, 0, "Choosing rows…")
        # A corpus of texts proves the encoder of texts; the bundled pictures prove the other.
        corpus = plan.corpus
        if corpus is not None and modality is Modality.IMAGE and not corpus.n_pictures:
            corpus = None
        inputs[modality] = gather_inputs(corpus, modality, plan.n_rows, ctx.check)
        rows[modality] = parent / modality.value
        rows[modality].mkdir()
        write_inputs(rows[modality], inputs[modality])
    return rows, inputs


def _locate(
    ctx: JobContext[Workspace],
    record: EncoderRecord,
    folder: Path,
    proof: Proof,
    inputs: list[ProofInput],
) -> dict[str, Any] | None:
    settings = read_onnx_settings(folder)
    assert settings is not None
    is_text = proof.modality == Modality.TEXT
    chosen = [item for item in inputs if item.name == proof.worst_row][:1]
    chosen += [item for item in inputs if item not in chosen][: FOLLOWED_ROWS - len(chosen)]
    if is_text:
        chosen = [replace(item, value=str(item.value)[:FOLLOWED_LETTERS]) for item in chosen]
    with tempfile.TemporaryDirectory(prefix="embedding-lab-proof-") as temporary:
        write_inputs(Path(temporary), chosen)
        found = run_in_child(
            locate_difference,
            {
                "record": record.to_record(),
                "modality": proof.modality,
                "file": str(folder / (settings.text_file if is_text else settings.picture_file)),
                "rows": temporary,
            },
            check=ctx.check,
            say=lambda message: ctx.progress(0, 0, message),
        )
    return dict(found["difference"]) if found["difference"] else None


def _as_text(rows: dict[Modality, Path]) -> dict[str, str]:
    return {modality.value: str(folder) for modality, folder in rows.items()}
