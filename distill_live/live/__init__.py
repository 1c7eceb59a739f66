"""The live instrument: control, synthesis, audio and recorder processes around shared memory.

`control` starts and supervises `synthesis`, which renders ahead into the ring, `audio`, which plays
it, and `recording`. They exchange messages through pipes (`ipc`).
"""
