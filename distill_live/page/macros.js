/** Macros: a fader each, with what it moves; an editor of the mappings of one. */

import { button, fader } from "./controls.js";
import { Fader } from "./fader.js";
import { curveIcon, icon } from "./icons.js";
import { followList } from "./list_follower.js";
import { nameOf } from "./tree.js";

/** @typedef {import("./connection.js").Connection} Connection */

/**
 * @typedef {object} Mapping
 * @property {string} target path without a slash first
 * @property {number} from
 * @property {number} to
 * @property {string} curve
 */

/** Pause between two questions for what a macro has moved. */
const FOLLOW_MS = 80;

/** For so long after a change by hand, answers to questions from before do not count. */
const OWN_CHANGE_MS = 600;

/** Pictures of the curves, by the height at each place; the engine has the exact ones. */
const CURVES = new Map([
  ["linear", (/** @type {number} */ at) => at],
  ["exponential", (/** @type {number} */ at) => at ** 4],
  ["logarithmic", (/** @type {number} */ at) => 1 - (1 - at) ** 4],
  ["s-curve", (/** @type {number} */ at) => 0.5 - 0.5 * Math.cos(Math.PI * at)],
]);

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
    this._mappings = new Map(this._numbers.map((number) => [number, []]));
    /** @type {Map<number, Fader>} */
    this._faders = new Map();
    /** @type {Set<string>} */
    this._moved = new Set();
    this._followTimer = 0;

    this.element = document.createElement("div");
    this.element.className = "macros";
    this._list = document.createElement("div");
    this._list.className = "list";
    this._list.append(...this._numbers.map((number) => this._row(number)));
    this._editor = new MacroEditor(
      connection,
      () => this._close(),
      () => this._load(),
    );
    this.element.append(this._list, this._editor.element);
    this._opened = this._list.querySelector("button");
    this._close();

    this._load = followList(connection, "macro", (rows) => this._show(rows));
  }

  /** @param {import("./osc.js").Value[][]} rows */
  _show(rows) {
    for (const number of this._numbers) {
      const own = rows.filter(([macro]) => macro === number);
      const mappings = own.map(([, target, from, to, curve]) => ({
        target: String(target),
        from: Number(from),
        to: Number(to),
        curve: String(curve),
      }));
      this._mappings.set(number, mappings);
      this._label(number, mappings);
    }
    this._editor.show(this._mappings);
  }

  /** @param {number} number */
  _row(number) {
    const path = `/macro/${number}`;
    const row = document.createElement("div");
    row.className = "row";
    const moved = fader(this._connection, path);
    this._faders.set(number, moved);
    const edit = button("", () => this._open(number, edit));
    edit.classList.add("square", "quiet");
    edit.append(icon("map"));
    edit.setAttribute("aria-label", `what macro ${number} moves`);
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
        this._moved.forEach((path) => this._connection.send(path));
        this._moved.clear();
      }, FOLLOW_MS);
    }
  }

  /**
   * @param {number} number
   * @param {HTMLButtonElement} opener
   */
  _open(number, opener) {
    this._opened = opener;
    this._list.hidden = true;
    this._editor.open(number, this._mappings);
  }

  _close() {
    const inside = this._editor.element.contains(document.activeElement);
    this._editor.element.hidden = true;
    this._list.hidden = false;
    if (inside) {
      this._opened?.focus();
    }
  }
}

/** The mappings of one macro: target, from, to and curve of each. */
class MacroEditor {
  /**
   * @param {Connection} connection
   * @param {() => void} close
   * @param {() => void} load asks what the macros move
   */
  constructor(connection, close, load) {
    this._connection = connection;
    this._load = load;
    this._loadTimer = 0;
    const map = /** @type {import("./tree.js").Tree} */ (connection.tree).get("/macro/map");
    this._description = map.description;
    this._curves = map.args[4].choices ?? [];
    this._number = 0;
    /** @type {Map<string, MappingRow>} */
    this._rows = new Map();

    this.element = document.createElement("div");
    this.element.className = "list";
    const back = button("", close);
    back.classList.add("square");
    back.append(icon("back"));
    back.setAttribute("aria-label", "back to the macros");
    this._back = back;
    this._title = document.createElement("strong");
    this._clear = button("clear", () => connection.send("/macro/clear", this._number));
    this._clear.dataset.address = "/macro/clear";
    const head = document.createElement("div");
    head.className = "head";
    head.append(back, this._title, this._clear);
    this._list = document.createElement("div");
    this._list.className = "list";
    this._add = button("", () => this._addTarget());
    this._add.className = "pad add";
    this._add.append(icon("add"));
    this._add.title = map.description;
    this._add.setAttribute("aria-label", "move one more");
    this.element.append(head, this._list, this._add);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !(event.target instanceof HTMLSelectElement)) {
        event.preventDefault(); // it closes the editor, and ends no sound
        close();
      }
    });
  }

  /**
   * Show the mappings of a macro, and stay with them.
   *
   * @param {number} number
   * @param {Map<number, Mapping[]>} mappings
   */
  open(number, mappings) {
    const byKey = document.activeElement !== document.body;
    this._number = number;
    this._title.textContent = `macro ${number}`;
    this._rows.clear();
    this._list.replaceChildren();
    this.element.hidden = false;
    this.show(mappings);
    if (byKey) {
      this._back.focus();
    }
  }

  /**
   * Show what the macro moves now. Rows stay where they are: a hand may be on one.
   *
   * @param {Map<number, Mapping[]>} mappings
   */
  show(mappings) {
    const present = mappings.get(this._number) ?? [];
    for (const [target, row] of this._rows) {
      if (!present.some((mapping) => mapping.target === target)) {
        const focused = row.element.contains(document.activeElement);
        row.element.remove();
        this._rows.delete(target);
        if (focused) {
          this._back.focus();
        }
      }
    }
    for (const mapping of present) {
      const row = this._rows.get(mapping.target);
      if (row) {
        row.show(mapping);
      } else {
        const added = new MappingRow(this._connection, this, mapping, this._curves);
        this._rows.set(mapping.target, added);
        this._list.append(added.element);
      }
    }
    this._clear.disabled = present.length === 0;
  }

  /** Targets that the macro does not move yet, and one that it does. */
  targets(own = "") {
    const choices = this._connection.tree?.get("/macro/map").args[1].choices ?? [];
    return choices.filter((target) => target === own || !this._rows.has(target));
  }

  /**
   * Send a mapping, and ask later what has become of it.
   *
   * @param {Mapping} mapping
   */
  send({ target, from, to, curve }) {
    clearTimeout(this._loadTimer);
    this._loadTimer = setTimeout(this._load, OWN_CHANGE_MS + 100);
    this._connection.send("/macro/map", this._number, target, from, to, curve);
  }

  /**
   * Let another mapping, or none, stand in the place of one: the macro is mapped anew.
   *
   * @param {string} old target
   * @param {Mapping | null} mapping
   */
  replace(old, mapping) {
    const kept = [...this._rows.values()].map((row) => row.mapping);
    this._connection.send("/macro/clear", this._number);
    for (const each of kept) {
      const now = each.target === old ? mapping : each;
      if (now) {
        this.send(now);
      }
    }
  }

  _addTarget() {
    const [target] = this.targets();
    if (target) {
      const { min, max } = rangeOf(this._connection, target);
      this.send({ target, from: min, to: max, curve: this._curves[0] });
    }
  }
}

/** One mapping, as it is and as it is changed. */
class MappingRow {
  /**
   * @param {Connection} connection
   * @param {MacroEditor} editor
   * @param {Mapping} mapping
   * @param {string[]} curves
   */
  constructor(connection, editor, mapping, curves) {
    this.mapping = { ...mapping };
    this._changedMs = -Infinity;
    this._editor = editor;
    this.element = document.createElement("div");
    this.element.className = "mapping";
    const name = nameOf(mapping.target);

    const target = document.createElement("select");
    target.className = "field";
    target.dataset.address = "/macro/map";
    target.setAttribute("aria-label", `target ${name}`);
    for (const choice of editor.targets(mapping.target)) {
      const option = new Option(choice, choice, false, choice === mapping.target);
      target.append(option);
    }
    target.addEventListener("change", () => {
      const { min, max } = rangeOf(connection, target.value);
      const { curve } = this.mapping;
      editor.replace(mapping.target, { target: target.value, from: min, to: max, curve });
    });

    const remove = button("", () => editor.replace(mapping.target, null));
    remove.classList.add("square");
    remove.append(icon("remove"));
    remove.setAttribute("aria-label", `move ${name} no more`);

    const range = rangeOf(connection, mapping.target);
    this._from = new Fader().configure({ ...range, label: "from", fallback: range.min });
    this._to = new Fader().configure({ ...range, label: "to", fallback: range.max });
    this._from.classList.add("small");
    this._to.classList.add("small");
    this._from.setAttribute("aria-label", `${name} from`);
    this._to.setAttribute("aria-label", `${name} to`);
    this._from.addEventListener("input", () => this._change({ from: this._from.value }));
    this._to.addEventListener("input", () => this._change({ to: this._to.value }));

    const shapes = document.createElement("div");
    shapes.className = "shapes";
    shapes.setAttribute("role", "group");
    shapes.setAttribute("aria-label", `curve of ${name}`);
    this._shapes = curves.map((curve) => {
      const shape = button("", () => this._change({ curve }));
      const height = CURVES.get(curve);
      shape.append(height ? curveIcon(height) : curve);
      shape.setAttribute("aria-label", curve);
      shape.title = curve;
      shape.dataset.curve = curve;
      return shape;
    });
    shapes.append(...this._shapes);
    this.element.append(target, remove, this._from, this._to, shapes);
    this.show(mapping);
  }

  /** @param {Mapping} mapping */
  show(mapping) {
    const changed = performance.now() - this._changedMs < OWN_CHANGE_MS;
    if (changed || this._from.held || this._to.held) {
      return;
    }
    this.mapping = { ...mapping };
    this._from.value = mapping.from;
    this._to.value = mapping.to;
    this._showCurve();
  }

  /** @param {Partial<Mapping>} change */
  _change(change) {
    this._changedMs = performance.now();
    Object.assign(this.mapping, change);
    this._showCurve();
    this._editor.send(this.mapping);
  }

  _showCurve() {
    for (const shape of this._shapes) {
      shape.setAttribute("aria-pressed", String(shape.dataset.curve === this.mapping.curve));
    }
  }
}

/**
 * Range and unit of a target.
 *
 * @param {Connection} connection
 * @param {string} target
 */
function rangeOf(connection, target) {
  const argument = connection.tree?.find(`/${target}`)?.args[0];
  return argument ?? { min: 0, max: 1, unit: "", skew: 1, type: "f" };
}
