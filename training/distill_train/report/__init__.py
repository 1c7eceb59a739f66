"""Previews during a run, and the HTML report at its end."""

import logging

# Matplotlib announces there, on its first import, that it looks for fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
