/** The losses of a run, drawn as they come: training and validation, linear or logarithmic. */

import { keepSize } from "/page/frames.js";
import { colour, watchTheme } from "/page/theme.js";
import { clickButton, make } from "./dom.js";

/**
 * An epoch in the event log.
 *
 * @typedef {object} Epoch
 * @property {number} epoch
 * @property {number} epochs
 * @property {Record<string, number | null>} training
 * @property {Record<string, number | null>} validation
 * @property {boolean} best
 * @property {number | null} [seconds_left]
 */

const MARGIN_PX = { left: 46, right: 12, top: 10, bottom: 26 };
const FONT_PX = 12;
const STEPS = [1, 2, 5];

export class Curve {
  constructor() {
    /** @type {Epoch[]} */
    this._epochs = [];
    this._logarithmic = true;
    /** @type {number | null} place of the pointer, 0..1 */
    this._pointer = null;
    this._canvas = make("canvas", {
      onpointermove: (event) => this._point(event.offsetX),
      onpointerleave: () => this._point(null),
    });
    this._canvas.setAttribute("role", "img");
    this._legend = make("p", { className: "legend" });
    this._scale = clickButton("log", () => {
      this._logarithmic = !this._logarithmic;
      this._scale.setAttribute("aria-pressed", String(this._logarithmic));
      this._draw();
    });
    this._scale.setAttribute("aria-pressed", "true");
    this.element = make(
      "div",
      { className: "curve" },
      make("div", { className: "row" }, this._legend, this._scale),
      this._canvas,
    );
    keepSize(this._canvas, () => this._draw());
    watchTheme(() => this._draw());
  }

  /** @param {Epoch[]} epochs */
  show(epochs) {
    this._epochs = epochs;
    this._draw();
  }

  /** @param {number | null} x in pixels of the page */
  _point(x) {
    const width = this._canvas.clientWidth - MARGIN_PX.left - MARGIN_PX.right;
    this._pointer = x === null ? null : (x - MARGIN_PX.left) / width;
    this._draw();
  }

  _draw() {
    const canvas = this._canvas;
    const context = canvas.getContext("2d");
    this.element.hidden = this._epochs.length === 0;
    if (!context || canvas.width === 0 || this._epochs.length === 0) {
      return;
    }
    const ratio = canvas.width / canvas.clientWidth;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    const last = this._epochs[this._epochs.length - 1];
    const losses = this._epochs.flatMap((one) => [loss(one.training), loss(one.validation)]).filter(isPositive);
    const scales = new Scales(canvas, last.epoch, losses, this._logarithmic);
    scales.drawGrid(context);
    this._line(context, scales, "training", "--training");
    this._line(context, scales, "validation", "--validation");
    const shown = this._pointed(last.epoch) ?? last;
    if (shown !== last) {
      context.strokeStyle = colour("--quiet");
      context.beginPath();
      context.moveTo(scales.x(shown.epoch), MARGIN_PX.top);
      context.lineTo(scales.x(shown.epoch), canvas.clientHeight - MARGIN_PX.bottom);
      context.stroke();
    }
    this._showLegend(shown);
  }

  /**
   * The epoch under the pointer.
   *
   * @param {number} lastEpoch
   */
  _pointed(lastEpoch) {
    if (this._pointer === null) {
      return undefined;
    }
    const wanted = 1 + this._pointer * Math.max(0, lastEpoch - 1);
    const distance = (/** @type {Epoch} */ one) => Math.abs(one.epoch - wanted);
    return this._epochs.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  }

  /** @param {Epoch} shown */
  _showLegend({ epoch, training, validation }) {
    const parts = [`epoch ${epoch}`];
    /** @type {HTMLElement[]} */
    const spans = [];
    for (const [name, values] of Object.entries({ training, validation })) {
      const value = loss(values);
      if (value !== null) {
        parts.push(`${name} ${value.toFixed(3)}`);
        spans.push(make("span", { className: name, textContent: `${name} ${value.toFixed(3)}` }));
      }
    }
    this._legend.replaceChildren(parts[0], ...spans);
    this._canvas.setAttribute("aria-label", `losses: ${parts.join(", ")}`);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Scales} scales
   * @param {"training" | "validation"} kind
   * @param {string} name of its colour
   */
  _line(context, scales, kind, name) {
    const points = this._epochs.flatMap((one) => {
      const value = loss(one[kind]);
      return value !== null && isPositive(value) ? [{ x: scales.x(one.epoch), y: scales.y(value) }] : [];
    });
    context.strokeStyle = context.fillStyle = colour(name);
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.setLineDash(kind === "training" ? [] : [6, 3]); // told apart without colours too
    context.beginPath();
    points.forEach(({ x, y }, n) => (n ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 1;
    if (points.length > 0) {
      const { x, y } = points[points.length - 1];
      context.beginPath();
      context.arc(x, y, 3.5, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

/** From epochs and losses to places in the canvas. */
class Scales {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} lastEpoch
   * @param {number[]} losses
   * @param {boolean} logarithmic
   */
  constructor(canvas, lastEpoch, losses, logarithmic) {
    this._lastEpoch = lastEpoch;
    this._logarithmic = logarithmic;
    this._right = canvas.clientWidth - MARGIN_PX.right;
    this._bottom = canvas.clientHeight - MARGIN_PX.bottom;
    this._least = Math.min(...losses, Infinity);
    this._greatest = Math.max(...losses, 0);
    if (!(this._least < this._greatest)) {
      this._least = 0.9 * (Number.isFinite(this._least) ? this._least : 1);
      this._greatest = this._least / 0.8;
    }
    if (!logarithmic) {
      this._least = 0;
    }
  }

  /** @param {number} epoch */
  x(epoch) {
    const share = (epoch - 1) / Math.max(1, this._lastEpoch - 1);
    return MARGIN_PX.left + share * (this._right - MARGIN_PX.left);
  }

  /** @param {number} value */
  y(value) {
    const share = this._logarithmic
      ? Math.log(value / this._least) / Math.log(this._greatest / this._least)
      : (value - this._least) / (this._greatest - this._least);
    return this._bottom - share * (this._bottom - MARGIN_PX.top);
  }

  /** @param {CanvasRenderingContext2D} context */
  drawGrid(context) {
    context.font = `${FONT_PX}px system-ui, sans-serif`;
    context.fillStyle = colour("--quiet");
    context.strokeStyle = colour("--raised");
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of this._marks()) {
      const y = Math.round(this.y(value)) + 0.5;
      context.beginPath();
      context.moveTo(MARGIN_PX.left, y);
      context.lineTo(this._right, y);
      context.stroke();
      context.fillText(String(Number(value.toPrecision(3))), MARGIN_PX.left - 6, y);
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText("epoch 1", MARGIN_PX.left, this._bottom + FONT_PX + 6);
    if (this._lastEpoch > 1) {
      context.textAlign = "right";
      context.fillText(String(this._lastEpoch), this._right, this._bottom + FONT_PX + 6);
    }
  }

  /** Round numbers within the scale, three to eight. */
  _marks() {
    if (!this._logarithmic || this._greatest / this._least < 3) {
      const rough = (this._greatest - this._least) / 4;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = power * (STEPS.find((one) => one * power >= rough) ?? 10);
      const first = Math.ceil(this._least / step);
      const count = Math.floor(this._greatest / step) - first + 1;
      return Array.from({ length: count }, (_, n) => (first + n) * step);
    }
    const marks = [];
    for (let power = Math.floor(Math.log10(this._least)); 10 ** power <= this._greatest; power++) {
      marks.push(...STEPS.map((one) => one * 10 ** power));
    }
    return marks.filter((mark) => mark >= this._least && mark <= this._greatest);
  }
}

/** @param {Record<string, number | null>} values */
function loss(values) {
  return values.reconstruction ?? null;
}

/**
 * @param {number | null} value
 * @returns {value is number}
 */
function isPositive(value) {
  return value !== null && value > 0;
}
