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
  let lifted = false; // whether the press under way acts when it is lifted
  element.addEventListener("pointerdown", (event) => {
    lifted = scrolls && event.pointerType === "touch";
    if (event.button === 0 && !lifted) {
      act();
    }
  });
  element.addEventListener("mousedown", (event) => event.preventDefault());
  element.addEventListener("click", (event) => {
    if (lifted || event.detail === 0) {
      act(); // without detail by a key, or by a program that reads the screen: no pointer has pressed
    }
  });
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
