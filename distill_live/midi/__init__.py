"""MIDI input: controllers, notes and programs become OSC messages to the instrument.

`controls`, `bindings` and `mapper` do no I/O; `mapping_file` is the performer's TOML file. A bridge
process (`bridge`) listens to `ports` and sends with `osc_client`; `supervisor` keeps it running.
Needs the extra ``[midi]``.
"""
