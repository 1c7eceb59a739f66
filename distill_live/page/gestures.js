/** Gestures: record, play, stop, loop, speed; a pad for each. */

import { action, button, fader, toggle } from "./controls.js";
import { icon } from "./icons.js";
import { Pads } from "./pads.js";

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildGestures(element, { connection }) {
  let recording = "";
  let playing = "";
  let waiting = ""; // was tapped and has not begun: it may wait for a beat
  let begunMs = 0;
  let namesKnown = false;

  const record = button("record", () =>
    recording ? connection.send("/gesture/stop") : connection.send("/gesture/record", pads.freeName()),
  );
  record.classList.add("record");
  record.title = connection.tree?.get("/gesture/record").description ?? "";
  record.dataset.address = "/gesture/record";
  record.setAttribute("aria-pressed", "false");
  const stop = action(connection, "/gesture/stop");
  const loop = toggle(connection, "/gesture/loop");
  loop.replaceChildren(icon("loop"));
  loop.classList.add("square");
  loop.setAttribute("aria-label", "loop");

  const pads = new Pads(connection, "gesture", {
    tap: (name) => {
      if (name === playing || name === waiting) {
        waiting = "";
        connection.send("/gesture/stop");
      } else {
        waiting = name;
        connection.send("/gesture/play", name);
      }
    },
    tapped: "/gesture/play",
    detail: (row) => duration(Number(row[2])),
    known: (known) => {
      namesKnown = known;
      showRecord();
    },
  });
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  buttons.append(record, stop, loop);
  const head = document.createElement("div");
  head.className = "head";
  head.append(fader(connection, "/gesture/speed"), pads.edit);
  element.append(buttons, head, pads.element);

  connection.watch("/gesture/recording", ([name]) => {
    if (recording !== name) {
      recording = String(name);
      begunMs = performance.now(); // and not when the page connects again
    }
    record.setAttribute("aria-pressed", String(recording !== ""));
    showRecord();
  });
  connection.watch("/gesture/playing", ([name]) => {
    const ended = playing && !name;
    waiting = ended ? waiting : ""; // the end of another one is no beginning
    playing = String(name);
    pads.mark(playing);
  });
  connection.listen("/done", ([address]) => {
    if (["/distill/gesture/play", "/distill/gesture/stop"].includes(String(address))) {
      waiting = "";
    }
  });
  connection.addEventListener("refused", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.address === "/gesture/play") {
      waiting = "";
    }
  });
  connection.addEventListener("state", () => void (waiting = ""));
  setInterval(showRecord, 500);

  function showRecord() {
    record.disabled = !recording && !namesKnown;
    const seconds = (performance.now() - begunMs) / 1000;
    const text = recording ? duration(seconds) : "record";
    if (record.textContent !== text) {
      record.textContent = text;
    }
  }
}

/**
 * A time as it is shown: seconds, or minutes and seconds.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.floor(seconds);
  const rest = String(whole % 60).padStart(2, "0");
  return `${Math.floor(whole / 60)}:${rest}`;
}
