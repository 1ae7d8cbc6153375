"""nbgrader's settings for this course. nbgrader reads them in the folder in which it is called."""

import os
import sysconfig

from nbgrader.converters import Autograde
from nbgrader.preprocessors import NbGraderPreprocessor

c = get_config()  # noqa: F821 - nbgrader gives it

# nbgrader makes the gradebook with a program, alembic, that it looks for in the PATH. It is found
# beside this Python, too, if the environment is not activated. Without it the first command fails,
# the second works, and the gradebook can never be upgraded.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])

c.CourseDirectory.course_id = "mnist"

# The notebooks in source/ hold no answers: `...` stands in their place. nbgrader's own step would
# empty these cells, with the names that the checks ask for.
c.ClearSolutions.enabled = False

# Seconds for one cell. One that takes longer is stopped and gets no points; the rest is graded.
# The first import of torch alone may take half a minute on an old laptop.
c.Execute.timeout = 120
# Seconds to wait for what a cell printed, once it is done or stopped. The usual 4 are too few for
# a busy machine, and then nothing of the notebook is graded.
c.Execute.iopub_timeout = 30

# A long example that gives no points is not executed. Its tag on a check would skip the check, and
# nbgrader takes a check without an error for a right answer; so checks lose all their tags.
c.Execute.skip_cells_with_tag = "takes-long"


class ChecksWithoutTags(NbGraderPreprocessor):
    """Takes the tags off all cells that give points."""

    def preprocess_cell(self, cell, resources, index):
        """As nbconvert wants it: returns the cell and the resources."""
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.pop("tags", None)
        return cell, resources


c.Autograde.sanitize_preprocessors = [*Autograde().sanitize_preprocessors, ChecksWithoutTags]

# What the students hand in is called anna_01_data.ipynb: a name, then the notebook's.
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\](?P<student_id>[^/\\]+?)[ _-]+(?P<file_id>\d\d_[a-z]+)[^/\\]*\.ipynb$"
)
