"""Why a model cannot take a batch: found by looking at what it was given, and by trying cures.

A cure is named only if a copy of the model was seen to work with it. So no sentence is a guess;
where nothing is certain, nothing is said.
"""

import copy
import dis
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.overrides import TorchFunctionMode

from mnist_helpers._support.batch_checks import MistakeError, kind_of


def call_explained(call: Callable[[Tensor], Any], images: Tensor) -> Any:
    """What a model or another function gives for a batch; MistakeError if it is clear why not."""
    try:
        return call(images)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        if why := _explain(call, images):
            raise MistakeError(why) from error
        raise


def change_batch(change: Callable[[Tensor], Any], images: Tensor) -> Tensor:
    """The batch that a function makes of one; MistakeError unless it is as long."""
    changed = call_explained(change, images)
    if not isinstance(changed, Tensor) or changed.shape[:1] != images.shape[:1]:
        what = tuple(changed.shape) if isinstance(changed, Tensor) else kind_of(changed)
        raise MistakeError(f"augment must return {len(images)} images, but returned {what}.")
    return changed


def _explain(call: Callable[[Tensor], Any], images: Tensor) -> str | None:
    """Why ``call(images)`` has failed: one or two sentences with a cure, or None.

    Of a model, a copy is tried. What the caller's own code says with ``raise`` or ``assert`` is
    not explained.
    """
    if isinstance(call, DistributedDataParallel):
        model: nn.Module = call.module
        weights = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
        call = model
        unused = [name for name, one in weights if one.grad is None]
        if 0 < len(unused) < len(weights):
            return (
                f"The model does not use {', '.join(unused)}. Several processes cannot train such "
                "a model together: leave out these weights, or freeze them."
            )
    try:
        call = copy.deepcopy(call)
    except Exception:  # whatever it is, nothing can be tried
        return None
    watch = _Watch(call)
    try:
        with torch.no_grad(), watch:
            call(images)
    except Exception as error:
        if _is_said_by_others(error):
            return None
        operands = watch.operands if watch.error is error else []
        layer = watch.inside[-1] if watch.inside else None
    else:
        return None  # it failed for another reason, such as chance
    if len(places := {str(tensor.device) for tensor in operands if tensor.ndim}) > 1:
        return (
            f"Two tensors are in different places ({' and '.join(sorted(places))}): the batch is "
            f"on '{images.device}', but something that the model uses is not. Make such tensors in "
            "forward with device=images.device, or register them with register_buffer."
        )
    if cure := _find_cure(call, images):
        return cure
    kinds = {str(tensor.dtype) for tensor in operands if tensor.is_floating_point()}
    if len(kinds) > 1:
        return (
            f"The model mixes {' and '.join(sorted(kinds))} in one operation. Give the tensors "
            "that it makes or keeps the images' dtype, for example with .to(images.dtype)."
        )
    return _explain_layer(*layer, images) if layer else None


def _is_said_by_others(error: Exception) -> bool:
    """Whether a ``raise`` or ``assert`` outside PyTorch and this package has made the error."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    if place is None:
        return False
    package = place.tb_frame.f_globals.get("__name__", "").split(".")[0]
    spoken = place.tb_frame.f_code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    return spoken and package not in ("torch", "mnist_helpers")


class _Watch(TorchFunctionMode):
    """Notes the operation that fails, with its tensors, and the layers that were being computed."""

    def __init__(self, call: Any):
        super().__init__()
        self.error: Exception | None = None
        self.operands: list[Tensor] = []
        self.inside: list[tuple[str, nn.Module, Any]] = []
        for name, layer in call.named_modules() if isinstance(call, nn.Module) else ():
            layer.register_forward_pre_hook(self._enter(name))
            layer.register_forward_hook(lambda *_: self.inside.pop() and None)

    def _enter(self, name: str) -> Callable[[nn.Module, Any], None]:
        return lambda layer, given: self.inside.append((name, layer, given[0] if given else None))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        try:
            return func(*args, **(kwargs or {}))
        except Exception as error:
            given = [*args, *(kwargs or {}).values()]
            inner = [one for group in given if isinstance(group, list | tuple) for one in group]
            self.operands = [one for one in [*given, *inner] if isinstance(one, Tensor)]
            self.error = error
            raise


def _find_cure(call: Callable[[Tensor], Any], images: Tensor) -> str | None:
    """What makes the batch fit: another kind of numbers, another shape, or both."""
    weights = call.parameters() if isinstance(call, nn.Module) else ()
    kinds = {weight.dtype for weight in weights if weight.is_floating_point()}
    wanted = kinds.pop() if len(kinds) == 1 else torch.float32
    first = ""
    if wanted != images.dtype:
        cure = f"images.to({wanted}), or model.float() and float32 images"
        if wanted == torch.float32:
            cure = "images.float()"
        if not images.is_floating_point():
            cure = "images.float() / 255"
        first = f"The images are {images.dtype}, but {wanted} is needed. Use {cure}."
    for changed, words in _changes(images.to(wanted)):
        if (first or words) and _works(call, changed):
            return f"{first} {words}".strip()
    return None


def _works(call: Callable[[Tensor], Any], images: Tensor) -> bool:
    try:
        with torch.no_grad():
            answer = call(images)
    except Exception:
        return False
    right_shape = isinstance(answer, Tensor) and (answer.ndim == 2 or answer.shape == images.shape)
    return right_shape and len(answer) == len(images)


def _changes(images: Tensor) -> Iterator[tuple[Tensor, str]]:
    """The batch as it is, and in other shapes, each with the words that advise it."""
    yield images, ""
    n, *size = images.shape
    has = f"The images have shape {tuple(images.shape)}"
    if len(size) == 1 and (side := math.isqrt(size[0])) ** 2 == size[0]:
        words = (
            f"the model takes (n, 1, {side}, {side}). Use images.reshape(-1, 1, {side}, {side})."
        )
        yield images.reshape(n, 1, side, side), f"{has}, but {words}"
    if len(size) == 2:
        words = f"A convolution takes (n, 1, {size[0]}, {size[1]}). Use images.unsqueeze(1)."
        yield images.unsqueeze(1), f"{has}: the channel axis is missing. {words}"
    if len(size) == 3:
        words = "the channel axis comes last, but PyTorch's convolutions want it second. Use "
        yield images.movedim(-1, 1), f"{has}: {words}images.permute(0, 3, 1, 2)."
        if size[0] == 1:
            words = "one channel, but the model takes 3. Use images.expand(-1, 3, -1, -1)."
            yield images.expand(-1, 3, -1, -1), f"{has}: {words}"
        else:
            words = "channels, but the model takes one. Use images.mean(dim=1, keepdim=True)."
            yield images[:, :1], f"{has}: {size[0]} {words}"
    if len(size) == 4 and size[0] == 1:
        yield images.squeeze(1), f"{has}: that is one axis too many. Use images.squeeze(1)."
    if len(size) > 1:
        words = f"the model takes each image as one row of {math.prod(size)} numbers."
        yield images.flatten(1), f"{has}, but {words} Let the model begin with nn.Flatten()."


def _explain_layer(name: str, layer: nn.Module, given: Any, images: Tensor) -> str | None:
    """Why one of PyTorch's layers cannot take what it was given, if its numbers say so."""
    if not isinstance(given, Tensor) or given.ndim < 2:
        return None
    shape, kind = tuple(given.shape), type(layer).__name__
    says = f"The layer {name} ({kind})" if name else f"The model ({kind})"
    if isinstance(layer, nn.Linear) and shape[-1] != layer.in_features:
        if math.prod(shape[1:]) == layer.in_features:
            return f"{says} gets shape {shape}: a flatten is missing. Put nn.Flatten() before it."
        flat = " after nn.Flatten()" if given.ndim > 2 else ""
        count = math.prod(shape[1:])
        return (
            f"{says} expects {layer.in_features} numbers per image, but gets {count}{flat}. For "
            f"images of shape {tuple(images.shape[1:])} it must be nn.Linear({count}, "
            f"{layer.out_features}){flat}."
        )
    if isinstance(layer, nn.Conv2d) and (given.ndim != 4 or shape[1] != layer.in_channels):
        if given.ndim == 3:
            return (
                f"{says} gets shape {shape}: the channel axis is missing. It takes "
                f"(n, {layer.in_channels}, height, width). Use images.unsqueeze(1)."
            )
        gets = shape[1] if given.ndim == 4 else "none"
        return (
            f"{says} expects {layer.in_channels} channels, but gets {gets}: its input has "
            f"shape {shape}. The channels are the second number of four."
        )
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        if layer.training and given.numel() == shape[1] == layer.num_features:
            return (
                f"{says} gets a batch of one image, and cannot learn from one value how far values "
                "spread. Use larger batches, or drop_last=True if only the last one is so small."
            )
        other = "BatchNorm1d" if given.ndim < 4 else "BatchNorm2d"
        if kind != other and shape[1] == layer.num_features:
            return f"{says} gets shape {shape}. For this shape, use nn.{other}."
        if shape[1] != layer.num_features:
            return f"{says} expects {layer.num_features} channels, but gets {shape[1]}."
    if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) and given.ndim == 4:
        window: tuple[Any, Any] = (layer.kernel_size, layer.padding)
        kernel, border = (max(one) if isinstance(one, tuple) else one for one in window)
        if border != "same" and min(shape[2:]) + 2 * int(border != "valid" and border) < kernel:
            return (
                f"{says} gets maps of {shape[2]}×{shape[3]}, which are smaller than its window of "
                f"{kernel}×{kernel}. Leave out a pooling layer before it, or use larger images."
            )
    return None
