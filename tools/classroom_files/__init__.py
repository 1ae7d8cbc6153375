"""Files that `tools.classroom` copies into the offline pack, and the texts of its pages."""
