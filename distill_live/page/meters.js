/** Level meters of all output channels, with peak hold, smoothed to the display. */

import { everyFrame, keepSize } from "./frames.js";
import { colour, watchTheme } from "./theme.js";

const FLOOR_DB = -60;
const MOST_CHANNELS = 16;

/** A level falls by so much in a second, and a peak after it was held. */
const FALL_DB_S = 36;
const HOLD_S = 1.5;

/** From here a peak is shown as too loud: the limiter works. */
const LOUD_DB = -1.1;

export class Meters {
  /**
   * @param {HTMLElement} element
   * @param {import("./connection.js").Connection} connection
   */
  constructor(element, connection) {
    this._canvas = document.createElement("canvas");
    this._canvas.className = "meters";
    this._canvas.setAttribute("role", "img");
    this._canvas.setAttribute("aria-label", "Level meters");
    this._context = /** @type {CanvasRenderingContext2D} */ (this._canvas.getContext("2d"));
    element.append(this._canvas);
    this._channels = 0;
    this._goals = new Float32Array(MOST_CHANNELS).fill(FLOOR_DB);
    this._levels = new Float32Array(MOST_CHANNELS).fill(FLOOR_DB);
    this._peaks = new Float32Array(MOST_CHANNELS).fill(FLOOR_DB);
    this._held = new Float32Array(MOST_CHANNELS);
    this._dirty = true;
    connection.listen("/meter/rms", ([channel, level]) => this._take(Number(channel), Number(level)));
    connection.listen("/meter/peak", ([channel, level]) => this._peak(Number(channel), Number(level)));
    connection.addEventListener("state", () => {
      this._goals.fill(FLOOR_DB);
      if (connection.connected) {
        this._channels = 0; // an instrument that was started again may have fewer
      }
    });
    watchTheme(() => {
      this._bar = colour("--meter");
      this._ground = colour("--raised");
      this._ink = colour("--ink");
      this._danger = colour("--danger");
      this._dirty = true;
    });
    keepSize(this._canvas, () => void (this._dirty = true));
    everyFrame((seconds) => this._frame(seconds));
  }

  /**
   * @param {number} channel
   * @param {number} level
   */
  _take(channel, level) {
    if (channel < MOST_CHANNELS) {
      this._channels = Math.max(this._channels, channel + 1);
      this._goals[channel] = Math.max(FLOOR_DB, level);
    }
  }

  /**
   * @param {number} channel
   * @param {number} level
   */
  _peak(channel, level) {
    if (channel < MOST_CHANNELS && level >= this._peaks[channel]) {
      this._peaks[channel] = level;
      this._held[channel] = HOLD_S;
    }
  }

  /** @param {number} seconds */
  _frame(seconds) {
    for (let n = 0; n < this._channels; n++) {
      const level = Math.max(this._goals[n], this._levels[n] - FALL_DB_S * seconds);
      this._held[n] -= seconds;
      const peak = this._held[n] > 0 ? this._peaks[n] : Math.max(level, this._peaks[n] - FALL_DB_S * seconds);
      this._dirty = this._dirty || level !== this._levels[n] || peak !== this._peaks[n];
      this._levels[n] = level;
      this._peaks[n] = peak;
    }
    if (this._dirty && this._canvas.width > 0) {
      this._dirty = false;
      this._draw();
    }
  }

  _draw() {
    const context = this._context;
    const { width, height } = this._canvas;
    const channels = Math.max(1, this._channels);
    const gap = height / channels > 8 ? Math.round(height / 16) : 1;
    const high = (height - gap * (channels - 1)) / channels;
    context.clearRect(0, 0, width, height);
    for (let n = 0; n < channels; n++) {
      const top = n * (high + gap);
      context.fillStyle = this._ground ?? "";
      context.fillRect(0, top, width, high);
      context.fillStyle = this._bar ?? "";
      context.fillRect(0, top, width * share(this._levels[n]), high);
      const peak = this._peaks[n];
      if (peak > FLOOR_DB) {
        const thick = Math.max(3, height / 14);
        context.fillStyle = (peak > LOUD_DB ? this._danger : this._ink) ?? "";
        context.fillRect(Math.max(0, width * share(peak) - thick), top, thick, high);
      }
    }
  }
}

/** @param {number} level in dB */
function share(level) {
  return Math.min(1, Math.max(0, 1 - level / FLOOR_DB));
}
