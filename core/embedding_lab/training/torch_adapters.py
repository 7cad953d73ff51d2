"""Which weights are trained: all of them, those of some layers, or small added matrices.

Heavy: imports torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from embedding_lab.errors import EncoderError
from embedding_lab.training.settings import Adapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedding_lab.training.settings import TrainingSettings


def choose_weights(model: nn.Module, settings: TrainingSettings, name: str) -> None:
    """Freeze what is not to be trained, and add the matrices of an adapter.

    Parameters
    ----------
    model : SentenceTransformer
        The encoder, changed in place.
    settings : TrainingSettings
        Adapter, frozen layers and embeddings.
    name : str
        What the encoder is called, for a message.

    Raises
    ------
    EncoderError
        If it has no layers an adapter or a freeze could be meant for.
    """
    stacks = layer_stacks(model)
    if settings.adapter != Adapter.NONE:
        _add_adapter(model, settings, name)
    if settings.frozen_layers:
        if not stacks:
            raise EncoderError(
                f"The encoder {name} has no layers to freeze.",
                hint="Set the number of frozen layers to 0.",
            )
        for stack in stacks:
            for layer in list(stack)[: settings.frozen_layers]:
                layer.requires_grad_(requires_grad=False)
    if settings.freezes_embeddings or settings.frozen_layers:
        _freeze_embeddings(model)


def layer_stacks(model: nn.Module) -> list[nn.ModuleList]:
    """Return the stacks of equal layers, one for each tower of the encoder."""
    stacks: list[nn.ModuleList] = []
    for module in model.modules():
        if not isinstance(module, nn.ModuleList) or len(module) == 0:
            continue
        is_inner = any(module is part for stack in stacks for part in stack.modules())
        has_weights = all(any(True for _ in layer.parameters()) for layer in module)
        if not is_inner and has_weights and len({type(layer) for layer in module}) == 1:
            stacks.append(module)
    return stacks


def adapter_targets(model: nn.Module) -> list[str]:
    """Return the names of all linear maps inside the layers, which is what adapters are added to.

    Maps before and behind the layers, such as a pooler or a projection, are left alone.
    """
    inside = {id(part) for stack in layer_stacks(model) for part in stack.modules()}
    return [
        name
        for name, module in model.named_modules()
        if id(module) in inside and (isinstance(module, nn.Linear) or _is_transposed(module))
    ]


def _is_transposed(module: nn.Module) -> bool:
    # GPT-2 keeps its linear maps under this name.
    return type(module).__name__ == "Conv1D"


def _add_adapter(model: nn.Module, settings: TrainingSettings, name: str) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    # The library asks the models it changes what only those of transformers can answer.
    towers = [tower for tower in _pretrained(model) if adapter_targets(tower)]
    if not towers:
        raise EncoderError(
            f"The encoder {name} has no linear maps an adapter could be added to.",
            hint="Train all its weights: set the adapter to none.",
        )
    model.requires_grad_(requires_grad=False)
    for tower in towers:
        config = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            use_dora=settings.adapter == Adapter.DORA,
            target_modules=adapter_targets(tower),
        )
        inject_adapter_in_model(config, tower)


def _pretrained(model: nn.Module) -> list[nn.Module]:
    """Return the models of transformers inside an encoder, none of them inside another."""
    from transformers import PreTrainedModel

    found: list[nn.Module] = []
    for module in model.modules():
        is_inner = any(module is part for outer in found for part in outer.modules())
        if isinstance(module, PreTrainedModel) and not is_inner:
            found.append(module)
    return found


def _freeze_embeddings(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Embedding) or type(module).__name__.endswith("Embeddings"):
            module.requires_grad_(requires_grad=False)


def merge_adapters(model: nn.Module) -> None:
    """Add the matrices of an adapter to the weights they stand beside, and take them away."""
    for parent, name, layer in list(_adapted(model)):
        layer.merge(safe_merge=True)
        setattr(parent, name, layer.get_base_layer())
    model.requires_grad_(requires_grad=True)


def _adapted(model: nn.Module) -> Iterator[tuple[nn.Module, str, Any]]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    for parent in model.modules():
        for name, child in parent.named_children():
            if isinstance(child, BaseTunerLayer):
                yield parent, name, child
