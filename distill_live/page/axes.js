/** The axes of the model: a large fader each, and its oscillator (LFO) on demand. */

import { actOnPress, fader } from "./controls.js";

/** @typedef {import("./connection.js").Connection} Connection */

/** Where two columns of axes are side by side, as in the stylesheet. */
const narrow = matchMedia("(max-width: 719px)");

/** For so long after a move by hand, lists that were asked for before do not count. */
const OWN_MOVE_MS = 1000;

export class Axes {
  /**
   * @param {HTMLElement} element
   * @param {Connection} connection
   * @param {import("./point_follower.js").PointFollower} follower
   */
  constructor(element, connection, follower) {
    this._element = document.createElement("div");
    this._element.className = "axes";
    element.append(this._element);
    this._connection = connection;
    this._names = "";
    /** @type {Map<string, import("./fader.js").Fader>} */
    this._faders = new Map();
    /** @type {string[]} */
    this._order = []; // of the instrument: the tree's differs where a name is a number
    this._movedMs = -Infinity;
    this._built = new AbortController();
    this._element.addEventListener("input", () => void (this._movedMs = performance.now()));
    connection.listen("/axis/info", ([index, name, , , value]) => {
      this._order[Number(index)] = String(name);
      this._follow(String(name), Number(value));
    });
    connection.listen("/meter/axis", ([index, value]) =>
      this._faders.get(this._order[Number(index)])?.mark(Number(value)),
    );
    follower.add("/axis/list");
    this.build();
  }

  /** Build the faders of the leading model, unless they are there. */
  build() {
    const names = this._connection.tree?.valuesBelow("/axis") ?? [];
    if (names.join() === this._names) {
      return;
    }
    this._names = names.join();
    this._built.abort();
    this._built = new AbortController();
    this._faders.clear();
    this._element.replaceChildren(...names.map((name) => this._row(name)));
  }

  /**
   * Show where a move of the whole point has left an axis, unless a hand is on one.
   *
   * @param {string} name
   * @param {number} value
   */
  _follow(name, value) {
    if (performance.now() - this._movedMs > OWN_MOVE_MS && !this._element.querySelector(".held")) {
      this._connection.note(`/axis/${name}`, [value]);
    }
  }

  /** @param {string} name */
  _row(name) {
    const signal = this._built.signal;
    const row = document.createElement("div");
    row.className = "axis";
    const lfo = document.createElement("div");
    lfo.className = "lfo";
    lfo.hidden = true;
    lfo.append(
      fader(this._connection, `/lfo/${name}`, { index: 0, label: "rate", small: true, signal }),
      fader(this._connection, `/lfo/${name}`, { index: 1, label: "depth", small: true, signal }),
    );
    const open = document.createElement("button");
    open.type = "button";
    open.className = "button wave";
    open.setAttribute("aria-label", `LFO of ${name.replaceAll("_", " ")}`);
    open.setAttribute("aria-expanded", "false");
    open.append(wave());
    actOnPress(open, () => {
      lfo.hidden = !lfo.hidden;
      open.setAttribute("aria-expanded", String(!lfo.hidden));
    }, { scrolls: true });
    this._connection.watch(
      `/lfo/${name}`,
      ([, depth]) => open.classList.toggle("moving", Number(depth) > 0),
      signal,
    );
    const position = fader(this._connection, `/axis/${name}`, { signal });
    const resize = () => void position.classList.toggle("small", narrow.matches);
    narrow.addEventListener("change", resize, { signal });
    resize();
    this._faders.set(name, position);
    row.append(position, open, lfo);
    return row;
  }
}

/** A period of a sine, as a picture. */
function wave() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M2 12C5 2 9 2 12 12S19 22 22 12");
  svg.append(path);
  return svg;
}
