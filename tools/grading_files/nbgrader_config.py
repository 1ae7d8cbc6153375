"""nbgrader's settings for this course, which it reads from the folder in which it is called."""

import os
import sysconfig

from nbgrader.converters import Autograde
from nbgrader.preprocessors import NbGraderPreprocessor

c = get_config()  # noqa: F821 - nbgrader defines it

# nbgrader makes the gradebook with a program, alembic, which it looks for in PATH. This line lets
# it find alembic beside this Python even if the environment is not activated. Otherwise the first
# command would fail, the second would work, and the gradebook could never be upgraded.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])

c.CourseDirectory.course_id = "mnist"

# The notebooks in source/ have `...` instead of answers. nbgrader's own step would empty these
# cells, so that the checks would not find the names that they ask for.
c.ClearSolutions.enabled = False

# Seconds for one cell. A cell that takes longer is stopped and gets no points; the rest is graded.
# On an old laptop, the first import of torch alone may take half a minute.
c.Execute.timeout = 120
# Seconds to wait for what a cell printed, once it has ended. The default, 4, is too short on a busy
# machine, and if the time runs out, nothing in the notebook is graded.
c.Execute.iopub_timeout = 30

# Long examples, which give no points, are not executed. A student could put their tag on a check to
# skip it, and nbgrader counts a check without an error as passed; so checks lose all their tags.
c.Execute.skip_cells_with_tag = "takes-long"


class ChecksWithoutTags(NbGraderPreprocessor):
    """Removes the tags of all cells that give points."""

    def preprocess_cell(self, cell, resources, index):
        """Return the cell, without its tags if it gives points, and the resources."""
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.pop("tags", None)
        return cell, resources


c.Autograde.sanitize_preprocessors = [*Autograde().sanitize_preprocessors, ChecksWithoutTags]

# Students hand in files such as anna_01_data.ipynb: their name, then the notebook's.
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\](?P<student_id>[^/\\]+?)[ _-]+(?P<file_id>\d\d_[a-z]+)[^/\\]*\.ipynb$"
)
