/** Faders, switches and buttons of single addresses, with names, ranges and texts from the tree. */

import { Fader } from "./fader.js";

/** @typedef {import("./connection.js").Connection} Connection */

/**
 * Options of a control.
 *
 * @typedef {object} Options
 * @property {string} [label] in place of the address' name
 * @property {number} [index] of the argument that a fader moves; the others keep their values
 * @property {boolean} [vertical]
 * @property {boolean} [small] with the name above the value
 * @property {AbortSignal} [signal] ends the control's subscription, where a panel is built anew
 */

/**
 * A fader of one argument of an address.
 *
 * @param {Connection} connection
 * @param {string} path
 * @param {Options} options
 */
export function fader(connection, path, { label, index = 0, vertical, small = false, signal } = {}) {
  const parameter = described(connection, path);
  const argument = parameter.args[index];
  const element = new Fader().configure(
    { ...argument, label: label ?? parameter.name, description: parameter.description },
    { vertical },
  );
  element.classList.toggle("small", small);
  element.dataset.address = path;
  element.addEventListener("input", () => {
    const values = parameter.args
      .slice(0, parameter.required)
      .map(({ fallback }, n) => Number(connection.values(path)?.[n] ?? fallback ?? 0));
    values[index] = element.value;
    connection.set(path, ...values);
  });
  connection.watch(path, (values) => void (element.value = Number(values[index])), signal);
  return element;
}

/**
 * A button that stays down while its address is 1.
 *
 * @param {Connection} connection
 * @param {string} path
 * @param {Options} options
 */
export function toggle(connection, path, { label, signal } = {}) {
  const parameter = described(connection, path);
  const element = button(label ?? parameter.name, () =>
    connection.set(path, element.getAttribute("aria-pressed") === "true" ? 0 : 1),
  );
  element.title = parameter.description;
  element.dataset.address = path;
  element.setAttribute("aria-pressed", "false");
  connection.watch(
    path,
    (values) => element.setAttribute("aria-pressed", String(values[0] === 1)),
    signal,
  );
  return element;
}

/**
 * A button that sends an action.
 *
 * @param {Connection} connection
 * @param {string} path
 * @param {Options} options
 */
export function action(connection, path, { label } = {}) {
  const parameter = described(connection, path);
  const element = button(label ?? parameter.name, () => connection.send(path));
  element.title = parameter.description;
  element.dataset.address = path;
  return element;
}

/**
 * A button that acts when it is pressed, not when it is released.
 *
 * @param {string} label
 * @param {() => void} act
 */
export function button(label, act) {
  const element = plainButton(label);
  actOnPress(element, act);
  return element;
}

/**
 * A button without an action of its own. It does not take the keyboard's focus from a finger or a
 * mouse: the space bar then still freezes.
 *
 * @param {string} label
 */
export function plainButton(label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = label;
  element.addEventListener("mousedown", (event) => event.preventDefault());
  return element;
}

/**
 * Make a button act when a finger or a mouse presses it, or a key does. In a list that scrolls a
 * finger acts when it is lifted, unless it has scrolled.
 *
 * @param {HTMLElement} element
 * @param {() => void} act
 * @param {{scrolls?: boolean}} options
 */
export function actOnPress(element, act, { scrolls = false } = {}) {
  let finger = -1; // that acts when it is lifted; the browser cancels it when it scrolls
  element.addEventListener("pointerdown", (event) => {
    if (scrolls && event.pointerType === "touch") {
      finger = event.pointerId;
    } else if (event.button === 0) {
      act();
    }
  });
  element.addEventListener("pointercancel", ({ pointerId }) => {
    finger = pointerId === finger ? -1 : finger;
  });
  element.addEventListener("pointerup", ({ pointerId, clientX, clientY }) => {
    if (pointerId === finger) { // not its click, which there is none of beside another finger
      finger = -1;
      if (contains(element.getBoundingClientRect(), clientX, clientY)) {
        act();
      }
    }
  });
  element.addEventListener("mousedown", (event) => event.preventDefault());
  element.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter") {
      event.preventDefault(); // a key that is held presses once
    }
  });
  element.addEventListener("click", ({ detail }) => {
    if (detail === 0) {
      act(); // by a key, or by a program that reads the screen: no pointer has pressed
    }
  });
}

/**
 * @param {DOMRect} box
 * @param {number} x
 * @param {number} y
 */
function contains({ left, top, right, bottom }, x, y) {
  return x >= left && x <= right && y >= top && y <= bottom;
}

/**
 * Let a list of choices give up the focus when a finger or a mouse has chosen: letters play keys
 * again, and Escape is a panic. Who chooses by keys stays in it.
 *
 * @param {HTMLSelectElement} element
 */
export function leaveWhenChosen(element) {
  let byPointer = false;
  element.addEventListener("pointerdown", () => void (byPointer = true));
  element.addEventListener("keydown", () => void (byPointer = false));
  element.addEventListener("change", () => byPointer && element.blur());
}

/**
 * @param {Connection} connection
 * @param {string} path
 */
function described(connection, path) {
  if (!connection.tree) {
    throw new Error("controls are built when the tree is there");
  }
  return connection.tree.get(path);
}
