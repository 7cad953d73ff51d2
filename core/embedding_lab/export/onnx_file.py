"""Reading and writing ONNX files as graphs, which the fast engine only runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import EncoderError
from embedding_lab.storage import replaced_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A file of this format holds less than two gigabytes; larger weights lie beside it.
MOST_BYTES = 2_000_000_000
DATA_SUFFIX = ".data"


def read_model(file: Path, *, has_weights: bool = True) -> Any:
    """Return the ``ModelProto`` in a file.

    Parameters
    ----------
    file : Path
        The ONNX file.
    has_weights : bool, default True
        Read weights that lie in a file of their own too.

    Raises
    ------
    EncoderError
        If the file is missing or damaged, or is no ONNX file.
    """
    import onnx

    try:
        model = onnx.load(str(file), load_external_data=has_weights)
    except Exception as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EncoderError(
            f"The ONNX file {file} cannot be read: {first_line}",
            hint="It may be damaged, or its external data file may be missing beside it.",
        ) from error
    if not model.ir_version or not model.graph.node or not model.graph.output:
        raise EncoderError(
            f"The file {file} holds no ONNX graph.",
            hint="It may be damaged, or something else under that name.",
        )
    return model


def write_model(model: Any, target: Path) -> None:
    """Write a ``ModelProto`` so that the target is the old or the new one, never half of one.

    Weights of more than two gigabytes go into a file beside it, ``<name>.data``.
    """
    import onnx

    with replacing(target) as temporary:
        if model.ByteSize() < MOST_BYTES:
            onnx.save(model, str(temporary))
            return
        data = _data_beside(target)
        data.unlink(missing_ok=True)
        # Saving so takes the weights out of the graph, which is still needed.
        copied = onnx.ModelProto()
        copied.CopyFrom(model)
        onnx.save(copied, str(temporary), save_as_external_data=True, location=data.name)


def remove_model(file: Path) -> None:
    """Remove what :func:`write_model` wrote, if it is there."""
    for written in (file, _data_beside(file)):
        written.unlink(missing_ok=True)


def _data_beside(file: Path) -> Path:
    return file.with_name(file.name + DATA_SUFFIX)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path to write to; move it to ``target`` at the end, or remove it after a failure."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with replaced_whole(target) as temporary:
        yield temporary


def data_files(model: Any, file: Path) -> list[Path]:
    """Return the files beside an ONNX file that hold its weights, in the order of their names."""
    from onnx.external_data_helper import _get_all_tensors, uses_external_data

    names = {
        entry.value
        for tensor in _get_all_tensors(model)
        if uses_external_data(tensor)
        for entry in tensor.external_data
        if entry.key == "location"
    }
    return [file.parent / name for name in sorted(names)]
