"""The pages' own parts, HTML, CSS and JavaScript: the drawing square, the answer, the reader."""
