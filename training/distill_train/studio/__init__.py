"""Studio: the trainer's pages in a browser, for recordings, runs, models, comparisons and renders.

It keeps no state of its own: runs, renders and the instrument are processes of the command lines
that outlive it, and everything it shows is read from files.
"""
