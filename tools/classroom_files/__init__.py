"""What the offline pack (`tools.classroom`) copies, and the text of its pages."""
