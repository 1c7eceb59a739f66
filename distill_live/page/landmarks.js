/**
 * The landmarks of the corpus, and their picture: a cloud for each recording, with its name.
 *
 * The picture is drawn once for each zoom, larger than the window where that is zoomed in, and then
 * copied in every frame, until the window leaves it.
 */

import { colour } from "./theme.js";

/** Hues of recordings in their order: neighbours in the list are far apart. */
const FIRST_HUE = 40;
const GOLDEN_ANGLE = 137.508;

/** Radius of a landmark and of its cloud, as a share of the window's shorter side. */
const DOT = 0.0055;
const GLOW = 0.055;
const LARGEST_GLOW_PX = 110;

/** How far the picture reaches beyond a window that is zoomed in, as a share of its side. */
const BEYOND = 0.2;

/** Room between two names on the map. */
const NAME_GAP_PX = 6;

/** @typedef {{left: number, right: number, top: number, bottom: number}} Box */

export class Landmarks {
  constructor() {
    /** @type {string[]} */
    this.recordings = []; // files
    /** @type {string[]} */
    this.names = []; // of the recordings, as shown
    this.count = 0;
    this.x = new Float32Array(0);
    this.y = new Float32Array(0);
    this.seconds = new Float32Array(0);
    this.recording = new Uint16Array(0);
    this._path = -1; // recording whose landmarks are joined
    this._context = opaque(document.createElement("canvas"));
    this._old = true;
    this._zoom = 0; // of the picture
    this._left = 0; // of the map's corner in the page, when it was drawn
    this._top = 0;
    this._dark = true;
    this._ground = "";
    /** @type {number[]} */
    this._bySize = [];
    /** @type {number[]} */
    this._middles = [];
    /** @type {HTMLCanvasElement[]} */
    this._glows = [];
    this._glowKey = "";
  }

  /**
   * Take the rows of `/corpus/info`: index, file, position in seconds, x, y.
   *
   * @param {import("./osc.js").Value[][]} rows
   */
  take(rows) {
    this.count = rows.length;
    this.x = new Float32Array(rows.length);
    this.y = new Float32Array(rows.length);
    this.seconds = new Float32Array(rows.length);
    this.recording = new Uint16Array(rows.length);
    const numbers = new Map();
    rows.forEach(([, file, seconds, x, y], n) => {
      if (!numbers.has(file)) {
        numbers.set(file, numbers.size);
      }
      this.recording[n] = numbers.get(file);
      this.seconds[n] = Number(seconds);
      this.x[n] = Number(x);
      this.y[n] = Number(y);
    });
    this.recordings = [...numbers.keys()];
    this.names = shownNames(this.recordings);
    this._middles = this.recordings.map((_, recording) => this._middle(recording));
    const sizes = new Uint32Array(this.recordings.length);
    this.recording.forEach((recording) => sizes[recording]++);
    this._bySize = this.recordings.map((_, n) => n).sort((a, b) => sizes[b] - sizes[a]);
    this._glowKey = "";
    this._old = true;
  }

  /** Take the colours of the page's theme. */
  useTheme() {
    this._dark = document.documentElement.dataset.theme !== "light";
    this._ground = colour("--map");
    this._old = true;
  }

  /**
   * Join the landmarks of a recording, which plays as a path, in their order. Returns whether it is
   * another than before.
   *
   * @param {number} recording -1 for none
   */
  showPath(recording) {
    const other = recording !== this._path;
    this._path = recording;
    this._old ||= other;
    return other;
  }

  /**
   * Colour of a recording, with an opacity.
   *
   * @param {number} recording
   * @param {number} [opacity]
   */
  colour(recording, opacity = 1) {
    const hue = (FIRST_HUE + recording * GOLDEN_ANGLE) % 360;
    const [lightness, chroma] = this._dark ? [0.8, 0.14] : [0.52, 0.15];
    return `oklch(${lightness} ${chroma} ${hue.toFixed(1)} / ${opacity})`;
  }

  /**
   * The landmark nearest to a place; -1 without landmarks.
   *
   * @param {number} x
   * @param {number} y
   */
  nearest(x, y) {
    let best = -1;
    let least = Infinity;
    for (let n = 0; n < this.count; n++) {
      const distance = (this.x[n] - x) ** 2 + (this.y[n] - y) ** 2;
      if (distance < least) {
        least = distance;
        best = n;
      }
    }
    return best;
  }

  /**
   * Copy the picture into a frame; it is drawn first if it is old, or the window has left it.
   *
   * @param {CanvasRenderingContext2D} frame of a canvas as large as the window
   * @param {import("./map_view.js").MapView} view
   * @param {number} ratio pixels of the canvas in one of the page
   */
  copyTo(frame, view, ratio) {
    const { width, height } = frame.canvas;
    const canvas = this._context.canvas;
    const beyond = view.zoom > 1 ? BEYOND : 0;
    const beyondX = Math.round(beyond * width);
    const beyondY = Math.round(beyond * height);
    const sized = canvas.width === width + 2 * beyondX && canvas.height === height + 2 * beyondY;
    let left = Math.round((view.left(0) - this._left) * ratio);
    let top = Math.round((view.top(0) - this._top) * ratio);
    const reaches = Math.abs(left) <= beyondX && Math.abs(top) <= beyondY;
    if (this._old || !sized || !reaches || view.zoom !== this._zoom) {
      canvas.width = width + 2 * beyondX;
      canvas.height = height + 2 * beyondY;
      this._draw(view, beyondX / ratio, beyondY / ratio, ratio);
      [this._old, this._zoom, this._left, this._top] = [false, view.zoom, view.left(0), view.top(0)];
      left = top = 0;
    }
    frame.drawImage(canvas, left - beyondX, top - beyondY);
  }

  /**
   * Draw the picture for a view.
   *
   * @param {import("./map_view.js").MapView} view
   * @param {number} beyondX how far it reaches beyond the window, in pixels of the page
   * @param {number} beyondY
   * @param {number} ratio
   */
  _draw(view, beyondX, beyondY, ratio) {
    const context = this._context;
    const width = context.canvas.width / ratio - 2 * beyondX;
    const height = context.canvas.height / ratio - 2 * beyondY;
    context.fillStyle = this._ground;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.scale(ratio, ratio);
    context.translate(beyondX, beyondY);
    context.globalCompositeOperation = this._dark ? "lighter" : "multiply";
    const side = Math.min(width, height);
    const glow = Math.max(8, Math.min(GLOW * side * Math.sqrt(view.zoom), LARGEST_GLOW_PX));
    const sprites = this._allGlows(glow, ratio);
    for (let n = 0; n < this.count; n++) {
      const left = view.left(this.x[n]) - glow;
      const top = view.top(this.y[n]) - glow;
      context.drawImage(sprites[this.recording[n]], left, top, 2 * glow, 2 * glow);
    }
    context.globalCompositeOperation = "source-over";
    this._drawPath(context, view);
    const dot = Math.max(2, DOT * side) * Math.min(2, view.zoom ** 0.3);
    for (let recording = 0; recording < this.recordings.length; recording++) {
      context.fillStyle = this.colour(recording, 0.9);
      context.beginPath();
      for (let n = 0; n < this.count; n++) {
        if (this.recording[n] === recording) {
          const left = view.left(this.x[n]);
          const top = view.top(this.y[n]);
          context.moveTo(left + dot, top);
          context.arc(left, top, dot, 0, 2 * Math.PI);
        }
      }
      context.fill();
    }
    const reach = { left: -beyondX, right: width + beyondX, top: -beyondY, bottom: height + beyondY };
    this._drawNames(context, view, reach, width < 500 ? 13 : 16);
  }

  /**
   * Join the landmarks of the recording that plays, in their order.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {import("./map_view.js").MapView} view
   */
  _drawPath(context, view) {
    const along = [...this.recording.keys()].filter((n) => this.recording[n] === this._path);
    along.sort((a, b) => this.seconds[a] - this.seconds[b]);
    context.strokeStyle = this.colour(this._path, 0.6);
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.beginPath();
    for (const n of along) {
      context.lineTo(view.left(this.x[n]), view.top(this.y[n]));
    }
    context.stroke();
  }

  /**
   * The clouds of all recordings, drawn anew where size or theme have changed.
   *
   * @param {number} radius
   * @param {number} ratio
   */
  _allGlows(radius, ratio) {
    const key = `${radius} ${ratio} ${this._dark}`;
    if (key !== this._glowKey) {
      this._glowKey = key;
      this._glows = this.recordings.map((_, recording) => this._glow(recording, radius, ratio));
    }
    return this._glows;
  }

  /**
   * @param {number} recording
   * @param {number} radius
   * @param {number} ratio
   */
  _glow(recording, radius, ratio) {
    const canvas = document.createElement("canvas");
    const pixels = Math.ceil(2 * radius * ratio);
    canvas.width = canvas.height = pixels;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const half = pixels / 2;
    const fade = context.createRadialGradient(half, half, 0, half, half, half);
    fade.addColorStop(0, this.colour(recording, 0.2));
    fade.addColorStop(0.4, this.colour(recording, 0.09));
    fade.addColorStop(1, this.colour(recording, 0));
    context.fillStyle = fade;
    context.fillRect(0, 0, pixels, pixels);
    return canvas;
  }

  /**
   * Write each recording's name at its landmark that lies most in the middle, where there is room.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {import("./map_view.js").MapView} view
   * @param {Box} reach of the picture
   * @param {number} size of the letters
   */
  _drawNames(context, view, reach, size) {
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = this._dark ? "rgb(0 0 0 / 0.75)" : "rgb(255 255 255 / 0.85)";
    /** @type {Box[]} */
    const taken = [];
    for (const recording of this._bySize) {
      const middle = this._middles[recording];
      const name = this.names[recording];
      const half = context.measureText(name).width / 2;
      const there = view.left(this.x[middle]);
      const left = Math.min(reach.right - half - 8, Math.max(reach.left + half + 8, there));
      const top = view.top(this.y[middle]) - size;
      const box = {
        left: left - half - NAME_GAP_PX,
        right: left + half + NAME_GAP_PX,
        top: top - size / 2 - NAME_GAP_PX,
        bottom: top + size / 2 + NAME_GAP_PX,
      };
      const seen = box.top > reach.top && box.bottom < reach.bottom && there > reach.left;
      if (!seen || there > reach.right || taken.some((other) => meet(box, other))) {
        continue;
      }
      taken.push(box);
      context.strokeText(name, left, top);
      context.fillStyle = this.colour(recording);
      context.fillText(name, left, top);
    }
  }

  /**
   * The landmark of a recording nearest to the mean of all of its landmarks.
   *
   * @param {number} recording
   */
  _middle(recording) {
    let count = 0;
    let x = 0;
    let y = 0;
    for (let n = 0; n < this.count; n++) {
      if (this.recording[n] === recording) {
        count++;
        x += this.x[n];
        y += this.y[n];
      }
    }
    let best = 0;
    let least = Infinity;
    for (let n = 0; n < this.count; n++) {
      const distance = (this.x[n] - x / count) ** 2 + (this.y[n] - y / count) ** 2;
      if (this.recording[n] === recording && distance < least) {
        least = distance;
        best = n;
      }
    }
    return best;
  }
}

/**
 * Context of a canvas without opacity of its own, which is copied faster.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function opaque(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
}

/**
 * Whether two boxes overlap.
 *
 * @param {Box} a
 * @param {Box} b
 */
function meet(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/**
 * Names of recordings as shown: without the suffix of the file, where that leaves them distinct.
 *
 * @param {string[]} files
 */
export function shownNames(files) {
  const names = files.map((file) => file.replace(/\.[a-z0-9]{1,5}$/i, "").replaceAll("_", " "));
  const counts = new Map();
  names.forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
  return names.map((name, n) => (counts.get(name) === 1 ? name : files[n]));
}
