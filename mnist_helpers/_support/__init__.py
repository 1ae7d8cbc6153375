"""What every folder may use: files, downloads, limits, servers, the machine, pixels, mistakes.

Of digits, this folder knows only the scale of their pixels and where they are centred.
"""

from mnist_helpers._support import limits
from mnist_helpers._support.atomic_write import (
    WriteError,
    check_ordinary,
    try_folder,
    write_atomically,
)
from mnist_helpers._support.centring import centre_on_mass
from mnist_helpers._support.fetching import AwayError, FetchError, fetch, first_answers
from mnist_helpers._support.fingerprints import describe, describe_loader, describe_machine
from mnist_helpers._support.hosting import (
    HERE,
    HOST_WARNING,
    LOOPBACK,
    LaunchError,
    check_place,
    free_port,
    is_open,
)
from mnist_helpers._support.library_folders import gradio_folder, user_cache_dir
from mnist_helpers._support.mistakes import (
    MistakeError,
    are_probabilities,
    call_explained,
    change_batch,
    check_answer,
    check_labels,
    check_loader,
    check_model,
    checked_batches,
    kind_of,
)
from mnist_helpers._support.own_folder import OwnFolder, one_at_a_time
from mnist_helpers._support.pixels import MEAN, STD, check_shape, normalize, to_array
from mnist_helpers._support.run_files import RunFile, no_run_file, read_run
from mnist_helpers._support.runtime import (
    count_cores,
    in_colab,
    in_notebook,
    progress_bar,
    seed_everything,
    take,
    to_device,
)
from mnist_helpers._support.tensor_files import fill_module, is_like, read_description, read_tensors

__all__ = [
    "HERE",
    "HOST_WARNING",
    "LOOPBACK",
    "MEAN",
    "STD",
    "AwayError",
    "FetchError",
    "LaunchError",
    "MistakeError",
    "OwnFolder",
    "RunFile",
    "WriteError",
    "are_probabilities",
    "call_explained",
    "centre_on_mass",
    "change_batch",
    "check_answer",
    "check_labels",
    "check_loader",
    "check_model",
    "check_ordinary",
    "check_place",
    "check_shape",
    "checked_batches",
    "count_cores",
    "describe",
    "describe_loader",
    "describe_machine",
    "fetch",
    "fill_module",
    "first_answers",
    "free_port",
    "gradio_folder",
    "in_colab",
    "in_notebook",
    "is_like",
    "is_open",
    "kind_of",
    "limits",
    "no_run_file",
    "normalize",
    "one_at_a_time",
    "progress_bar",
    "read_description",
    "read_run",
    "read_tensors",
    "seed_everything",
    "take",
    "to_array",
    "to_device",
    "try_folder",
    "user_cache_dir",
    "write_atomically",
]
