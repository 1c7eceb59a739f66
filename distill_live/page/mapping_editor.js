/** Edit what one source moves, a macro or a feature of the input: target, range and curve of each. */

import { actOnPress, button, leaveWhenChosen, plainButton } from "./controls.js";
import { Fader } from "./fader.js";
import { curveIcon, icon } from "./icons.js";
import { nameOf } from "./tree.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {number | string} Source number of a macro, name of a feature */

/**
 * @typedef {object} Mapping
 * @property {string} target path without a slash first
 * @property {number} from
 * @property {number} to
 * @property {string} curve
 */

/**
 * Addresses of the mappings of a kind of sources.
 *
 * @typedef {object} Kind
 * @property {string} map takes a source and its mapping
 * @property {string} clear takes a source and a target, or a source alone, and removes their mappings
 * @property {string} many name of the sources
 */

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
 * Mappings of each source, from the rows of a list.
 *
 * @template {Source} S
 * @param {S[]} sources
 * @param {import("./osc.js").Value[][]} rows
 * @returns {Map<S, Mapping[]>}
 */
export function mappingsBySource(sources, rows) {
  return new Map(
    sources.map((source) => [
      source,
      rows
        .filter(([one]) => one === source)
        .map(([, target, from, to, curve]) => ({
          target: String(target),
          from: Number(from),
          to: Number(to),
          curve: String(curve),
        })),
    ]),
  );
}

/**
 * A button that opens the editor of a source.
 *
 * @param {string} what the source, as a program that reads the screen says it
 * @param {(opener: HTMLButtonElement) => void} open
 */
export function editButton(what, open) {
  const edit = plainButton("");
  actOnPress(edit, () => open(edit), { scrolls: true });
  edit.classList.add("square", "quiet");
  edit.append(icon("map"));
  edit.setAttribute("aria-label", `what ${what} moves`);
  return edit;
}

/** The mappings of one source; it takes the place of the list of sources while it is open. */
export class MappingEditor {
  /**
   * @param {Connection} connection
   * @param {Kind} kind
   * @param {HTMLElement} list of all sources
   * @param {() => void} load asks what the sources move
   */
  constructor(connection, kind, list, load) {
    this._connection = connection;
    this._kind = kind;
    this._sources = list;
    this._opener = list.querySelector("button");
    this._load = load;
    this._loadTimer = 0;
    const map = /** @type {import("./tree.js").Tree} */ (connection.tree).get(kind.map);
    this._curves = map.args[4].choices ?? [];
    /** @type {Source} */
    this._source = "";
    /** @type {Map<string, MappingRow>} */
    this._rows = new Map();

    this.element = document.createElement("div");
    this.element.className = "list";
    this.element.hidden = true;
    const back = button("", () => this._close());
    back.classList.add("square");
    back.append(icon("back"));
    back.setAttribute("aria-label", `back to the ${kind.many}`);
    this._back = back;
    this._title = document.createElement("strong");
    this._clear = button("clear", () => connection.send(kind.clear, this._source));
    this._clear.dataset.address = kind.clear;
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
        this._close();
      }
    });
  }

  /**
   * Show the mappings of a source in place of the list, and stay with them.
   *
   * @param {Source} source
   * @param {string} title
   * @param {Map<any, Mapping[]>} mappings
   * @param {HTMLButtonElement} opener gets the focus back
   */
  open(source, title, mappings, opener) {
    const byKey = document.activeElement !== document.body;
    this._source = source;
    this._opener = opener;
    this._title.textContent = title;
    this._rows.clear();
    this._list.replaceChildren();
    this._sources.hidden = true;
    this.element.hidden = false;
    this.show(mappings);
    if (byKey) {
      this._back.focus();
    }
  }

  /**
   * Show what the source moves now. Rows stay where they are: a hand may be on one.
   *
   * @param {Map<any, Mapping[]>} mappings
   */
  show(mappings) {
    const present = mappings.get(this._source) ?? [];
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

  /** Address that maps. */
  get path() {
    return this._kind.map;
  }

  /** Targets that the source does not move yet, and one that it does. */
  targets(own = "") {
    const choices = this._connection.tree?.get(this._kind.map).args[1].choices ?? [];
    const gone = own && !choices.includes(own) ? [own] : []; // an axis, with its model
    return [...gone, ...choices.filter((target) => target === own || !this._rows.has(target))];
  }

  /**
   * Send a mapping, and ask later what has become of it.
   *
   * @param {Mapping} mapping
   */
  send({ target, from, to, curve }) {
    clearTimeout(this._loadTimer);
    this._loadTimer = setTimeout(this._load, OWN_CHANGE_MS + 100);
    this._connection.send(this._kind.map, this._source, target, from, to, curve);
  }

  /**
   * Let another mapping, or none, stand in the place of one.
   *
   * @param {string} old target
   * @param {Mapping | null} mapping
   */
  replace(old, mapping) {
    if (mapping) {
      this.send(mapping);
    }
    this._connection.send(this._kind.clear, this._source, old);
  }

  _close() {
    const inside = this.element.contains(document.activeElement);
    this.element.hidden = true;
    this._sources.hidden = false;
    if (inside) {
      this._opener?.focus();
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
   * @param {MappingEditor} editor
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
    target.dataset.address = editor.path;
    target.setAttribute("aria-label", `target ${name}`);
    for (const choice of editor.targets(mapping.target)) {
      const option = new Option(choice, choice, false, choice === mapping.target);
      target.append(option);
    }
    leaveWhenChosen(target);
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
