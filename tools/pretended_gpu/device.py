"""The device: tensors that say that they lie on a GPU, and what CUDA would refuse or wait for.

`install` opens PyTorch's own door for a device that is written in Python
(`torch.utils.backend_registration`). Each tensor on the device wraps one on the CPU. Every
operation passes `Pretended.__torch_dispatch__`, which unwraps, computes and wraps again. The door
is experimental and private; `missing_door` says whether this PyTorch lacks it.

What it cannot show: nothing runs at the same time as Python, memory is that of the computer, and
the results are those of the CPU, to the last bit.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import backend_registration

NAME = "pretend"
DOOR = "_setup_privateuseone_for_python_backend"
aten = torch.ops.aten
# What cannot go on before the device has answered: a value is read, or the size of a result
# depends on one.
READS = {
    getattr(aten, name)
    for name in (
        *("_local_scalar_dense", "is_nonzero", "equal", "allclose", "nonzero", "masked_select"),
        *("repeat_interleave", "_unique", "_unique2", "unique_dim", "unique_consecutive"),
        *("bincount", "histc", "_linalg_eigh", "_linalg_svd", "multinomial"),
    )
}
INDEXING = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_}
TWO_DEVICES = (
    f"Expected all tensors to be on the same device, but found at least two devices, {NAME}:0 and "
    "cpu!"
)
NO_NUMPY = (
    f"can't convert {NAME}:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to "
    "host memory first."
)
ASSERT = "CUDA error: device-side assert triggered"


@dataclass
class Seen:
    """What has been counted.

    Attributes:
        waits: how often Python had to wait for the device: a value was read, or a tensor fetched;
            or one was brought there without ``non_blocking``.
        copies: how many tensors were brought to the device.
        places: the line of code of each wait, ``file.py:12``, with their number.
    """

    waits: int = 0
    copies: int = 0
    places: Counter[str] = field(default_factory=Counter)

    def wait(self) -> None:
        """Note a wait, and which line of code outside PyTorch asked for it."""
        self.waits += 1
        frame = sys._getframe(1)
        while frame.f_back and ("torch" in frame.f_code.co_filename or _ours(frame)):
            frame = frame.f_back
        self.places[f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"] += 1


def _ours(frame: Any) -> bool:
    return frame.f_code.co_filename == __file__


_counters = [Seen()]


@contextmanager
def counting() -> Iterator[Seen]:
    """Count the waits and the copies that happen inside."""
    seen = Seen()
    _counters.append(seen)
    try:
        yield seen
    finally:
        _counters.remove(seen)


def _wait() -> None:
    for seen in _counters:
        seen.wait()


def _copy(blocking: bool) -> None:
    for seen in _counters:
        seen.copies += 1
    if blocking:
        _wait()


def _refuse(*_: Any, **__: Any) -> Any:
    raise TypeError(NO_NUMPY)


class Pretended(torch.Tensor):
    """A CPU tensor, ``raw``, that says that it lies on the pretended device."""

    raw: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]  # as in PyTorch's own subclasses
    numpy = __array__ = __dlpack__ = _refuse

    @staticmethod
    def __new__(cls, raw: torch.Tensor) -> "Pretended":
        """Wrap a CPU tensor."""
        tensor = torch.Tensor._make_wrapper_subclass(
            cls,
            raw.size(),
            strides=raw.stride(),
            storage_offset=raw.storage_offset(),
            dtype=raw.dtype,
            layout=raw.layout,
            device=torch.device(NAME, 0),
            requires_grad=False,
        )
        tensor.raw = raw
        return tensor

    def __init__(self, raw: torch.Tensor):
        pass

    def tolist(self) -> Any:
        """The values as lists: a wait."""
        _wait()
        return self.raw.detach().tolist()

    def pin_memory(self, *_: Any) -> Any:
        """Refuse: only the computer's own memory can be pinned."""
        raise RuntimeError(f"cannot pin '{self.type()}' only dense CPU tensors can be pinned")

    def untyped_storage(self) -> Any:
        """Its memory, which can be measured and told from another, but not read."""
        return _Storage(self.raw)

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(_indices(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(_indices(index), value)

    def __format__(self, spec: str) -> str:
        return format(self.item() if self.dim() == 0 else repr(self), spec)

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]  # PyTorch passes more
        _wait()
        return f"{NAME}({self.raw!r})"

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # PyTorch calls it in this way
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Do an operation on the device, or refuse it."""
        kwargs, packet = dict(kwargs or {}), func.overloadpacket
        device = kwargs.get("device")
        there = None if device is None else torch.device(device).type == NAME
        if packet is aten._to_copy:
            return _moved(func, args[0], there, kwargs)
        if packet is aten.copy_:
            return _copied(*args, **kwargs)
        if packet in INDEXING:
            _check_indices(packet, args)
            inside = _on_device(args[0])
        else:
            inside = _check_together(func, args, kwargs)
            if packet in READS and inside:
                _wait()
        there = bool(inside) if there is None else there
        if device is not None:
            kwargs["device"] = "cpu"
        kwargs.pop("pin_memory", None)
        found = _compute(func, args, kwargs, there)
        if func._schema.is_mutable and args and _on_device(args[0]) and found is args[0].raw:
            return args[0]
        return _wrapped(found) if there else found


class _Storage:
    def __init__(self, raw: torch.Tensor):
        storage = raw.untyped_storage()
        self.device = torch.device(NAME, 0)
        self.data_ptr, self.nbytes, self.size = storage.data_ptr, storage.nbytes, storage.size


def _on_device(value: Any) -> bool:
    return isinstance(value, Pretended)


def _unwrapped(value: Any) -> Any:
    if isinstance(value, Pretended):
        return value.raw
    if isinstance(value, list | tuple):
        return type(value)(map(_unwrapped, value))
    return value


def _wrapped(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value if isinstance(value, Pretended) else Pretended(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_wrapped, value))
    return value


def _indices(index: Any) -> Any:
    """An index with tensors in place of lists, which PyTorch does not take on such a device."""
    if isinstance(index, list):
        return torch.tensor(index)
    return tuple(map(_indices, index)) if isinstance(index, tuple) else index


def _check_together(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    """Whether the tensors of a call are on the device; an error if some are and some are not.

    Single CPU numbers may meet tensors of the device, but not be changed by them, nor be in a list.
    """
    changed = []
    if func._schema.is_mutable:
        names = [one.name for one in func._schema.arguments if one.is_write]
        changed = [kwargs[name] for name in names if name in kwargs] or list(args[:1])
    here = there = False
    for value in (*args, *kwargs.values()):
        if isinstance(value, torch.Tensor):
            counts = value.dim() > 0 or any(value is one for one in changed)
            there |= _on_device(value)
            here |= not _on_device(value) and counts
        elif isinstance(value, list | tuple):
            for one in value:
                if isinstance(one, torch.Tensor):
                    there |= _on_device(one)
                    here |= not _on_device(one)
    if here and there:
        raise RuntimeError(TWO_DEVICES)
    return there


def _check_indices(packet: Any, args: Sequence[Any]) -> None:
    """CUDA takes indices from the CPU, after a copy; the CPU takes none from CUDA."""
    indexed, indices = args[0], [one for one in args[1] if one is not None]
    if not _on_device(indexed):
        if any(map(_on_device, indices)):
            raise RuntimeError(
                "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
            )
        if len(args) > 2 and _on_device(args[2]):
            raise RuntimeError(TWO_DEVICES)
        return
    number = len(args) > 2 and args[2].numel() == 1
    if len(args) > 2 and not _on_device(args[2]) and args[2].dim() > 0:
        raise RuntimeError(TWO_DEVICES)
    for index in indices:
        if not _on_device(index):
            _copy(blocking=True)
        elif index.dtype in (torch.bool, torch.uint8) and not number:
            _wait()  # how many there are decides the result's size


def _moved(func: Any, tensor: torch.Tensor, there: bool | None, kwargs: dict[str, Any]) -> Any:
    """A copy of a tensor, on the other device or on the same."""
    blocking = not kwargs.pop("non_blocking", False)
    kwargs = {name: value for name, value in kwargs.items() if name not in ("device", "pin_memory")}
    was_there = _on_device(tensor)
    there = was_there if there is None else there
    if was_there and not there:
        _wait()
    elif there and not was_there:
        _copy(blocking)
    found = func(_unwrapped(tensor), **kwargs)
    return Pretended(found) if there else found


def _copied(target: torch.Tensor, source: torch.Tensor, non_blocking: bool = False) -> torch.Tensor:
    """What ``target.copy_(source)`` does."""
    if _on_device(source) and not _on_device(target):
        _wait()
    elif _on_device(target) and not _on_device(source):
        _copy(not non_blocking)
    _unwrapped(target).copy_(_unwrapped(source))
    return target


def _compute(func: Any, args: Sequence[Any], kwargs: dict[str, Any], there: bool) -> Any:
    """The result, computed on the CPU, with the random numbers of the device."""
    arguments = [_unwrapped(one) for one in args]
    named = {name: _unwrapped(value) for name, value in kwargs.items()}
    if not there:
        return func(*arguments, **named)
    generator = _given_generator(arguments, named)
    if generator is not None and generator._cdata not in _generators:  # type: ignore[attr-defined]  # PyTorch names it nowhere
        raise RuntimeError(
            f"Expected a '{NAME}' device type for generator but found '{generator.device.type}'"
        )
    try:
        if generator is None and torch.Tag.nondeterministic_seeded in func.tags:
            with _Random.of_the_device():
                return func(*arguments, **named)
        return func(*arguments, **named)
    except IndexError as error:  # CUDA notices it later, and cannot go on then
        raise RuntimeError(ASSERT) from error


_RealGenerator = torch.Generator
_generators: dict[int, torch.Generator] = {}  # those of the device, by the address of their core


def _given_generator(arguments: Sequence[Any], named: dict[str, Any]) -> torch.Generator | None:
    for one in (*arguments, *named.values()):
        if isinstance(one, _RealGenerator):
            return one
    return None


class _Generator(_RealGenerator):
    """A generator of random numbers for the device; a CPU generator does the work."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]  # PyTorch declares a plain value
        return torch.device(NAME, 0)


class _AnyKind(type(_RealGenerator)):  # type: ignore[misc]  # PyTorch has no type for it
    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, _RealGenerator)


class AnyGenerator(_RealGenerator, metaclass=_AnyKind):
    """What stands in for `torch.Generator`: it makes the kind that the device needs."""

    def __new__(cls, device: Any = "cpu") -> torch.Generator:  # type: ignore[misc]  # PyTorch has no type for it
        """A generator for a device, by name."""
        device = torch.device(_meant(device))
        if device.type != NAME:
            return _RealGenerator(device)
        made = _Generator()
        return _generators.setdefault(made._cdata, made)  # type: ignore[attr-defined]  # PyTorch has no type for it


class _Random:
    """The device's own random numbers: they advance without those of the CPU."""

    state = _RealGenerator().manual_seed(0).get_state()

    @classmethod
    @contextmanager
    def of_the_device(cls) -> Iterator[None]:
        before = torch.default_generator.get_state()
        torch.default_generator.set_state(cls.state)
        try:
            yield
        finally:
            cls.state = torch.default_generator.get_state()
            torch.default_generator.set_state(before)

    @classmethod
    def seed(cls, seed: int) -> None:
        cls.state = _RealGenerator().manual_seed(seed).get_state()

    @classmethod
    def get(cls, *_: Any) -> torch.Tensor:
        return cls.state.clone()

    @classmethod
    def put(cls, state: torch.Tensor, *_: Any) -> None:
        cls.state = state.clone()


class Module:
    """What `torch.pretend` and `torch.cuda` answer."""

    is_available = is_initialized = staticmethod(lambda: True)
    _is_in_bad_fork = staticmethod(lambda: False)
    current_device = staticmethod(lambda: 0)
    device_count = staticmethod(lambda: 1)
    get_device_name = staticmethod(lambda *_: "a pretended GPU")
    set_device = _lazy_init = empty_cache = staticmethod(lambda *_: None)
    memory_allocated = max_memory_allocated = staticmethod(lambda *_: 0)
    manual_seed = manual_seed_all = staticmethod(_Random.seed)
    get_rng_state = staticmethod(_Random.get)
    set_rng_state = staticmethod(_Random.put)
    synchronize = staticmethod(lambda *_: _wait())
    get_amp_supported_dtype = staticmethod(lambda: [torch.float16, torch.bfloat16])


def _cuda_is_available() -> bool:
    """Whether to pretend: not to Keras, which would compile for the driver that is not there."""
    return not sys._getframe(1).f_globals.get("__name__", "").startswith("keras")


def _another(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function as another object; PyTorch's compiler tells them apart by that."""
    return lambda *arguments, **options: function(*arguments, **options)


def _meant(device: Any) -> Any:
    """The device that is meant: whoever names CUDA gets the pretended one."""
    if isinstance(device, torch.device):
        return torch.device(NAME, 0) if device.type == "cuda" else device
    return NAME if isinstance(device, str) and device.split(":")[0] == "cuda" else device


class _CudaMeansPretended(TorchFunctionMode):
    """In this thread, whoever names CUDA gets the pretended device."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if "device" in kwargs:
            kwargs = {**kwargs, "device": _meant(kwargs["device"])}
        for one in args:
            if type(one) in (str, torch.device):
                args = tuple(map(_meant, args))
                break
        return func(*args, **kwargs)


def _made_here_first(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """``torch.tensor`` and ``torch.as_tensor``, which have no kernel for such a device."""

    def make(data: Any, *arguments: Any, device: Any = None, **options: Any) -> torch.Tensor:
        if device is None or torch.device(_meant(device)).type != NAME:
            return function(data, *arguments, device=device, **options)
        needs_grad = options.pop("requires_grad", False)
        made = function(data, *arguments, **options).to(NAME)
        return made.requires_grad_() if needs_grad else made

    return make


def missing_door() -> str | None:
    """Why there can be no such device here, or None."""
    if hasattr(backend_registration, DOOR):
        return None
    return f"this PyTorch has no door for a pretended GPU (torch {torch.__version__})"


_installed: list[Any] = []  # PyTorch lets go of what nobody holds


def install() -> None:
    """Make the pretended device the accelerator of this process; it stays until the process ends.

    Raises:
        RuntimeError: if this PyTorch lacks the door.
    """
    if _installed:
        return
    if why := missing_door():
        raise RuntimeError(why)
    getattr(backend_registration, DOOR)(NAME, backend_module=Module())
    library = torch.library.Library("_", "IMPL")
    library.fallback(
        lambda op, *args, **kwargs: Pretended.__torch_dispatch__(op, (), args, kwargs),
        "PrivateUse1",
    )
    mode = _CudaMeansPretended()
    mode.__enter__()
    _installed.extend([library, mode])
    for name in vars(Module):
        if hasattr(torch.cuda, name) and not name.startswith("__"):
            setattr(torch.cuda, name, _another(getattr(Module, name)))
    replaced: dict[Any, dict[str, Any]] = {
        torch: {"Generator": AnyGenerator},
        torch.cuda: {"is_available": _cuda_is_available},
        torch.Tensor: {
            "cuda": lambda tensor, *_, **options: tensor.to(NAME, **options),
            "pin_memory": lambda tensor, *_: tensor.clone(),
        },
    }
    for function in (torch.tensor, torch.as_tensor):
        replaced[torch][function.__name__] = _made_here_first(function)
    for place, names in replaced.items():
        for name, thing in names.items():
            setattr(place, name, thing)
