"""MIDI: controllers, notes and programs become what can be said to the instrument over OSC.

`controls` and `pickup` know MIDI and knobs, `bindings` and `mapping` what moves what, all without
I/O; `mapping_file` is the performer's own TOML. `ports` and `bridge` are the edge: a process that
listens to ports and speaks OSC, kept alive by `keeper`. It needs the extra ``[midi]``.
"""
