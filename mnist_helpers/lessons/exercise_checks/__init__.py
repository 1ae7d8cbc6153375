"""The checks of the exercises: a module for each notebook that has some, and one function to call.

`check_machine`, which looks at the computer, is in `mnist_helpers.lessons.machine_check`.
"""

from . import n01, n02, n03, n04, n05, n06, n07, n08  # noqa: F401 - importing them registers the tasks
from .core import check as check
from .core import listen_to_ipython

listen_to_ipython()
