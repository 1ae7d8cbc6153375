"""nbgrader's settings for this course, which it reads from the folder in which it is called."""

import os
import sysconfig
from datetime import UTC, datetime

from jupyter_client.manager import KernelManager
from nbgrader.converters import Autograde
from nbgrader.plugins import FileNameCollectorPlugin, zipcollect
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

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


class CopiedCells(NbGraderPreprocessor):
    """Turns cells that a student copied into ordinary ones.

    Of two cells with one name, nbgrader lets the last count and empties the settings of the others.
    A cell from another notebook loses its name. But nbgrader then reads what is left as the
    settings of an old version, and grades nobody any more.
    """

    def preprocess_cell(self, cell, resources, index):
        """Return the cell, without nbgrader's settings if they have no name, and the resources."""
        settings = cell.metadata.get("nbgrader", {})
        if "grade_id" in settings:
            settings["schema_version"] = 3  # a copy from another year's course counts, too
        else:
            cell.metadata.pop("nbgrader", None)
        return cell, resources


class ExecuteWithinBounds(Execute):
    """Keeps the first megabyte that a cell shows: a loop that prints would fill the memory."""

    most, shown, at = 1_000_000, 0, -1

    def process_message(self, msg, cell, cell_index):
        """Drop what a cell shows beyond the limit, but no error."""
        if msg["msg_type"] in ("stream", "display_data", "execute_result"):
            self.shown = len(str(msg["content"])) + (self.shown if self.at == cell_index else 0)
            self.at = cell_index
            if self.shown > self.most:
                return None
        return super().process_message(msg, cell, cell_index)


*sanitizers, validator = Autograde().sanitize_preprocessors
c.Autograde.sanitize_preprocessors = [*sanitizers, CopiedCells, ChecksWithoutTags, validator]
c.Autograde.autograde_preprocessors = [
    ExecuteWithinBounds if one is Execute else one for one in Autograde().autograde_preprocessors
]

# Without this, ipykernel 7.3 and newer warn about each student's kernel.
if hasattr(KernelManager, "transport_encryption"):
    c.KernelManager.transport_encryption = "auto"

# Students hand in files such as anna_01_data.ipynb: their name, then the notebook's.
c.FileNameCollectorPlugin.named_regexp = (
    rf".*[/\\](?P<student_id>[^/\\]+?)[ _-]+(?P<file_id>{'|'.join(os.listdir('source'))})"
    r"[^/\\]*\.ipynb$"
)


class NewestFile(FileNameCollectorPlugin):
    """Notes when each file was changed; otherwise two files of one student end the collecting."""

    def collect(self, submitted_file):
        """What the file's name says, and when the file was changed."""
        found = super().collect(submitted_file)
        if found:
            # The copy in extracted/ is new; the file in archive/ is as old as it was.
            parts = submitted_file.rsplit(f"{os.sep}extracted{os.sep}", 1)
            original = f"{os.sep}archive{os.sep}".join(parts)
            changed = os.path.getmtime(original if os.path.exists(original) else submitted_file)
            found["timestamp"] = datetime.fromtimestamp(changed, UTC).isoformat()
        return found


c.ZipCollectApp.collector_plugin = NewestFile


def unzip(src, *arguments, unzip=zipcollect.unzip, **options):
    """Unpack a zip file; if it is damaged, say so, and go on with the others."""
    try:
        unzip(src, *arguments, **options)
    except Exception as error:
        print(f"{src} cannot be unpacked, so it is left out: {error}")


zipcollect.unzip = unzip
