"""The live instrument: three processes round one block of shared memory.

`control` starts and supervises `synthesis`, which renders ahead into the ring, and `audio`, which
copies from it. Commands and reports travel as JSON lines through pipes (`messages`).
"""
