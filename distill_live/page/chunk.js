/**
 * The chunk of sound that is being read: its level, the play head, the position and the loop.
 *
 * A touch sets the position; the two handles move the ends of the loop.
 */

import { stepOf } from "./fader.js";
import { approach, everyFrame, keepSize } from "./frames.js";
import { colour, watchTheme } from "./theme.js";
import { format } from "./tree.js";

/** Level that has no height, in dB. */
const FLOOR_DB = -66;

const MOST_FRAMES = 128;
const LEVEL_S = 0.06;
const STEP = 0.01;
const GAP_PX = 2;

export class Chunk {
  /**
   * @param {HTMLElement} element
   * @param {import("./connection.js").Connection} connection
   * @param {import("./point_follower.js").PointFollower} follower
   */
  constructor(element, connection, follower) {
    this._connection = connection;
    this._levels = new Float32Array(MOST_FRAMES).fill(0);
    this._goals = new Float32Array(MOST_FRAMES).fill(0);
    this._count = 0;
    this._position = 0;
    this._start = 0;
    this._end = 1;
    this._head = -1;
    this._dirty = true;
    this._pointer = -1;
    element.classList.add("chunk");
    this._canvas = document.createElement("canvas");
    this._context = /** @type {CanvasRenderingContext2D} */ (this._canvas.getContext("2d"));
    this._positionSlider = this._slider("/position", 0);
    this._positionSlider.className = "scrub";
    this._positionSlider.append(this._canvas);
    this._startHandle = this._slider("/loop", 0);
    this._startHandle.className = "handle start";
    this._endHandle = this._slider("/loop", 1);
    this._endHandle.className = "handle end";
    element.append(this._positionSlider, this._startHandle, this._endHandle);
    this._drag(this._positionSlider, (at) => this._scrub(at));
    this._drag(this._startHandle, (at) => this._setStart(at));
    this._drag(this._endHandle, (at) => this._setEnd(at));
    this._keys(this._positionSlider, () => this._position, (at) => this._scrub(at));
    this._keys(this._startHandle, () => this._start, (at) => this._setStart(at));
    this._keys(this._endHandle, () => this._end, (at) => this._setEnd(at));

    connection.watch("/position", ([at]) => this._show(Number(at), this._start, this._end));
    connection.watch("/loop", ([start, end]) =>
      this._show(this._position, Math.min(Number(start), Number(end)), Math.max(Number(start), Number(end))),
    );
    connection.listen("/meter/head", ([head]) => {
      this._head = Number(head);
      this._dirty = true;
    });
    connection.listen("/chunk/levels.reply", (levels) => this._take(levels));
    follower.add("/chunk/levels");
    watchTheme(() => {
      this._bar = colour("--ink");
      this._accent = colour("--accent");
      this._dirty = true;
    });
    this._ratio = 1;
    keepSize(this._canvas, () => {
      this._ratio = this._canvas.width / Math.max(1, this._canvas.clientWidth);
      this._dirty = true;
    });
    everyFrame((seconds) => this._frame(seconds));
  }

  /**
   * @param {string} path
   * @param {number} index
   */
  _slider(path, index) {
    const parameter = this._connection.tree?.get(path);
    const argument = parameter?.args[index];
    const element = document.createElement("div");
    element.tabIndex = 0;
    element.dataset.address = path;
    element.title = parameter?.description ?? "";
    element.setAttribute("role", "slider");
    element.setAttribute("aria-orientation", "horizontal");
    const name = parameter?.name ?? path;
    element.setAttribute("aria-label", argument?.name === name ? name : `${name} ${argument?.name}`);
    element.setAttribute("aria-valuemin", "0");
    element.setAttribute("aria-valuemax", "1");
    return element;
  }

  /**
   * @param {HTMLElement} element
   * @param {(at: number) => void} move
   */
  _drag(element, move) {
    const moveTo = (/** @type {PointerEvent} */ event) => {
      const { left, width } = this._canvas.getBoundingClientRect();
      if (width > 0) { // else another finger has hidden it
        move(clip((event.clientX - left) / width));
      }
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.button === 0) {
        element.setPointerCapture(event.pointerId);
        moveTo(event);
      }
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) {
        moveTo(event);
      }
    });
  }

  /**
   * @param {HTMLElement} element
   * @param {() => number} value
   * @param {(at: number) => void} move
   */
  _keys(element, value, move) {
    element.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) {
        return;
      }
      const step = stepOf(event.key, STEP);
      if (step !== 0) {
        move(clip(value() + step));
      } else if (event.key === "Home" || event.key === "End") {
        move(event.key === "Home" ? 0 : 1);
      } else {
        return;
      }
      event.preventDefault();
    });
  }

  /** @param {number} at */
  _scrub(at) {
    this._connection.set("/position", at);
  }

  /** @param {number} at no further than the end, which stays */
  _setStart(at) {
    this._connection.set("/loop", Math.min(at, this._end), this._end);
  }

  /** @param {number} at no further back than the start, which stays */
  _setEnd(at) {
    this._connection.set("/loop", this._start, Math.max(at, this._start));
  }

  /**
   * @param {number} position
   * @param {number} start
   * @param {number} end
   */
  _show(position, start, end) {
    this._position = position;
    this._start = start;
    this._end = end;
    this._dirty = true;
    this._startHandle.style.setProperty("--at", String(start));
    this._endHandle.style.setProperty("--at", String(end));
    for (const [element, value] of /** @type {[HTMLElement, number][]} */ ([
      [this._positionSlider, position],
      [this._startHandle, start],
      [this._endHandle, end],
    ])) {
      element.setAttribute("aria-valuenow", value.toFixed(3));
      element.setAttribute("aria-valuetext", format(value, { min: 0, max: 1 }));
    }
  }

  /** @param {import("./osc.js").Value[]} levels */
  _take(levels) {
    this._count = Math.min(MOST_FRAMES, levels.length);
    for (let n = 0; n < this._count; n++) {
      this._goals[n] = clip(1 - Number(levels[n]) / FLOOR_DB);
    }
    this._dirty = true;
  }

  /** @param {number} seconds */
  _frame(seconds) {
    if (this._canvas.width === 0) {
      return; // another panel is shown
    }
    const share = approach(seconds, LEVEL_S);
    for (let n = 0; n < this._count; n++) {
      const missing = this._goals[n] - this._levels[n];
      if (Math.abs(missing) > 2e-3) {
        this._levels[n] += share * missing;
        this._dirty = true;
      }
    }
    if (this._dirty) {
      this._dirty = false;
      this._draw();
    }
  }

  _draw() {
    const context = this._context;
    const { width, height } = this._canvas;
    const ratio = this._ratio;
    context.clearRect(0, 0, width, height);
    context.fillStyle = this._bar ?? "";
    const count = Math.max(1, this._count);
    const step = width / count;
    const gap = Math.min(GAP_PX * ratio, step / 3);
    for (let n = 0; n < this._count; n++) {
      const at = (n + 0.5) / count;
      context.globalAlpha = at >= this._start && at <= this._end ? 0.5 : 0.13;
      const high = Math.max(ratio, this._levels[n] * (height - 8 * ratio));
      context.fillRect(n * step, (height - high) / 2, step - gap, high);
    }
    context.globalAlpha = 1;
    if (this._head >= 0) {
      context.fillRect(this._head * width - ratio, 0, 2 * ratio, height);
    }
    context.fillStyle = this._accent ?? "";
    const at = Math.min(width - 4 * ratio, Math.max(0, this._position * width - 2 * ratio));
    context.fillRect(at, 0, 4 * ratio, height);
  }
}

/** @param {number} value */
function clip(value) {
  return Math.min(1, Math.max(0, value));
}
