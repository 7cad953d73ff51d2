"""Recipes that make one ONNX file of a text encoder smaller or faster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from embedding_lab.errors import UsageError, did_you_mean
from embedding_lab.export.activations import watch_activations
from embedding_lab.export.lookup_tables import halve_tables
from embedding_lab.export.onnx_file import data_files, read_model, write_model
from embedding_lab.export.shrink_dynamic import to_dynamic_int8
from embedding_lab.export.shrink_fixed import quantize_fixed
from embedding_lab.export.shrink_half import to_half_weights
from embedding_lab.export.shrink_mixed import MixedSearch
from embedding_lab.export.shrink_rows import quantize_rowwise
from embedding_lab.export.shrink_truncated import to_truncated
from embedding_lab.export.shrink_weights import to_block_weights
from embedding_lab.export.weight_matmuls import weight_matmuls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from embedding_lab.export.activations import Probe

BLOCK = 32


@dataclass(frozen=True)
class Work:
    """What a recipe is given: files, sample inputs, and whom to ask and tell."""

    source: Path
    target: Path
    probes: Sequence[Probe] = ()
    check: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Recipe:
    """One way to make a file smaller or faster.

    Attributes
    ----------
    id, title : str
        For programs, and for a person.
    summary : str
        What it does, in one sentence.
    limits : str
        What it costs or cannot do, in one sentence.
    write : callable
        Does it, and returns facts as a JSON object.
    needs_probes : bool
        Whether it needs sample inputs.
    halves_tables : bool
        Whether tables that are only looked up in, such as the vectors of tokens, are then stored
        as float16.
    """

    id: str
    title: str
    summary: str
    limits: str
    write: Callable[[Work], dict[str, Any]]
    needs_probes: bool = False
    halves_tables: bool = True


def shrink(
    source: Path,
    target: Path,
    recipe: Recipe,
    *,
    probes: Sequence[Probe] = (),
    check: Callable[[], None] = lambda: None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Write ``target`` from ``source`` as a recipe says; the source stays as it is.

    Parameters
    ----------
    source, target : Path
        Two different ONNX files.
    recipe : Recipe
        One of :data:`RECIPES`, or what :func:`truncated` or :func:`mixed` return.
    probes : sequence of mappings
        Sample inputs of the file by name, one mapping a batch; see
        :func:`~embedding_lab.export.probes.probes_of`.
    check, say : callable
        Called between short stretches of work, may raise to stop; told what is being done.

    Returns
    -------
    dict
        ``recipe``, ``n_bytes`` and ``n_bytes_before`` (weights beside the files included), and
        what the recipe counted: products quantized and kept, weights halved.

    Raises
    ------
    EncoderError
        If the source is no usable ONNX file or the recipe does not apply to it.
    UsageError
        If source and target are the same file.
    """
    if source.resolve() == target.resolve():
        raise UsageError(
            f"The file {source} cannot be written over by a smaller one of itself.",
            hint="Choose another name for the new file.",
        )
    check()
    facts = recipe.write(Work(source, target, probes, check, say))
    if recipe.halves_tables:
        model = read_model(target)
        facts["n_tables_halved"] = halve_tables(model, check)
        if facts["n_tables_halved"]:
            write_model(model, target)
    return {
        "recipe": recipe.id,
        "n_bytes_before": _n_bytes(source),
        "n_bytes": _n_bytes(target),
        **facts,
    }


def recipe(name: str) -> Recipe:
    """Return the recipe with this id; ``truncated:256`` keeps 256 dimensions.

    Raises
    ------
    UsageError
        If there is none.
    """
    for item in RECIPES:
        if item.id == name:
            return item
    kind, _, number = name.partition(":")
    if kind == "truncated" and number.isdigit() and int(number):
        return truncated(int(number))
    known = [*(item.id for item in RECIPES), "truncated:256"]
    raise UsageError(f"There is no recipe named {name}.", hint=did_you_mean(name, known, "Recipes"))


def truncated(dimension: int) -> Recipe:
    """Return the recipe that keeps the first dimensions of each vector."""
    return Recipe(
        f"truncated:{dimension}",
        f"First {dimension} dimensions",
        f"Vectors are cut to their first {dimension} dimensions and normalized again.",
        "Only encoders trained for it keep most of what their vectors say; it is no faster.",
        lambda work: to_truncated(work.source, work.target, dimension),
        halves_tables=False,
    )


def mixed(
    *, mean_cosine: float = 0.999, min_cosine: float = 0.0, base: str = "int8-rows"
) -> Recipe:
    """Return the recipe that keeps what hurts most in full precision.

    Parameters
    ----------
    mean_cosine, min_cosine : float
        What the vectors of the probes must reach, compared with those of the source.
    base : str
        ``int8-rows`` or ``int8-fixed``: how the other products are computed.
    """
    if base not in {"int8-rows", "int8-fixed"}:
        raise UsageError(
            f"The mixed recipe cannot start from {base}.",
            hint=did_you_mean(base, ["int8-rows", "int8-fixed"], "Recipes"),
        )
    return Recipe(
        "mixed",
        "int8, worst products in full precision",
        "Each product is quantized alone and measured; the fewest that hurt most stay float32.",
        "Takes a measurement for every product; the more it keeps, the slower the file.",
        partial(_write_mixed, base=base, mean_cosine=mean_cosine, min_cosine=min_cosine),
        needs_probes=True,
    )


def _write_rows(work: Work) -> dict[str, Any]:
    model = read_model(work.source)
    names = [product.name for product in weight_matmuls(model, work.source)]
    quantize_rowwise(model, names)
    work.check()
    write_model(model, work.target)
    return {"n_quantized": len(names), "n_kept": 0}


def _write_fixed(work: Work) -> dict[str, Any]:
    model = read_model(work.source)
    names = [product.name for product in weight_matmuls(model, work.source)]
    _fixed(model, names, work)(model, names)
    write_model(model, work.target)
    return {"n_quantized": len(names), "n_kept": 0}


def _fixed(model: Any, names: list[str], work: Work) -> Callable[[Any, Any], None]:
    """Watch the inputs of products once, and return what quantizes some of them."""
    work.say("Watching what flows through the encoder…")
    inputs = dict.fromkeys(node.input[0] for node in model.graph.node if node.name in names)
    folder = work.target.parent
    folder.mkdir(parents=True, exist_ok=True)
    seen = watch_activations(model, list(inputs), work.probes, folder, work.check)
    return lambda changed, some: quantize_fixed(changed, some, seen, work.check)


def _write_mixed(work: Work, base: str, mean_cosine: float, min_cosine: float) -> dict[str, Any]:
    model = read_model(work.source)
    products = weight_matmuls(model, work.source)
    names = [product.name for product in products]
    scratch = work.target.with_name(f"{work.target.name}.tried.tmp")
    quantize = quantize_rowwise if base == "int8-rows" else _fixed(model, names, work)
    search = MixedSearch(model, quantize, work.probes, scratch, work.check, work.say)
    ranked = search.rank(products)
    kept, reached = search.fewest(ranked, mean_cosine=mean_cosine, min_cosine=min_cosine)
    quantize(model, [name for name in names if name not in kept])
    write_model(model, work.target)
    return {
        "n_quantized": len(names) - len(kept),
        "n_kept": len(kept),
        "base": base,
        "kept": kept,
        "mean_cosine": reached[0],
        "min_cosine": reached[1],
    }


def _write_blocks(work: Work, bits: int) -> dict[str, Any]:
    return to_block_weights(work.source, work.target, bits, BLOCK, work.check)


def _n_bytes(file: Path) -> int:
    beside = data_files(read_model(file, has_weights=False), file)
    return sum(item.stat().st_size for item in [file, *beside])


RECIPES = (
    Recipe(
        "int8-rows",
        "int8, one scale a token",
        "Weights and activations are int8; each token is rounded to its own largest number.",
        "A text's vector is the same in every batch; finding the scales costs some of the speed.",
        _write_rows,
    ),
    Recipe(
        "int8-fixed",
        "int8, fixed scales",
        "Weights and activations are int8; scales are found once on sample texts.",
        "A text's vector is the same in every batch; texts unlike the samples may lose more.",
        _write_fixed,
        needs_probes=True,
    ),
    Recipe(
        "int8",
        "int8, dynamic",
        "Weights and activations are int8; activations are rounded to the largest of a batch.",
        "A text's vector depends on its batch, so texts are computed one at a time.",
        lambda work: to_dynamic_int8(work.source, work.target),
    ),
    Recipe(
        "weights8",
        "8-bit weights",
        "Weights take 8 bits in blocks with a scale each; the arithmetic stays float32.",
        "A smaller file with nearly the same vectors; it is no faster.",
        partial(_write_blocks, bits=8),
    ),
    Recipe(
        "weights4",
        "4-bit weights",
        "Weights take 4 bits in blocks with a scale each; the arithmetic stays float32.",
        "The smallest weights; vectors differ visibly, and it is no faster.",
        partial(_write_blocks, bits=4),
    ),
    Recipe(
        "fp16",
        "float16 weights",
        "Weights are stored as float16 and brought back to float32 when the file is opened.",
        "Half the file; speed and memory stay the same.",
        lambda work: to_half_weights(work.source, work.target, work.check),
        halves_tables=False,
    ),
    mixed(),
)
