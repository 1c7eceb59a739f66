/** Macros: a fader each, with what it moves; an editor of the mappings of one. */

import { fader } from "./controls.js";
import { followList } from "./list_follower.js";
import { editButton, MappingEditor, mappingsBySource } from "./mapping_editor.js";
import { nameOf } from "./tree.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./fader.js").Fader} Fader */
/** @typedef {import("./mapping_editor.js").Mapping} Mapping */

/** Pause between two questions for what a macro has moved. */
const FOLLOW_MS = 80;

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildMacros(element, { connection }) {
  const macros = new Macros(connection);
  element.append(macros.element);
}

class Macros {
  /** @param {Connection} connection */
  constructor(connection) {
    this._connection = connection;
    this._numbers = (connection.tree?.valuesBelow("/macro") ?? []).map(Number);
    /** @type {Map<number, Mapping[]>} */
    this._mappings = mappingsBySource(this._numbers, []);
    /** @type {Map<number, Fader>} */
    this._faders = new Map();
    /** @type {Set<string>} */
    this._moved = new Set();
    this._followTimer = 0;

    this.element = document.createElement("div");
    this.element.className = "macros";
    const list = document.createElement("div");
    list.className = "list";
    list.append(...this._numbers.map((number) => this._row(number)));
    const kind = { map: "/macro/map", clear: "/macro/clear", many: "macros" };
    this._editor = new MappingEditor(connection, kind, list, () => load());
    this.element.append(list, this._editor.element);
    const load = followList(connection, "macro", (rows) => this._show(rows));
  }

  /** @param {import("./osc.js").Value[][]} rows */
  _show(rows) {
    this._mappings = mappingsBySource(this._numbers, rows);
    this._mappings.forEach((mappings, number) => this._label(number, mappings));
    this._editor.show(this._mappings);
  }

  /** @param {number} number */
  _row(number) {
    const path = `/macro/${number}`;
    const row = document.createElement("div");
    row.className = "row";
    const moved = fader(this._connection, path);
    this._faders.set(number, moved);
    const name = `macro ${number}`;
    const edit = editButton(name, (opener) => this._editor.open(number, name, this._mappings, opener));
    row.append(moved, edit);
    this._label(number, []);
    this._connection.listen(path, () => this._follow(number));
    return row;
  }

  /**
   * @param {number} number
   * @param {Mapping[]} mappings
   */
  _label(number, mappings) {
    const names = mappings.map(({ target }) => nameOf(target)).join(", ");
    const element = /** @type {Fader} */ (this._faders.get(number));
    const label = /** @type {HTMLElement} */ (element.querySelector(".label"));
    label.textContent = names ? `${number}  ${names}` : String(number);
    element.classList.toggle("unused", mappings.length === 0);
    element.setAttribute("aria-label", `macro ${number}${names ? `: ${names}` : ""}`);
  }

  /**
   * Ask for what a macro moves: a client is told of the macro alone.
   *
   * @param {number} number
   */
  _follow(number) {
    for (const { target } of this._mappings.get(number) ?? []) {
      this._moved.add(`/${target}`);
    }
    if (!this._followTimer) {
      this._followTimer = setTimeout(() => {
        this._followTimer = 0;
        const known = [...this._moved].filter((path) => this._connection.tree?.find(path));
        known.forEach((path) => this._connection.send(path)); // an axis may be gone, with its model
        this._moved.clear();
      }, FOLLOW_MS);
    }
  }
}
