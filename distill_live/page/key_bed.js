/**
 * A keyboard on the screen, for any number of fingers.
 *
 * A key is the louder the lower it is struck. A finger glides from key to key; up and down it moves
 * the timbre, and a pen's force is the pressure.
 */

import { OCTAVE, nameOfKey } from "./tree.js";

/** Keys of an octave that are white, by their place. */
const WHITE = [0, 2, 4, 5, 7, 9, 11];
const HIGHEST_KEY = 127;

/** Least width of a white key; there are as many as fit. */
const LEAST_PX = 46;
const BLACK_WIDTH = 0.62;
const BLACK_LENGTH = 0.6;

const SOFTEST = 0.15;

/** A finger that strays this far up or down, as a share of the key's length, begins to move the timbre. */
const STRAY = 0.12;

/** @typedef {import("./held_keys.js").HeldKeys} HeldKeys */

/**
 * A place on a keyboard.
 *
 * @typedef {{key: number, depth: number}} Place `depth` 0 at the far end of the key, 1 at the near one
 */

export class KeyBed {
  /**
   * @param {import("./connection.js").Connection} connection
   * @param {HeldKeys} held
   */
  constructor(connection, held) {
    this._connection = connection;
    this._held = held;
    this._octave = 0; // the C from which the letters play
    this._lowest = 0; // a C
    this._whites = 0;
    /** @type {Map<number, HTMLElement>} */
    this._keys = new Map();
    /** @type {Map<number, string>} */
    this._letters = new Map();
    /** @type {Map<number, {top: number, timbre: number, pressure: number}>} */
    this._fingers = new Map();

    this.element = document.createElement("div");
    this.element.className = "bed";
    this.element.dataset.address = "/note/on";
    this.element.title = connection.tree?.get("/note/on").description ?? "";
    this.element.setAttribute("role", "img");
    this.element.addEventListener("pointerdown", (event) => this._press(event));
    this.element.addEventListener("pointermove", (event) => this._move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.element.addEventListener(end, (event) => this._lift(/** @type {PointerEvent} */ (event)));
    }
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    this.element.addEventListener("contextmenu", (event) => event.preventDefault());
    new ResizeObserver(() => this._build()).observe(this.element);
    connection.watch("/root", () => this._showRoot());
  }

  /**
   * Show the keys around an octave, with the letters of the computer's keys that play it.
   *
   * @param {number} lowest the octave's C
   * @param {Map<number, string>} letters by key
   */
  show(lowest, letters) {
    this._octave = lowest;
    this._letters = letters;
    this._whites = 0;
    this._build();
  }

  /**
   * Light a key.
   *
   * @param {number} key
   * @param {import("./held_keys.js").KeyState} state
   */
  light(key, state) {
    const element = this._keys.get(key);
    element?.classList.toggle("held", state === "held");
    element?.classList.toggle("kept", state === "kept");
  }

  _build() {
    const whites = Math.max(WHITE.length, Math.floor(this.element.clientWidth / LEAST_PX));
    if (whites === this._whites || !this.element.clientWidth) {
      return;
    }
    this._whites = whites;
    const below = Math.max(0, Math.floor((whites / WHITE.length - 1) / 2));
    const rest = whites % WHITE.length;
    const keys = OCTAVE * Math.floor(whites / WHITE.length) + (rest ? WHITE[rest - 1] + 1 : 0);
    const highest = HIGHEST_KEY - (HIGHEST_KEY % OCTAVE);
    this._lowest = Math.max(0, Math.min(this._octave - OCTAVE * below, highest));
    while (this._lowest > 0 && this._lowest + keys > HIGHEST_KEY + 1) {
      this._lowest -= OCTAVE;
    }
    this._keys.clear();
    const last = Math.min(this._lowest + keys, HIGHEST_KEY + 1);
    for (let key = this._lowest; key < last; key++) {
      this._keys.set(key, this._key(key));
    }
    this.element.replaceChildren(...this._keys.values());
    const range = `${nameOfKey(this._lowest)} to ${nameOfKey(last - 1)}`;
    this.element.setAttribute("aria-label", `keys ${range}; letters of the computer play them`);
    this._showRoot();
    this._held.showAll();
  }

  /** @param {number} key */
  _key(key) {
    const element = document.createElement("div");
    const white = WHITE.indexOf(key % OCTAVE);
    element.className = white < 0 ? "key black" : "key white";
    const { left, width } = this._span(key);
    element.style.left = `${100 * left}%`;
    element.style.width = `${100 * width}%`;
    const letter = document.createElement("b");
    letter.textContent = this._letters.get(key) ?? "";
    const name = document.createElement("span");
    name.textContent = key % OCTAVE === 0 ? nameOfKey(key) : "";
    element.append(letter, name);
    return element;
  }

  /**
   * Where a key lies, as shares of the width.
   *
   * @param {number} key
   */
  _span(key) {
    const octave = Math.floor((key - this._lowest) / OCTAVE);
    const white = WHITE.indexOf(key % OCTAVE);
    const width = 1 / this._whites;
    if (white >= 0) {
      return { left: (octave * WHITE.length + white) * width, width };
    }
    const after = octave * WHITE.length + WHITE.indexOf((key - 1) % OCTAVE) + 1;
    return { left: (after - BLACK_WIDTH / 2) * width, width: BLACK_WIDTH * width };
  }

  _showRoot() {
    const root = Number(this._connection.values("/root")?.[0] ?? -1);
    this._keys.forEach((element, key) => element.classList.toggle("root", key === root));
  }

  /**
   * Key under a finger; null beside all.
   *
   * @param {PointerEvent} event
   * @returns {Place | null}
   */
  _place(event) {
    const box = this.element.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width;
    const down = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
    /** @type {Place | null} */
    let found = null;
    for (const key of this._keys.keys()) {
      const { left, width } = this._span(key);
      const black = !WHITE.includes(key % OCTAVE);
      if (at >= left && at < left + width && (!black || down < BLACK_LENGTH)) {
        found = { key, depth: black ? down / BLACK_LENGTH : down };
        if (black) {
          break; // it lies above its neighbours
        }
      }
    }
    return found;
  }

  /** @param {PointerEvent} event */
  _press(event) {
    const place = event.button === 0 ? this._place(event) : null;
    if (place) {
      this.element.setPointerCapture(event.pointerId);
      this._fingers.set(event.pointerId, { top: event.clientY, timbre: 0, pressure: 0 });
      this._strike(event, place);
    }
  }

  /** @param {PointerEvent} event */
  _move(event) {
    const finger = this._fingers.get(event.pointerId);
    const key = this._held.keyOf(sourceOf(event));
    if (!finger || key === undefined) {
      return;
    }
    const place = this._place(event);
    if (place && place.key !== key) {
      Object.assign(finger, { top: event.clientY, timbre: 0, pressure: 0 });
      this._strike(event, place);
      return;
    }
    const way = (finger.top - event.clientY) / this.element.clientHeight;
    const stray = Math.sign(way) * Math.max(0, Math.abs(way) - STRAY);
    const timbre = Math.min(1, Math.max(-1, stray / (1 - STRAY)));
    if (timbre !== finger.timbre) {
      finger.timbre = timbre;
      this._connection.send("/note/timbre", key, timbre);
    }
    if (event.pointerType === "pen" && event.pressure !== finger.pressure) {
      finger.pressure = event.pressure;
      this._connection.send("/note/pressure", key, event.pressure);
    }
  }

  /** @param {PointerEvent} event */
  _lift(event) {
    this._fingers.delete(event.pointerId);
    this._held.lift(sourceOf(event));
  }

  /**
   * @param {PointerEvent} event
   * @param {Place} place
   */
  _strike(event, { key, depth }) {
    this._held.strike(sourceOf(event), key, SOFTEST + (1 - SOFTEST) * depth);
  }
}

/** @param {PointerEvent} event */
function sourceOf(event) {
  return `finger ${event.pointerId}`;
}
