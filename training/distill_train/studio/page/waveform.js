/** Picture of a sound: minimum and maximum of each column. */

import { keepSize } from "/page/frames.js";
import { colour, watchTheme } from "/page/theme.js";
import { make } from "./dom.js";
import { whenSeen } from "./lazy.js";

/** @type {WeakMap<Element, Waveform>} by their elements, as a list of hundreds comes and goes */
const waveforms = new WeakMap();

watchTheme(() => {
  for (const element of document.querySelectorAll(".waveform")) {
    waveforms.get(element)?.draw();
  }
});

export class Waveform {
  /**
   * @param {() => Promise<{peaks: [number, number][]}>} load
   * @param {(share: number) => void} onSeek called with the place of a click, 0..1
   */
  constructor(load, onSeek) {
    /** @type {[number, number][]} */
    this._peaks = [];
    /** @type {number | null} */
    this._at = null;
    this.element = make("canvas", {
      className: "waveform",
      onclick: (event) => onSeek(event.offsetX / this.element.clientWidth),
    });
    this.element.setAttribute("aria-hidden", "true");
    keepSize(this.element, () => this.draw());
    waveforms.set(this.element, this);
    whenSeen(this.element, async () => {
      this._peaks = (await load()).peaks;
      this.draw();
    });
  }

  /**
   * Place that sounds, 0..1; null for none.
   *
   * @param {number | null} at
   */
  set at(at) {
    this._at = at;
    this.draw();
  }

  draw() {
    const { width, height } = this.element;
    const context = this.element.getContext("2d");
    if (!context || width === 0) {
      return;
    }
    context.clearRect(0, 0, width, height);
    const column = width / this._peaks.length;
    const sounding = (this._at ?? 0) * this._peaks.length;
    const played = colour("--accent");
    const rest = colour("--meter");
    this._peaks.forEach(([minimum, maximum], n) => {
      context.fillStyle = n < sounding ? played : rest;
      const top = ((1 - maximum) / 2) * height;
      const length = ((maximum - minimum) / 2) * height;
      context.fillRect(n * column, top, Math.max(1, column), Math.max(1, length));
    });
  }
}
