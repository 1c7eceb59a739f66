/**
 * `<dl-fader>`: a bar that is dragged along its length, horizontal or vertical.
 *
 * Drags are relative: a touch moves nothing until the finger does, so that a control can be taken
 * where it stands. Shift is fine. A double tap restores the value of a new instrument. Event: `input`.
 */

import { format } from "./tree.js";

/**
 * @typedef {object} Scale
 * @property {string} label
 * @property {string} [description]
 * @property {number} min
 * @property {number} max
 * @property {string} [type] `i` for whole numbers, `key` for keys
 * @property {string} [unit]
 * @property {number} [skew] value = min + (max - min) * way ** skew
 * @property {number | null} [fallback] value of a double tap
 */

/** Moves of the mark by less, as a share of the length, are not drawn. */
const LEAST_WAY = 0.002;

const FINE = 0.1;
const STEPS = 100;
const STEPS_OF_A_PAGE = 10;

/** A second tap within this time and distance is a double tap. */
const DOUBLE_TAP_MS = 350;
export const TAP_PX = 8;

export class Fader extends HTMLElement {
  constructor() {
    super();
    /** @type {Scale} */
    this._scale = { label: "", min: 0, max: 1 };
    this._value = 0;
    this._pointer = -1;
    this._way = 0; // of the drag, unclipped, so that a finger that went too far comes back to its place
    this._last = 0;
    this._travel = 0;
    this._tapMs = -Infinity;
    /** @type {HTMLElement | null} */
    this._sounding = null;
    this._soundingWay = -1;
    this._text = document.createTextNode("");
  }

  /**
   * Build it. Called once, before it is in the page.
   *
   * @param {Scale} scale
   * @param {{vertical?: boolean}} layout
   * @returns {this}
   */
  configure(scale, { vertical = false } = {}) {
    this._scale = scale;
    this._vertical = vertical;
    const fill = document.createElement("span");
    fill.className = "fill";
    const name = document.createElement("span");
    name.className = "label";
    name.textContent = scale.label;
    const shown = document.createElement("span");
    shown.className = "value";
    shown.append(this._text);
    if (scale.unit) {
      const unit = document.createElement("small");
      unit.textContent = scale.unit;
      shown.append(unit);
    }
    this.append(fill, name, shown);
    this.tabIndex = 0;
    this.setAttribute("role", "slider");
    this.setAttribute("aria-label", scale.label);
    this.setAttribute("aria-orientation", vertical ? "vertical" : "horizontal");
    this.setAttribute("aria-valuemin", String(scale.min));
    this.setAttribute("aria-valuemax", String(scale.max));
    if (scale.description) {
      this.title = scale.description;
    }
    this.classList.toggle("bipolar", this._origin > 0);
    this.style.setProperty("--origin", String(this._origin));
    this._show();
    this.addEventListener("pointerdown", (event) => this._press(event));
    this.addEventListener("pointermove", (event) => this._drag(event));
    this.addEventListener("pointerup", (event) => this._release(event));
    this.addEventListener("lostpointercapture", (event) => this._end(event));
    this.addEventListener("keydown", (event) => this._key(event));
    return this;
  }

  /** The present value; setting it sends no event. */
  get value() {
    return this._value;
  }

  set value(value) {
    const clipped = Math.min(this._scale.max, Math.max(this._scale.min, value));
    if (clipped !== this._value && !Number.isNaN(clipped)) {
      this._value = clipped;
      this._show();
    }
  }

  /**
   * Mark the value that sounds, where motion or a glide makes it another one than was set.
   *
   * @param {number} value
   */
  mark(value) {
    if (!this._sounding) {
      this._sounding = document.createElement("span");
      this._sounding.className = "sounding";
      this.append(this._sounding);
    }
    const way = Math.min(1, Math.max(0, this._toWay(value)));
    if (Math.abs(way - this._soundingWay) > LEAST_WAY) {
      this._soundingWay = way;
      this._sounding.style.setProperty("--sounding", String(way));
    }
  }

  /** Whether a finger holds it. */
  get held() {
    return this._pointer !== -1;
  }

  /** Where the fill begins: at zero, if that lies within the range. */
  get _origin() {
    const { min, max, unit } = this._scale;
    return min < 0 && max > 0 && unit !== "dB" ? this._toWay(0) : 0;
  }

  /** Whether hands set whole numbers alone. */
  get _whole() {
    return this._scale.type === "i" || this._scale.type === "key";
  }

  /** @param {number} value */
  _toWay(value) {
    const { min, max, skew = 1 } = this._scale;
    return ((value - min) / (max - min)) ** (1 / skew);
  }

  /** @param {number} way */
  _toValue(way) {
    const { min, max, skew = 1 } = this._scale;
    const value = min + (max - min) * Math.min(1, Math.max(0, way)) ** skew;
    return this._whole ? Math.round(value) : value;
  }

  _show() {
    const way = this._toWay(this._value);
    const origin = this._origin;
    this.style.setProperty("--from", String(Math.min(way, origin)));
    this.style.setProperty("--to", String(Math.max(way, origin)));
    this.style.setProperty("--at", String(way));
    const text = format(this._value, this._scale);
    this._text.data = text;
    this.setAttribute("aria-valuenow", String(Math.round(this._value * 1000) / 1000));
    this.setAttribute("aria-valuetext", `${text} ${this._scale.unit ?? ""}`.trim());
  }

  /** @param {number} value */
  _move(value) {
    const before = this._value;
    this.value = value;
    if (this._value !== before) {
      this.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  /** @param {PointerEvent} event */
  _press(event) {
    if (event.button !== 0 || this.held) {
      return;
    }
    this.setPointerCapture(event.pointerId);
    this._pointer = event.pointerId;
    this._way = this._toWay(this._value);
    this._last = this._vertical ? -event.clientY : event.clientX;
    this._travel = 0;
    this.classList.add("held");
  }

  /** @param {PointerEvent} event */
  _drag(event) {
    if (event.pointerId !== this._pointer) {
      return;
    }
    const at = this._vertical ? -event.clientY : event.clientX;
    const length = this._vertical ? this.clientHeight : this.clientWidth;
    const moved = at - this._last;
    this._last = at;
    if (length === 0) {
      return; // another finger has hidden its panel
    }
    this._travel += Math.abs(moved);
    this._way += (moved / length) * (event.shiftKey ? FINE : 1);
    this._move(this._toValue(this._way));
  }

  /** @param {PointerEvent} event */
  _release(event) {
    if (event.pointerId !== this._pointer) {
      return;
    }
    const tapped = this._travel < TAP_PX;
    const { fallback } = this._scale;
    if (tapped && event.timeStamp - this._tapMs < DOUBLE_TAP_MS && typeof fallback === "number") {
      this._move(fallback);
    }
    this._tapMs = tapped ? event.timeStamp : -Infinity;
  }

  /** @param {PointerEvent} event */
  _end(event) {
    if (event.pointerId === this._pointer) {
      this._pointer = -1;
      this.classList.remove("held");
    }
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const { min, max, fallback } = this._scale;
    const step = (event.shiftKey ? FINE : 1) / STEPS;
    const move = stepOf(event.key, step);
    if (move !== 0) {
      const value = this._toValue(this._toWay(this._value) + move);
      const stays = this._whole && value === this._value;
      this._move(stays ? value + Math.sign(move) : value);
    } else if (event.key === "Home") {
      this._move(min);
    } else if (event.key === "End") {
      this._move(max);
    } else if ((event.key === "Backspace" || event.key === "Delete") && typeof fallback === "number") {
      this._move(fallback);
    } else {
      return;
    }
    event.preventDefault();
  }
}

/**
 * Way that a key moves a slider, given that of an arrow; 0 for other keys.
 *
 * @param {string} key
 * @param {number} step
 */
export function stepOf(key, step) {
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return step;
    case "ArrowLeft":
    case "ArrowDown":
      return -step;
    case "PageUp":
      return step * STEPS_OF_A_PAGE;
    case "PageDown":
      return -step * STEPS_OF_A_PAGE;
    default:
      return 0;
  }
}

customElements.define("dl-fader", Fader);
