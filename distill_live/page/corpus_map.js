/**
 * The map of the corpus: touch it, and the point goes there.
 *
 * It shows the landmarks coloured by recording, where the point is, by what way it came, and which
 * landmarks it is made of; a recording that plays as a path is a line through its landmarks. Several
 * fingers play the place between them. A double tap goes to the nearest landmark itself.
 */

import { actOnPress } from "./controls.js";
import { Fingers } from "./fingers.js";
import { approach, everyFrame, keepSize, motionReduced } from "./frames.js";
import { Landmarks, opaque } from "./landmarks.js";
import { followList } from "./list_follower.js";
import { MapView } from "./map_view.js";
import { TAP_PX, stepOf } from "./fader.js";
import { colour, watchTheme } from "./theme.js";

/** Smooths the point between two meters, which come 25 times a second. */
const POINT_S = 0.05;

const TRAIL = 150;
const TRAIL_INTERVAL_S = 0.02;
const TRAIL_GROUPS = 15;

const STEP = 0.01;
const LARGE_STEP = 0.05;
const ZOOM_STEP = 1.6;
const DOUBLE_TAP_MS = 350;

const MOST_NEIGHBOURS = 32;

export class CorpusMap {
  /**
   * @param {HTMLElement} element
   * @param {import("./connection.js").Connection} connection
   * @param {import("./point_follower.js").PointFollower} follower
   */
  constructor(element, connection, follower) {
    this._connection = connection;
    this._follower = follower;
    this._landmarks = new Landmarks();
    /** @type {string[]} */
    this._paths = []; // recording of each path
    this._view = new MapView();
    this._fingers = new Fingers();
    this._x = this._y = 0.5;
    this._goalX = this._goalY = 0.5;
    this._metered = false;
    this._neighbours = new Uint32Array(MOST_NEIGHBOURS);
    this._weights = new Float32Array(MOST_NEIGHBOURS);
    this._neighbourCount = 0;
    this._strongest = -1;
    this._trailX = new Float32Array(TRAIL).fill(NaN);
    this._trailY = new Float32Array(TRAIL).fill(NaN);
    this._trailAt = 0;
    this._trailS = 0;
    this._still = 0; // points of the trail since the point moved
    this._tapMs = -Infinity;
    this._pressLeft = 0;
    this._pressTop = 0;
    this._dirty = true;

    this._canvas = document.createElement("canvas");
    this._canvas.dataset.address = "/map";
    this._context = opaque(this._canvas);
    this._here = document.createElement("p");
    this._here.className = "here";
    this._name = document.createElement("strong");
    this._time = document.createElement("span");
    this._here.append(this._name, this._time);
    element.append(this._canvas, this._here, this._zoomButtons());
    this._listenToHands();
    this._listenToInstrument(follower);
    watchTheme(() => this._takeColours());
    this._ratio = 1;
    keepSize(this._canvas, () => {
      this._ratio = this._canvas.width / Math.max(1, this._canvas.clientWidth);
      this._view.resize(this._canvas.clientWidth, this._canvas.clientHeight);
      this._dirty = true;
      this._frame(0); // until it is drawn, a canvas of another size is black
    });
    everyFrame((seconds) => this._frame(seconds));
  }

  /** @param {import("./osc.js").Value[][]} rows landmarks of the leading model */
  _takeLandmarks(rows) {
    this._landmarks.take(rows);
    this._neighbourCount = 0;
    this._follower.ask(); // neighbours that came before the landmarks are not shown
    this._dirty = true;
  }

  /** @param {import("./point_follower.js").PointFollower} follower */
  _listenToInstrument(follower) {
    this._connection.watch("/map", ([x, y]) => this._metered || this._aim(Number(x), Number(y)));
    this._connection.listen("/meter/point", ([x, y]) => {
      this._aim(Number(x), Number(y));
      if (!this._metered) {
        this._metered = true;
        this._x = this._goalX;
        this._y = this._goalY;
      }
    });
    this._connection.listen("/meter/path", ([number]) => {
      const recording = this._landmarks.recordings.indexOf(this._paths[Number(number)] ?? "");
      if (this._landmarks.showPath(recording)) {
        this._dirty = true;
      }
    });
    followList(this._connection, "corpus", (rows) => this._takeLandmarks(rows), "/model/changed");
    followList(
      this._connection,
      "path",
      (rows) => void (this._paths = rows.map(([, name]) => String(name))),
      "/model/changed",
    );
    this._connection.listen("/corpus/neighbours.reply", (values) => this._takeNeighbours(values));
    follower.add("/corpus/neighbours");
  }

  _listenToHands() {
    const canvas = this._canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "map");
    canvas.setAttribute("aria-label", "Map of the recordings. Arrow keys move, Enter goes to a landmark.");
    canvas.addEventListener("pointerdown", (event) => this._press(event));
    canvas.addEventListener("pointermove", (event) => this._move(event));
    canvas.addEventListener("pointerup", (event) => this._tap(event));
    canvas.addEventListener("lostpointercapture", (event) => this._lift(event));
    canvas.addEventListener("keydown", (event) => this._key(event));
    canvas.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    addEventListener("blur", () => this._fingers.clear());
  }

  _zoomButtons() {
    const group = document.createElement("div");
    group.className = "zoom";
    for (const [sign, label, factor] of /** @type {const} */ ([
      ["+", "Zoom in", ZOOM_STEP],
      ["\u2212", "Zoom out", 1 / ZOOM_STEP],
    ])) {
      const element = document.createElement("button");
      element.type = "button";
      element.className = "button";
      element.textContent = sign;
      element.setAttribute("aria-label", label);
      actOnPress(element, () => this._zoom(factor, this._x, this._y));
      group.append(element);
    }
    return group;
  }

  _takeColours() {
    this._ink = colour("--ink");
    this._accent = colour("--accent");
    this._ground = colour("--map");
    this._landmarks.useTheme();
    this._dirty = true;
    this._showHere();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  _aim(x, y) {
    this._goalX = x;
    this._goalY = y;
    this._dirty = true;
  }

  /** @param {import("./osc.js").Value[]} pairs */
  _takeNeighbours(pairs) {
    const count = Math.min(MOST_NEIGHBOURS, pairs.length >> 1);
    let strongest = -1;
    let most = 0;
    for (let n = 0; n < count; n++) {
      this._neighbours[n] = Number(pairs[2 * n]);
      this._weights[n] = Number(pairs[2 * n + 1]);
      if (this._weights[n] > most) {
        most = this._weights[n];
        strongest = this._neighbours[n];
      }
    }
    this._neighbourCount = count;
    this._dirty = true;
    this._strongest = strongest;
    this._showHere();
  }

  /** Name the recording of the landmark that is heard most. */
  _showHere() {
    const landmark = this._strongest;
    const { names, recording, seconds, count } = this._landmarks;
    if (landmark < 0 || landmark >= count) {
      return;
    }
    const name = names[recording[landmark]];
    const at = Math.round(seconds[landmark]);
    const time = `${Math.floor(at / 60)}:${String(at % 60).padStart(2, "0")}`;
    if (this._name.textContent !== name) {
      this._name.textContent = name;
    }
    if (this._time.textContent !== time) {
      this._time.textContent = time;
    }
    this._here.style.color = this._landmarks.colour(recording[landmark]);
  }

  /** @param {PointerEvent} event */
  _press(event) {
    if (event.button === 0 && this._fingers.press(event.pointerId, event.offsetX, event.offsetY)) {
      this._canvas.setPointerCapture(event.pointerId);
      this._pressLeft = event.offsetX;
      this._pressTop = event.offsetY;
      this._send();
    }
  }

  /** @param {PointerEvent} event */
  _move(event) {
    if (this._fingers.move(event.pointerId, event.offsetX, event.offsetY)) {
      this._send();
    }
  }

  /** @param {PointerEvent} event */
  _tap(event) {
    const travel = Math.hypot(event.offsetX - this._pressLeft, event.offsetY - this._pressTop);
    const tapped = this._fingers.count === 1 && travel < TAP_PX;
    if (tapped && event.timeStamp - this._tapMs < DOUBLE_TAP_MS) {
      this._goto(this._view.x(event.offsetX), this._view.y(event.offsetY));
    }
    this._tapMs = tapped ? event.timeStamp : -Infinity;
  }

  /** @param {PointerEvent} event */
  _lift(event) {
    this._fingers.lift(event.pointerId);
    this._dirty = true;
  }

  _send() {
    const { middleLeft, middleTop } = this._fingers;
    this._connection.set("/map", this._view.x(middleLeft), this._view.y(middleTop));
    this._dirty = true;
  }

  /**
   * Go to the landmark nearest to a place.
   *
   * @param {number} x
   * @param {number} y
   */
  _goto(x, y) {
    const landmark = this._landmarks.nearest(x, y);
    if (landmark >= 0) {
      this._connection.send("/corpus/goto", landmark);
    }
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const step = (event.shiftKey ? LARGE_STEP : STEP) / this._view.zoom;
    if (event.key === "Enter") {
      this._goto(this._goalX, this._goalY);
    } else if (event.key === "+" || event.key === "=" || event.key === "PageUp") {
      this._zoom(ZOOM_STEP, this._x, this._y);
    } else if (event.key === "-" || event.key === "PageDown") {
      this._zoom(1 / ZOOM_STEP, this._x, this._y);
    } else if (event.key === "Home") {
      this._moveTo(0.5, 0.5);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      this._moveTo(this._target(0) + stepOf(event.key, step), this._target(1));
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      this._moveTo(this._target(0), this._target(1) + stepOf(event.key, step));
    } else {
      return;
    }
    event.preventDefault();
  }

  /**
   * Where keys move from: the place that was set last, unless the point has gone elsewhere since.
   *
   * @param {0 | 1} n
   */
  _target(n) {
    const set = Number(this._connection.values("/map")?.[n] ?? NaN);
    const is = n === 0 ? this._goalX : this._goalY;
    return Math.abs(set - is) < LARGE_STEP ? set : is;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  _moveTo(x, y) {
    this._connection.set("/map", Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y)));
  }

  /** @param {WheelEvent} event */
  _wheel(event) {
    event.preventDefault();
    const { offsetX, offsetY } = event;
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002));
    this._zoom(factor, this._view.x(offsetX), this._view.y(offsetY));
  }

  /**
   * @param {number} factor
   * @param {number} x
   * @param {number} y
   */
  _zoom(factor, x, y) {
    this._view.zoomBy(factor, x, y);
    this._dirty = true;
  }

  /** @param {number} seconds */
  _frame(seconds) {
    if (this._canvas.width === 0 || this._canvas.height === 0) {
      return; // a window so small has no room for it
    }
    this._step(seconds);
    if (this._dirty) {
      this._dirty = false;
      this._draw();
    }
  }

  /**
   * Move the point and its trail; what is still costs nothing.
   *
   * @param {number} seconds
   */
  _step(seconds) {
    const share = approach(seconds, POINT_S);
    const missingX = this._goalX - this._x;
    const missingY = this._goalY - this._y;
    if (Math.abs(missingX) + Math.abs(missingY) > 1e-5) {
      this._x += share * missingX;
      this._y += share * missingY;
      this._still = 0;
      this._dirty = true;
    }
    const held = this._fingers.count > 0 && !this._fingers.resting;
    const [x, y] = held
      ? [this._view.x(this._fingers.middleLeft), this._view.y(this._fingers.middleTop)]
      : [this._x, this._y];
    if (this._view.follow(x, y, approach(seconds, 0.25))) {
      this._dirty = true;
      if (held) {
        this._send(); // the map moves under the fingers
      }
    }
    this._trailS += seconds;
    if (this._trailS >= TRAIL_INTERVAL_S && this._still < TRAIL && !motionReduced()) {
      this._trailS = 0;
      this._trailX[this._trailAt] = this._x;
      this._trailY[this._trailAt] = this._y;
      this._trailAt = (this._trailAt + 1) % TRAIL;
      this._still++;
      this._dirty = true;
    }
  }

  _draw() {
    const context = this._context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    this._landmarks.copyTo(context, this._view, this._ratio);
    context.scale(this._ratio, this._ratio);
    context.lineCap = context.lineJoin = "round";
    this._drawTrail(context);
    this._drawNeighbours(context);
    this._drawFingers(context);
    this._drawPoint(context);
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context */
  _drawTrail(context) {
    context.strokeStyle = this._ink ?? "";
    const length = TRAIL / TRAIL_GROUPS;
    for (let group = 0; group < TRAIL_GROUPS; group++) {
      context.globalAlpha = 0.55 * ((group + 1) / TRAIL_GROUPS) ** 2;
      context.lineWidth = 1 + (3 * (group + 1)) / TRAIL_GROUPS;
      context.beginPath();
      let drawing = false;
      for (let n = group * length; n <= (group + 1) * length && n < TRAIL; n++) {
        const at = (this._trailAt + n) % TRAIL;
        if (Number.isNaN(this._trailX[at])) {
          continue;
        }
        const left = this._view.left(this._trailX[at]);
        const top = this._view.top(this._trailY[at]);
        if (drawing) {
          context.lineTo(left, top);
        } else {
          context.moveTo(left, top);
          drawing = true;
        }
      }
      context.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  _drawNeighbours(context) {
    const { x, y, recording, count } = this._landmarks;
    const left = this._view.left(this._x);
    const top = this._view.top(this._y);
    for (let n = 0; n < this._neighbourCount; n++) {
      const landmark = this._neighbours[n];
      if (landmark >= count) {
        continue;
      }
      const weight = this._weights[n];
      context.globalAlpha = 0.25 + 0.75 * weight;
      context.strokeStyle = context.fillStyle = this._landmarks.colour(recording[landmark]);
      context.lineWidth = 1.5 + 5 * weight;
      const thereLeft = this._view.left(x[landmark]);
      const thereTop = this._view.top(y[landmark]);
      context.beginPath();
      context.moveTo(left, top);
      context.lineTo(thereLeft, thereTop);
      context.stroke();
      context.beginPath();
      context.arc(thereLeft, thereTop, 4 + 7 * weight, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  _drawFingers(context) {
    const { count, left, top, middleLeft, middleTop } = this._fingers;
    context.strokeStyle = this._accent ?? "";
    context.globalAlpha = 0.7;
    context.lineWidth = 2;
    for (let n = 0; n < count; n++) {
      context.beginPath();
      context.arc(left[n], top[n], 30, 0, 2 * Math.PI);
      if (count > 1) {
        context.moveTo(left[n], top[n]);
        context.lineTo(middleLeft, middleTop);
      }
      context.stroke();
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  _drawPoint(context) {
    const left = this._view.left(this._x);
    const top = this._view.top(this._y);
    context.globalAlpha = 1;
    context.fillStyle = this._accent ?? "";
    context.strokeStyle = this._ground ?? "";
    context.lineWidth = 4;
    context.beginPath();
    context.arc(left, top, 13, 0, 2 * Math.PI);
    context.stroke();
    context.fill();
  }
}
