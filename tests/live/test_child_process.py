"""Child process handle of the control process."""

import asyncio
from pathlib import Path

import pytest

from distill_live.ipc.child_process import Child
from distill_live.ipc.protocol import Message, Ready, Stop

pytestmark = pytest.mark.process

KILLED_WITHIN_A_LINE = """
from distill_live.ipc import pipes


def run(parent, settings):
    pipes.encode = lambda message: b'{"type":"Ready"}\\n{"ty'
    parent.send(settings)
"""


def test_what_a_process_was_killed_within_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "killed.py").write_text(KILLED_WITHIN_A_LINE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def heard() -> list[Message]:
        child = await Child.start("killed", Stop(), ())
        return [message async for message in child.messages()]

    assert asyncio.run(heard()) == [Ready()]
