/** Input: its features as they move, what each of them moves, and how the input plays. */

import { actOnPress, fader, plainButton, toggle } from "./controls.js";
import { everyFrame, keepSize } from "./frames.js";
import { followList } from "./list_follower.js";
import { editButton, MappingEditor, mappingsBySource } from "./mapping_editor.js";
import { colour, watchTheme } from "./theme.js";
import { nameOf, nameOfKey } from "./tree.js";

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("./mapping_editor.js").Mapping} Mapping */

const FADERS = [
  ...["/input/gain", "/input/gate", "/input/smooth"],
  ...["/input/follow", "/input/nearest", "/input/thru"],
];

/** What `/input/notes` may be. */
const MODES = ["none", "onsets", "pitch"];

/** Pause between two questions for what the input has moved. */
const FOLLOW_MS = 200;

/** For so long a lane looks back. */
const HISTORY_S = 4;

/** Level of an input that is not there. */
const SILENT_DB = -150;

/**
 * How each feature is shown, in the order of `/meter/input`: its height in a lane, 0 to 1, and text.
 *
 * @type {{height: (value: number) => number, text: (value: number) => string}[]}
 */
const SHOWN = [
  {
    height: (db) => 1 + db / 60,
    text: (db) => (db < SILENT_DB ? "silent" : `${db.toFixed(0)} dB`),
  },
  { height: (hz) => Math.log10(Math.max(hz, 100) / 100) / 2, text: (hz) => `${hz.toFixed(0)} Hz` },
  { height: (share) => share, text: (share) => share.toFixed(2) },
  { height: (strength) => strength, text: (strength) => (strength ? strength.toFixed(2) : "") },
  { height: (key) => (key ? (key - 36) / 60 : -1), text: (key) => (key ? nameOfKey(Math.round(key)) : "") },
  { height: (share) => share, text: (share) => share.toFixed(2) },
];

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildInput(element, { connection }) {
  const faders = document.createElement("div");
  faders.className = "voice";
  const known = FADERS.filter((path) => connection.tree?.find(path));
  faders.append(...known.map((path) => fader(connection, path, { small: true })));
  const buttons = document.createElement("div");
  buttons.className = "buttons modes";
  buttons.append(...modes(connection), toggle(connection, "/input/freeze", { label: "freeze" }));
  const list = document.createElement("div");
  list.className = "list";
  const features = new Features(connection, list);
  list.append(buttons, ...features.rows, faders);
  element.append(list, features.editor.element);
}

/** A row for each feature: a lane with its last seconds, and a button that edits what it moves. */
class Features {
  /**
   * @param {Connection} connection
   * @param {HTMLElement} list that the editor takes the place of
   */
  constructor(connection, list) {
    this._connection = connection;
    const tree = /** @type {import("./tree.js").Tree} */ (connection.tree);
    this._names = tree.get("/input/map").args[0].choices ?? [];
    this._lanes = this._names.map((name, n) => new Lane(name, SHOWN[n]));
    this._mappings = mappingsBySource(this._names, []);
    this.rows = this._names.map((name, n) => {
      const row = document.createElement("div");
      row.className = "row";
      const edit = editButton(name, (opener) => this.editor.open(name, name, this._mappings, opener));
      row.append(this._lanes[n].element, edit);
      return row;
    });
    const kind = { map: "/input/map", clear: "/input/unmap", many: "features" };
    this.editor = new MappingEditor(connection, kind, list, () => load());
    const load = followList(connection, "input", (rows) => this._show(rows));
    this._followedMs = 0;
    connection.listen("/meter/input", (values) => this._take(values.map(Number)));
    everyFrame((seconds) => this._lanes.forEach((lane) => lane.frame(seconds)));
  }

  /** @param {import("./osc.js").Value[][]} rows */
  _show(rows) {
    this._mappings = mappingsBySource(this._names, rows);
    this._names.forEach((name, n) => this._lanes[n].label(this._mappings.get(name) ?? []));
    this.editor.show(this._mappings);
  }

  /** @param {number[]} values */
  _take(values) {
    this._lanes.forEach((lane, n) => lane.take(values[n]));
    const nowMs = performance.now();
    const gate = Number(this._connection.values("/input/gate")?.[0] ?? 0);
    if (values[0] > gate && nowMs - this._followedMs > FOLLOW_MS) {
      this._followedMs = nowMs; // a client is not told what the input moves
      const targets = new Set([...this._mappings.values()].flat().map(({ target }) => target));
      targets.forEach((target) => this._connection.send(`/${target}`));
    }
  }
}

/** A feature over the last seconds, with its name, what it moves, and its value. */
class Lane {
  /**
   * @param {string} name
   * @param {{height: (value: number) => number, text: (value: number) => string}} shown
   */
  constructor(name, shown) {
    this._name = name;
    this._shown = shown;
    /** @type {[number, number][]} ages in seconds, and heights; the newest is the last */
    this._points = [];
    this.element = document.createElement("div");
    this.element.className = "lane";
    this._canvas = document.createElement("canvas");
    this._canvas.setAttribute("aria-hidden", "true");
    this._context = /** @type {CanvasRenderingContext2D} */ (this._canvas.getContext("2d"));
    this._label = document.createElement("span");
    this._label.className = "label";
    this._value = document.createElement("output");
    this._value.setAttribute("aria-label", name);
    this._value.setAttribute("aria-live", "off");
    this.element.append(this._canvas, this._label, this._value);
    this.label([]);
    watchTheme(() => void (this._ink = colour("--meter")));
    keepSize(this._canvas, () => this._draw());
  }

  /** @param {Mapping[]} mappings */
  label(mappings) {
    const names = mappings.map(({ target }) => nameOf(target)).join(", ");
    this._label.textContent = names ? `${this._name} → ${names}` : this._name;
  }

  /** @param {number} value */
  take(value) {
    const height = Math.min(1, this._shown.height(value));
    const last = this._points.at(-1);
    if (!last || last[0] > 0) {
      this._points.push([0, height]);
    } else {
      last[1] = height; // two in one frame
    }
    this._value.textContent = this._shown.text(value);
  }

  /** @param {number} seconds */
  frame(seconds) {
    if (this._canvas.width > 0) {
      this._points.forEach((point) => void (point[0] += seconds));
      this._points = this._points.filter(([age]) => age < HISTORY_S);
      this._draw();
    }
  }

  _draw() {
    const { width, height } = this._canvas;
    const context = this._context;
    context.clearRect(0, 0, width, height);
    context.strokeStyle = this._ink ?? "";
    context.lineWidth = Math.max(2, height / 20);
    context.beginPath();
    let drawn = false;
    for (const [age, share] of this._points) {
      const x = width * (1 - age / HISTORY_S);
      const y = height * (0.95 - 0.9 * share);
      if (share < 0 || !drawn) {
        context.moveTo(x, y);
      } else {
        context.lineTo(x, y);
      }
      drawn = share >= 0;
    }
    context.stroke();
  }
}

/**
 * Buttons of the notes that the input plays.
 *
 * @param {Connection} connection
 */
function modes(connection) {
  const buttons = MODES.map((label, mode) => {
    const choice = plainButton(label);
    choice.dataset.address = "/input/notes";
    choice.title = connection.tree?.get("/input/notes").description ?? "";
    choice.setAttribute("aria-pressed", "false");
    actOnPress(choice, () => connection.set("/input/notes", mode), { scrolls: true });
    return choice;
  });
  connection.watch("/input/notes", ([now]) =>
    buttons.forEach((choice, mode) => choice.setAttribute("aria-pressed", String(mode === now))),
  );
  return buttons;
}
