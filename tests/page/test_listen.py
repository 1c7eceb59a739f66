"""Listen here: what the page plays is what went out, sample for sample at equal rates."""

import base64
import struct
import threading
import time
from collections import deque

import numpy as np
import pytest
from playwright.sync_api import Browser
from support.browser import Problems, new_page
from support.instrument import PATIENCE_S, Instrument
from websockets.sync.client import connect

pytestmark = pytest.mark.process

EXACT_S = 0.5
"""How long nothing may differ. A machine may be so busy that sound is missing now and then."""

RECORDER = """
registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([[left, right]]) {
    if (left) {
      const frames = new Float32Array(2 * left.length);
      left.forEach((sample, index) => frames.set([sample, right[index]], 2 * index));
      this.port.postMessage(frames);
    }
    return true;
  }
});
"""

LISTEN = """async (recorderModule) => {
  const { Listener } = await import("/page/listen.js");
  window.listener = new Listener();
  window.states = [];
  listener.addEventListener("change", () => states.push(listener.state));
  await listener.start();
  const context = listener._context;
  const module = new Blob([recorderModule], { type: "text/javascript" });
  await context.audioWorklet.addModule(URL.createObjectURL(module));
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  window.played = [];
  recorder.port.onmessage = ({ data }) => played.length < 375 && played.push(data); // one second
  listener._node.connect(recorder);
  return context.sampleRate;
}"""

GAPS = """async () => {
  const context = new AudioContext({ sampleRate: 48000 });
  await context.audioWorklet.addModule("/page/listen_worklet.js");
  const options = { numberOfInputs: 0, outputChannelCount: [2] };
  const node = new AudioWorkletNode(context, "listen", options);
  window.report = null;
  node.port.onmessage = ({ data }) => (window.report = data);
  node.connect(context.destination);
  await context.resume();
  node.port.postMessage({ rate: 48000, channels: 2 });
  window.put = (frame, frames) => {
    const message = new ArrayBuffer(8 + 8 * frames);
    new DataView(message).setBigUint64(0, BigInt(frame), true);
    node.port.postMessage(message, [message]);
  };
}"""

TAKE = """async () => {
  const bytes = new Uint8Array(await new Blob(played).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


class Sent:
    """What goes out, as a second listener gets it, until it has seen enough."""

    def __init__(self, url: str) -> None:
        self._url, self._ending = url, threading.Event()
        self._parts: deque[bytes] = deque(maxlen=1000)
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()

    def _receive(self) -> None:
        with connect(self._url) as connection:
            while not self._ending.is_set():
                frame = connection.recv(PATIENCE_S)
                if isinstance(frame, bytes):
                    self._parts.append(frame)

    @property
    def samples(self) -> np.ndarray:
        """Newest frames, ``(frames, 2)``; zeros where some are missing."""
        parts = [(struct.unpack_from("<Q", part)[0], part[8:]) for part in list(self._parts)]
        if not parts:
            return np.zeros((0, 2), np.float32)
        first, (last, end) = parts[0][0], parts[-1]
        samples = np.zeros((last - first + len(end) // 8, 2), np.float32)
        for frame, data in parts:
            samples[frame - first :][: len(data) // 8] = np.frombuffer(data, "<f4").reshape(-1, 2)
        return samples

    def close(self) -> None:
        self._ending.set()
        self._thread.join()


def longest_equal(played: np.ndarray, sent: np.ndarray, step: int) -> int:
    """Frames of the longest run of `played`, found at every `step` frames, that is in `sent`."""
    longest = 0
    for at in range(0, len(played), step):
        if not played[at].all():  # silence is everywhere
            continue
        for found in np.flatnonzero((sent == played[at]).all(axis=1)).tolist():
            frames = min(len(played) - at, len(sent) - found)
            equal = (played[at : at + frames] == sent[found : found + frames]).all(axis=1)
            longest = max(longest, frames if equal.all() else int(equal.argmin()))
    return longest


def test_what_is_played_is_what_went_out(
    browser: Browser, live: Instrument, origin: str, problems: Problems
) -> None:
    page = new_page(browser, problems, scripts=True)
    page.goto(f"{origin}/")
    sent = Sent(f"ws://127.0.0.1:{live.listening_at('Page')}/listen")
    try:
        deadline_s = time.perf_counter() + PATIENCE_S
        longest = 0
        while longest < EXACT_S * 48000:
            assert time.perf_counter() < deadline_s, f"only {longest} frames are what went out"
            assert page.evaluate(LISTEN, RECORDER) == 48000
            page.wait_for_function("played.length === 375 && listener.latencySeconds > 0")
            assert 0.02 < page.evaluate("listener.latencySeconds") < 1
            page.evaluate("listener.stop()")
            assert page.evaluate("[states[0], listener.state]") == ["starting", "off"]
            played = np.frombuffer(base64.b64decode(page.evaluate(TAKE)), "<f4").reshape(-1, 2)
            longest = longest_equal(played, sent.samples, 6000)
    finally:
        sent.close()
        page.context.close()


def test_gaps_are_counted(browser: Browser, origin: str, problems: Problems) -> None:
    page = new_page(browser, problems, scripts=True)
    page.goto(f"{origin}/")
    page.evaluate(GAPS)

    def expect(state: str, gaps: int) -> None:
        page.wait_for_function(
            "([state, gaps]) => report?.state === state && report.gaps === gaps",
            arg=[state, gaps],
            timeout=1000 * PATIENCE_S,
        )

    expect("waiting", 0)
    page.evaluate("put(0, 1200); put(1200, 1200)")  # too little to begin
    expect("waiting", 0)
    page.evaluate("put(2400, 4800)")
    expect("waiting", 1)  # played to its end, and nothing followed
    page.evaluate("put(7200, 2400); put(24000, 9600)")  # a part is missing
    expect("waiting", 3)
    page.evaluate("put(33600, 12000); put(45600, 12000)")  # more than the buffer may hold
    expect("waiting", 5)  # dropped, and then played to its end
    page.context.close()
