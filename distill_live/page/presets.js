/** Presets as pads: a tap recalls over the morph time, a hold stores, digits recall the first ten. */

import { button } from "./controls.js";
import { Fader } from "./fader.js";
import { motionReduced } from "./frames.js";
import { icon } from "./icons.js";
import { Pads } from "./pads.js";

const MORPH_KEY = "distill-live.morph";

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildPresets(element, { connection, shortcuts }) {
  const recall = /** @type {import("./tree.js").Tree} */ (connection.tree).get("/preset/recall");
  const morph = new Fader().configure({
    ...recall.args[1],
    label: recall.args[1].name,
    description: recall.description,
    fallback: 0,
  });
  morph.dataset.address = "/preset/recall";
  morph.value = readMorph();
  morph.addEventListener("input", () => keepMorph(morph.value));

  /** @param {string} name */
  const tap = (name) => connection.send("/preset/recall", name, morph.value);
  /** @param {string} name */
  const store = (name) => connection.send("/preset/store", name);

  const add = button("", () => store(pads.freeName()));
  add.className = "pad add";
  add.append(icon("add"));
  add.title = connection.tree?.get("/preset/store").description ?? "";
  add.dataset.address = "/preset/store";
  add.setAttribute("aria-label", "store a preset");

  const actions = {
    tap,
    tapped: "/preset/recall",
    hold: store,
    held: "/preset/store",
    known: (/** @type {boolean} */ known) => void (add.disabled = !known),
  };
  const pads = new Pads(connection, "preset", actions, add);
  const head = document.createElement("div");
  head.className = "head";
  head.append(morph, pads.edit);
  element.append(head, pads.element);

  const digits = [..."1234567890"];
  shortcuts.add(digits, "recall a preset", ({ key }) => {
    const name = pads.names[digits.indexOf(key)];
    if (name !== undefined) {
      tap(name);
    }
  });
  connection.watch("/preset/recalled", ([name, seconds]) => {
    pads.mark(String(name));
    showMorph(pads.pad(String(name)), Number(seconds));
  });
}

/**
 * Let a pad fill while its preset is on its way.
 *
 * @param {HTMLElement | null} pad
 * @param {number} seconds
 */
function showMorph(pad, seconds) {
  for (const fill of document.querySelectorAll("#presets .fill")) {
    fill.getAnimations().forEach((animation) => animation.cancel());
  }
  if (seconds > 0.1 && !motionReduced()) {
    pad?.querySelector(".fill")?.animate(
      [{ transform: "scaleX(0)" }, { transform: "scaleX(1)" }],
      1000 * seconds,
    );
  }
}

/** Morph time that this browser used last, in seconds. */
function readMorph() {
  try {
    return Number(localStorage.getItem(MORPH_KEY) ?? 0);
  } catch {
    return 0;
  }
}

/** @param {number} seconds */
function keepMorph(seconds) {
  try {
    localStorage.setItem(MORPH_KEY, String(seconds));
  } catch {
    // a browser that keeps nothing still morphs
  }
}
