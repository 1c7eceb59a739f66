/**
 * Grids of named things that are stored: presets and gestures.
 *
 * A pad is tapped or held. While the grid is edited, each pad is a row that renames, replaces or
 * deletes. The names are those of `/KIND/list`, in the order in which people count.
 */

import { actOnPress, button } from "./controls.js";
import { confirmedButton } from "./confirm.js";
import { icon } from "./icons.js";
import { followList } from "./list_follower.js";

/** A press of this length is a hold. */
const HOLD_MS = 650;

/** A finger that moves this far scrolls. */
const MOVED_PX = 14;

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** @typedef {import("./connection.js").Connection} Connection */

/**
 * @typedef {object} PadActions
 * @property {(name: string) => void} tap
 * @property {string} tapped address that a tap sends
 * @property {(name: string) => void} [hold] replaces what is stored under the name
 * @property {string} [held] address that a hold sends
 * @property {(values: import("./osc.js").Value[]) => string} [detail] of a row of the list
 * @property {(known: boolean) => void} known is called when the names become known, or no longer are
 */

export class Pads {
  /**
   * @param {Connection} connection
   * @param {"preset" | "gesture"} kind
   * @param {PadActions} actions
   * @param {HTMLElement} [first] what stands before the pads
   */
  constructor(connection, kind, actions, first) {
    this._connection = connection;
    this._kind = kind;
    this._actions = actions;
    this._first = first;
    this._current = "";
    /** @type {string[]} */
    this.names = [];
    /** @type {Map<string, string>} */
    this._details = new Map();
    /** @type {Set<string>} */
    this._given = new Set(); // free names that no list contains yet
    this._editing = false;
    this._building = false; // what is removed loses the focus, and says so
    this._waiting = false; // a name that is being written holds up a change

    this.element = document.createElement("div");
    this.element.className = "pads";
    this.edit = button("", () => this._edit(!this._editing));
    this.edit.classList.add("square");
    this.edit.append(icon("edit"));
    this.edit.setAttribute("aria-label", `edit ${kind}s`);
    this.edit.setAttribute("aria-pressed", "false");

    connection.addEventListener("refused", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.address.startsWith(`/${kind}/re`)) {
        this._build(); // a name that was refused goes
      }
    });
    this._build();
    actions.known(false);
    const load = followList(connection, kind, (rows, newest) => this._show(rows, newest));
    connection.addEventListener("state", () => actions.known(false));
    connection.listen("/model/changed", () => {
      actions.known(false);
      load();
    });
  }

  /**
   * @param {import("./osc.js").Value[][]} rows
   * @param {boolean} newest
   */
  _show(rows, newest) {
    const { detail, known } = this._actions;
    const details = new Map(rows.map((row) => [String(row[1]), detail?.(row) ?? ""]));
    const names = [...details.keys()].sort(COLLATOR.compare);
    const same = names.every((name) => this._details.get(name) === details.get(name));
    names.forEach((name) => this._given.delete(name));
    if (names.length !== this.names.length || !same) {
      this.names = names;
      this._details = details;
      this._build();
    }
    if (newest) {
      known(true);
    }
  }

  /** The lowest number that no name has, and that was not given out before. */
  freeName() {
    let number = 1;
    while (this._details.has(String(number)) || this._given.has(String(number))) {
      number++;
    }
    this._given.add(String(number));
    return String(number);
  }

  /**
   * The pad of a name; null if there is none now.
   *
   * @param {string} name
   * @returns {HTMLElement | null}
   */
  pad(name) {
    const pads = /** @type {NodeListOf<HTMLElement>} */ (this.element.querySelectorAll(".pad"));
    return [...pads].find((pad) => pad.dataset.name === name) ?? null;
  }

  /**
   * Show which one is heard; an empty name is none.
   *
   * @param {string} name
   */
  mark(name) {
    this.pad(this._current)?.removeAttribute("aria-current");
    this._current = name;
    this.pad(name)?.setAttribute("aria-current", "true");
  }

  /** @param {boolean} editing */
  _edit(editing) {
    const written = this.element.querySelector("input:focus");
    if (written instanceof HTMLInputElement) {
      written.blur();
    }
    this._editing = editing;
    this.edit.setAttribute("aria-pressed", String(editing));
    this._build();
  }

  _build() {
    const written = this.element.querySelector("input:focus");
    this._waiting =
      written instanceof HTMLInputElement && this._details.has(written.defaultValue);
    if (this._waiting) {
      return;
    }
    this._building = true;
    const place = placeOfFocus(this.element);
    this.element.classList.toggle("editing", this._editing);
    const first = this._first && !this._editing ? [this._first] : [];
    const pads = this.names.map((name, n) => (this._editing ? this._row(name) : this._pad(name, n)));
    this.element.replaceChildren(...pads, ...first);
    this._building = false;
    place?.();
    this.mark(this._current);
  }

  /**
   * @param {string} name
   * @param {number} index
   */
  _pad(name, index) {
    const pad = document.createElement("button");
    pad.type = "button";
    pad.className = "pad";
    pad.dataset.name = name;
    pad.dataset.address = this._actions.tapped;
    const fill = document.createElement("span");
    fill.className = "fill";
    const text = document.createElement("span");
    text.className = "name";
    text.textContent = name;
    const detail = document.createElement("small");
    detail.textContent = this._details.get(name) || (index < 10 ? String((index + 1) % 10) : "");
    detail.setAttribute("aria-hidden", "true");
    pad.append(fill, text, detail);
    this._actOnTapAndHold(pad, name);
    return pad;
  }

  /** @param {string} name */
  _row(name) {
    const { hold, held } = this._actions;
    const row = document.createElement("div");
    row.className = "row";
    const field = document.createElement("input");
    field.type = "text";
    field.className = "field";
    field.value = field.defaultValue = name;
    field.maxLength = 64;
    field.spellcheck = false;
    field.autocomplete = "off";
    field.dataset.address = `/${this._kind}/rename`;
    field.setAttribute("aria-label", `name of ${name}`);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        field.value = name;
      }
      if (event.key === "Escape" || event.key === "Enter") {
        field.blur();
      }
    });
    field.addEventListener("blur", () => {
      const wanted = field.value.trim();
      if (this._building) {
        return;
      }
      if (wanted && wanted !== name) {
        this._connection.send(`/${this._kind}/rename`, name, wanted);
      } else {
        field.value = name;
      }
      if (this._waiting) {
        this._build();
      }
    });
    row.append(field);
    if (hold) {
      const store = confirmedButton("store", `replace ${name}`, () => hold(name));
      store.dataset.address = held;
      row.append(store);
    }
    const remove = confirmedButton("delete", `delete ${name}`, () =>
      this._connection.send(`/${this._kind}/delete`, name),
    );
    remove.dataset.address = `/${this._kind}/delete`;
    row.append(remove);
    return row;
  }

  /**
   * A tap acts when the finger is lifted, since a hold begins like one.
   *
   * @param {HTMLElement} pad
   * @param {string} name
   */
  _actOnTapAndHold(pad, name) {
    const { tap, hold } = this._actions;
    if (!hold) {
      actOnPress(pad, () => tap(name), { scrolls: true });
      return;
    }
    pad.addEventListener("mousedown", (event) => event.preventDefault());
    let timer = 0;
    let left = 0;
    let top = 0;
    let pointer = -1; // of the press under way
    const end = () => {
      clearTimeout(timer);
      pad.classList.remove("holding");
      pointer = -1;
    };
    pad.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || pointer !== -1) {
        return;
      }
      [left, top, pointer] = [event.clientX, event.clientY, event.pointerId];
      pad.setPointerCapture(pointer); // a mouse that leaves the pad is followed
      pad.classList.add("holding");
      timer = setTimeout(() => {
        end();
        if (pad.isConnected) {
          hold(name);
          flash(pad);
        }
      }, HOLD_MS);
    });
    pad.addEventListener("pointermove", (event) => {
      const moved = Math.hypot(event.clientX - left, event.clientY - top) > MOVED_PX;
      if (event.pointerId === pointer && moved) {
        end();
      }
    });
    pad.addEventListener("pointerup", (event) => {
      if (event.pointerId === pointer) {
        end();
        tap(name);
      }
    });
    for (const lost of ["pointercancel", "lostpointercapture"]) {
      pad.addEventListener(lost, (event) => {
        if (event.target === pad && /** @type {PointerEvent} */ (event).pointerId === pointer) {
          end();
        }
      });
    }
    pad.addEventListener("contextmenu", (event) => event.preventDefault());
    pad.addEventListener("click", (event) => {
      if (event.detail === 0) {
        tap(name); // by a key, or by a program that reads the screen
      }
    });
  }
}

/**
 * Remember where the focus of the keyboard is below an element; what is returned puts it there again.
 *
 * @param {HTMLElement} element
 */
function placeOfFocus(element) {
  const controls = "button, input";
  const index = [...element.querySelectorAll(controls)].findIndex(
    (control) => control === document.activeElement,
  );
  if (index < 0) {
    return null;
  }
  return () => {
    const left = /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(controls));
    left[Math.min(index, left.length - 1)]?.focus();
  };
}

/**
 * Show that something was done.
 *
 * @param {HTMLElement} element
 */
export function flash(element) {
  element.classList.add("flash");
  setTimeout(() => element.classList.remove("flash"), 350);
}
