"""What the exporting process does: load, export, encode the rows of the proof.

It runs in a process of its own because one call of the exporter holds the interpreter for seconds
and cannot be stopped from within. The engine is imported there only.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Picture
from embedding_lab.encoders.engine_start import set_environment
from embedding_lab.encoders.onnx_image import SETTINGS_FILE
from embedding_lab.encoders.onnx_session import PROMPT_LENGTH
from embedding_lab.encoders.onnx_settings import SETTINGS_NAME
from embedding_lab.encoders.record import EncoderRecord
from embedding_lab.encoders.ways import encode_sorted
from embedding_lab.errors import EncoderError
from embedding_lab.export.example_script import EXAMPLE_NAME, example_script
from embedding_lab.export.proof_inputs import read_inputs
from embedding_lab.storage import write_json
from embedding_lab.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedding_lab.encoders.onnx_settings import OnnxSettings
    from embedding_lab.export.torch_source import ExportSource

MODEL_NAMES = {Modality.TEXT: "model.onnx", Modality.IMAGE: "model.onnx"}
TOWER_NAMES = {Modality.TEXT: "text_model.onnx", Modality.IMAGE: "image_model.onnx"}
TOKENIZER = "tokenizer.json"
REFERENCE_NAME = "reference.npy"


def export_and_encode(inputs: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Export an encoder into a folder and encode the rows its files are to be proven on.

    Parameters
    ----------
    inputs : dict
        ``record`` (an :class:`EncoderRecord` as JSON), ``folder`` (exists, empty), and ``rows``
        (modality to the folder that :func:`~embedding_lab.export.proof_inputs.write_inputs` made).
    say : callable
        Told before each long step.

    Returns
    -------
    dict
        ``settings``, and under ``modalities`` those that were exported. The reference vectors lie
        as ``reference.npy`` in the folders of the rows.
    """
    _set_up()
    say("Loading engine…")
    from embedding_lab.export.torch_source import ExportSource

    record = EncoderRecord.from_record(inputs["record"])
    folder = Path(inputs["folder"])
    rows = {Modality(name): Path(path) for name, path in inputs["rows"].items()}
    say(f"Loading {record.name}…")
    source = ExportSource(record)
    modalities = source.modalities
    settings = write_export(source, folder, rows, say)
    del source
    for modality in modalities:
        say(f"Encoding rows with {record.name} as it is…")
        _encode_reference(record, modality, rows[modality])
    return {"settings": settings.to_record(), "modalities": [item.value for item in modalities]}


def write_export(
    source: ExportSource,
    folder: Path,
    rows: dict[Modality, Path],
    say: Callable[[str], None] = lambda _: None,
) -> OnnxSettings:
    """Write the ONNX files of an encoder and everything that belongs beside them."""
    from embedding_lab.export.torch_export import picture_export, text_export

    names = TOWER_NAMES if len(source.modalities) > 1 else MODEL_NAMES
    settings = source.settings
    for modality in source.modalities:
        say(f"Exporting {source.record.name}…")
        file = folder / names[modality]
        if modality is Modality.TEXT:
            _, settings = source.raw_texts()
            text_export(source).write(file)
            (folder / TOKENIZER).write_text(source.tokenizer_json, encoding="utf-8")
            settings = replace(settings, text_file=file.name)
        else:
            examples = _pictures(rows[modality])[:2]
            picture_export(source, examples).write(file)
            (folder / SETTINGS_FILE).write_text(source.picture_settings(), encoding="utf-8")
            settings = replace(settings, picture_file=file.name)
    settings = replace(
        settings, opset=_opset(folder / (settings.text_file or settings.picture_file))
    )
    write_json(folder / SETTINGS_NAME, settings.to_record())
    (folder / EXAMPLE_NAME).write_text(example_script(settings), encoding="utf-8")
    return settings


def _pictures(folder: Path) -> list[Picture]:
    return [item for _, item in read_inputs(folder) if isinstance(item, Picture)]


def _set_up() -> None:
    """Make this process ready for the engine, and for being killed at any moment."""
    from tqdm.std import TqdmDefaultWriteLock

    set_environment()
    # Progress bars would share a lock with other processes, which outlives this one when killed.
    TqdmDefaultWriteLock.mp_lock = None


def _opset(file: Path) -> int:
    import onnx

    model = onnx.load(str(file), load_external_data=False)
    return max((item.version for item in model.opset_import if not item.domain), default=0)


def _encode_reference(record: EncoderRecord, modality: Modality, folder: Path) -> None:
    encoder = pool.load(record)
    if encoder.device != "cpu":
        raise EncoderError(
            f"The vectors to compare with would be computed on {encoder.device}, whose rounding "
            "differs.",
            hint="Choose the device cpu under Settings for the time of the export.",
        )
    done = encode_sorted(encoder, read_inputs(folder), EncodeOptions(modality=modality))
    np.save(folder / REFERENCE_NAME, done.vectors, allow_pickle=False)


def locate_difference(inputs: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Return where a file leaves the encoder it was exported from.

    Parameters
    ----------
    inputs : dict
        ``record``, ``modality``, ``file`` (the ONNX file), and ``rows`` (the folder of rows).
    say : callable
        Told before each long step.

    Returns
    -------
    dict
        A :class:`~embedding_lab.export.first_difference.Difference` under ``difference``, or
        ``None`` where every value that can be compared agrees.
    """
    _set_up()
    say("Looking for the node that differs…")
    from embedding_lab.export.first_difference import first_difference
    from embedding_lab.export.torch_export import picture_export, text_export
    from embedding_lab.export.torch_source import ExportSource
    from embedding_lab.export.torch_values import reference_values

    source = ExportSource(EncoderRecord.from_record(inputs["record"]))
    if Modality(inputs["modality"]) is Modality.TEXT:
        texts, _ = source.raw_texts()
        rows = [str(item) for _, item in read_inputs(Path(inputs["rows"]))]
        ids, mask = texts.padded(texts.tokenize(rows))
        feed = {"input_ids": ids, "attention_mask": mask, PROMPT_LENGTH: np.array([1])}
        export = text_export(source)
    else:
        pictures = _pictures(Path(inputs["rows"]))
        features = source.picture_features(pictures)
        feed = {name: value.numpy() for name, value in features.items()}
        export = picture_export(source, pictures)
    found = first_difference(Path(inputs["file"]), feed, reference_values(export, feed))
    return {"difference": None if found is None else found.to_record()}
