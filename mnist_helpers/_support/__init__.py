"""What every folder may use: files, fetching, the machine, pixels.

Nothing in here knows about digits beyond the scale of their pixels.
"""

from mnist_helpers._support import limits
from mnist_helpers._support.atomic_write import write_atomically
from mnist_helpers._support.centring import centre_on_mass
from mnist_helpers._support.fetching import (
    NETWORK_ERRORS,
    fetch,
    first_answers,
    host,
    is_timeout,
    reason,
)
from mnist_helpers._support.hosting import (
    HERE,
    HOST_WARNING,
    LOOPBACK,
    LaunchError,
    check_place,
    free_port,
    is_open,
)
from mnist_helpers._support.pixels import MEAN, STD, check_shape, normalize
from mnist_helpers._support.runtime import (
    count_cores,
    in_colab,
    in_notebook,
    progress_bar,
    seed_everything,
)

__all__ = [
    "HERE",
    "HOST_WARNING",
    "LOOPBACK",
    "MEAN",
    "NETWORK_ERRORS",
    "STD",
    "LaunchError",
    "centre_on_mass",
    "check_place",
    "check_shape",
    "count_cores",
    "fetch",
    "first_answers",
    "free_port",
    "host",
    "in_colab",
    "in_notebook",
    "is_open",
    "is_timeout",
    "limits",
    "normalize",
    "progress_bar",
    "reason",
    "seed_everything",
    "write_atomically",
]
