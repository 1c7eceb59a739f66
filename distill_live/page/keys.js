/** Keys: what they do, voices and envelope; the keyboard on the screen, and that of the computer. */

import { action, actOnPress, fader, leaveWhenChosen, plainButton } from "./controls.js";
import { Fader } from "./fader.js";
import { HeldKeys } from "./held_keys.js";
import { KeyBed } from "./key_bed.js";
import { OCTAVE, nameOfKey } from "./tree.js";

const FADERS = [
  ...["/voices", "/root", "/velocity", "/portamento"],
  ...["/attack", "/decay", "/sustain", "/release"],
];

/** Keys of the computer by their place, upwards from a C. */
const PLAYING = [
  ...["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ"],
  ...["KeyK", "KeyO", "KeyL", "KeyP", "Semicolon"],
];
const LOWER = "KeyZ";
const HIGHER = "KeyX";
const SUSTAIN = "KeyB";

const FIRST_C = 60;
const HIGHEST_C = 108;

/** Of a key of the computer, which has none. */
const VELOCITY = 0.8;

/** Way of the bend wheel up and down, in semitones. */
const WHEEL = 2;

/** @typedef {import("./connection.js").Connection} Connection */

/**
 * Build the panel, and the keyboard at the foot of the page, which is there while keys do something.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildKeys(element, { connection, shortcuts }) {
  const faders = document.createElement("div");
  faders.className = "voice";
  faders.append(...FADERS.map((path) => fader(connection, path, { small: true })));
  const foot = document.createElement("div");
  foot.className = "buttons";
  const off = action(connection, "/note/release", { label: "all off" });
  actOnPress(off, () => held.release()); // its own keys, too, are shown as released
  foot.append(timbreAxis(connection), off);
  element.append(modes(connection), faders, foot);

  const keyboard = /** @type {HTMLElement} */ (document.getElementById("keyboard"));
  /** @type {HeldKeys} */
  const held = new HeldKeys(connection, (key, state) => bed.light(key, state));
  /** @type {KeyBed} */
  const bed = new KeyBed(connection, held);
  let lowest = FIRST_C;

  const sustain = plainButton("sustain");
  sustain.setAttribute("aria-pressed", "false");
  /** @param {boolean} on */
  const hold = (on) => {
    held.sustain = on;
    sustain.setAttribute("aria-pressed", String(on));
  };
  actOnPress(sustain, () => hold(!held.sustain));

  /** @param {number} octaves */
  const shift = (octaves) => {
    lowest = Math.min(HIGHEST_C, Math.max(0, lowest + OCTAVE * octaves));
    lower.disabled = lowest === 0;
    higher.disabled = lowest === HIGHEST_C;
    lower.title = higher.title = `the letters play from ${nameOfKey(lowest)}`;
    bed.show(lowest, new Map(PLAYING.map((code, n) => [lowest + n, letterOf(code)])));
  };
  const lower = plainButton("−");
  lower.setAttribute("aria-label", "octave lower");
  actOnPress(lower, () => shift(-1));
  const higher = plainButton("+");
  higher.setAttribute("aria-label", "octave higher");
  actOnPress(higher, () => shift(1));

  const side = document.createElement("div");
  side.className = "side";
  side.append(higher, lower, sustain);
  keyboard.append(side, wheel(connection, held), bed.element);
  connection.watch("/keys", ([mode]) => void (keyboard.hidden = mode === "off"));
  shift(0);

  const playing = () => !keyboard.hidden;
  shortcuts.hold(PLAYING, "A – ;", "plays a key, from the octave's C", {
    press: (code) => playing() && held.strike(code, lowest + PLAYING.indexOf(code), VELOCITY),
    release: (code) => held.lift(code),
  });
  shortcuts.hold([LOWER, HIGHER], "Z, X", "octave lower, higher", {
    press: (code) => playing() && shift(code === LOWER ? -1 : 1),
    release: () => {},
  });
  shortcuts.hold([SUSTAIN], "B", "sustain", {
    press: () => playing() && hold(true),
    release: () => hold(false),
  });
}

/**
 * Buttons of what keys do.
 *
 * @param {Connection} connection
 */
function modes(connection) {
  const parameter = /** @type {import("./tree.js").Tree} */ (connection.tree).get("/keys");
  const element = document.createElement("div");
  element.className = "buttons modes";
  element.title = parameter.description;
  const buttons = (parameter.args[0].choices ?? []).map((mode) => {
    const choice = plainButton(mode);
    choice.dataset.address = "/keys";
    choice.setAttribute("aria-pressed", "false");
    actOnPress(choice, () => connection.set("/keys", mode), { scrolls: true });
    return choice;
  });
  connection.watch("/keys", ([mode]) =>
    buttons.forEach((choice) => choice.setAttribute("aria-pressed", String(choice.textContent === mode))),
  );
  element.append(...buttons);
  return element;
}

/**
 * The axis that a note's timbre moves.
 *
 * @param {Connection} connection
 */
function timbreAxis(connection) {
  const parameter = connection.tree?.get("/timbre/axis");
  const element = document.createElement("select");
  element.className = "field";
  element.dataset.address = "/timbre/axis";
  element.title = parameter?.description ?? "";
  element.setAttribute("aria-label", "axis of the timbre");
  element.addEventListener("change", () => connection.set("/timbre/axis", element.value));
  leaveWhenChosen(element);
  const build = () => {
    const chosen = String(connection.values("/timbre/axis")?.[0] ?? "");
    const axes = connection.tree?.valuesBelow("/axis") ?? [];
    const names = ["", ...new Set(chosen ? [...axes, chosen] : axes)];
    element.replaceChildren(
      ...names.map((name) => {
        const label = name === "" ? "first axis" : name.replaceAll("_", " ");
        return new Option(`timbre: ${label}`, name, false, name === chosen);
      }),
    );
  };
  connection.addEventListener("tree", build);
  connection.watch("/timbre/axis", build);
  build();
  return element;
}

/**
 * A bend wheel, which springs back.
 *
 * @param {Connection} connection
 * @param {HeldKeys} held
 */
function wheel(connection, held) {
  const parameter = connection.tree?.get("/note/bend");
  const element = new Fader().configure(
    {
      ...{ label: "bend", description: parameter?.description, min: -WHEEL, max: WHEEL },
      ...{ unit: parameter?.args[1].unit, fallback: 0 },
    },
    { vertical: true },
  );
  element.classList.add("wheel");
  element.dataset.address = "/note/bend";
  element.addEventListener("input", () => held.bend(element.value));
  element.addEventListener("lostpointercapture", () => {
    if (!element.held) {
      element.value = 0;
      held.bend(0);
    } // else a second finger was lifted
  });
  return element;
}

/**
 * Letter that is printed on a key of the computer, where its layout is the American one.
 *
 * @param {string} code
 */
function letterOf(code) {
  return code === "Semicolon" ? ";" : code.replace("Key", "");
}
