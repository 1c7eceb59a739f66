/** Time: the clock with its beat, recordings that play as paths, the wander. */

import { action, actOnPress, fader, leaveWhenChosen, plainButton, toggle } from "./controls.js";
import { Fader } from "./fader.js";
import { duration } from "./gestures.js";
import { shownNames } from "./landmarks.js";
import { followList } from "./list_follower.js";

/** Beats that are worth a choice of their own. */
const BEATS = [0, 0.25, 0.5, 1, 2, 3, 4, 8, 16];

/** @typedef {import("./connection.js").Connection} Connection */

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildTime(element, { connection }) {
  const tempo = document.createElement("div");
  tempo.className = "head";
  tempo.append(fader(connection, "/clock/tempo", { small: true }), action(connection, "/clock/tap"));
  const clock = document.createElement("div");
  clock.className = "voice";
  clock.append(
    fader(connection, "/clock/bar", { small: true }),
    toggle(connection, "/clock/lfo", { label: "LFOs in beats" }),
    choice(connection, "/clock/quantise", "at once", "every"),
    choice(connection, "/clock/loop", "free loop", "loop of"),
  );
  const wander = document.createElement("div");
  wander.className = "voice";
  wander.append(
    fader(connection, "/wander", { small: true }),
    fader(connection, "/wander", { small: true, label: "surprise", index: 1 }),
    fader(connection, "/even", { small: true }),
    fader(connection, "/path/speed", { small: true, label: "path speed" }),
    toggle(connection, "/path/loop", { label: "loop paths" }),
  );
  element.append(beatLamps(connection), tempo, clock, wander, paths(connection));
}

/**
 * A lamp for each beat of the bar.
 *
 * @param {Connection} connection
 */
function beatLamps(connection) {
  const element = document.createElement("div");
  element.className = "beats";
  element.setAttribute("aria-hidden", "true");
  connection.watch("/clock/bar", ([beats]) => {
    element.replaceChildren(...Array.from({ length: Number(beats) }, () => document.createElement("i")));
  });
  connection.listen("/meter/beat", ([beat]) => {
    [...element.children].forEach((lamp, n) => lamp.classList.toggle("lit", n === Math.floor(Number(beat))));
  });
  return element;
}

/**
 * A choice of a number of beats.
 *
 * @param {Connection} connection
 * @param {string} path
 * @param {string} none label of 0
 * @param {string} some label before the number
 */
function choice(connection, path, none, some) {
  const element = document.createElement("select");
  element.className = "field";
  element.dataset.address = path;
  element.title = connection.tree?.get(path).description ?? "";
  element.setAttribute("aria-label", connection.tree?.get(path).name ?? path);
  element.addEventListener("change", () => connection.set(path, Number(element.value)));
  leaveWhenChosen(element);
  connection.watch(path, ([value]) => {
    const beats = Number(Number(value).toFixed(4)); // the wire's numbers have 32 bits
    const all = BEATS.includes(beats) ? BEATS : [...BEATS, beats];
    element.replaceChildren(
      ...all.map((number) => {
        const label = number === 0 ? none : `${some} ${number} ${number > 1 ? "beats" : "beat"}`;
        return new Option(label, String(number), false, number === beats);
      }),
    );
  });
  return element;
}

/**
 * Recordings, each played by a press and stopped by another; the bar of the one that plays goes to
 * a place in it.
 *
 * @param {Connection} connection
 */
function paths(connection) {
  const element = document.createElement("div");
  element.className = "list";
  const place = new Fader().configure({ label: "place", description: "", min: 0, max: 1, fallback: 0 });
  place.dataset.address = "/path/position";
  place.classList.add("small");
  place.addEventListener("input", () => connection.send("/path/position", place.value));
  place.hidden = true;
  /** @type {HTMLElement[]} */
  let pads = [];
  let playing = -1;

  /** @param {import("./osc.js").Value[][]} rows */
  function show(rows) {
    const names = shownNames(rows.map(([, file]) => String(file)));
    pads = rows.map(([number, , seconds], n) => pad(Number(number), names[n], Number(seconds)));
    element.replaceChildren(place, ...pads);
    mark();
  }

  /**
   * @param {number} number
   * @param {string} name
   * @param {number} seconds
   */
  function pad(number, name, seconds) {
    const one = plainButton("");
    one.dataset.address = "/path/play";
    one.classList.add("path");
    const label = document.createElement("span");
    label.textContent = name;
    const length = document.createElement("small");
    length.textContent = duration(seconds);
    one.append(label, length);
    const play = () =>
      number === playing ? connection.send("/path/stop") : connection.send("/path/play", number);
    actOnPress(one, play, { scrolls: true });
    return one;
  }

  function mark() {
    pads.forEach((one, n) => one.setAttribute("aria-pressed", String(n === playing)));
    place.hidden = playing < 0;
  }

  connection.listen("/meter/path", ([number, position]) => {
    if (playing !== Number(number)) {
      playing = Number(number);
      mark();
    }
    if (!place.held) {
      place.value = Number(position);
    }
  });
  followList(connection, "path", show, "/model/changed");
  return element;
}
