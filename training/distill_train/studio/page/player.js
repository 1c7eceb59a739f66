/** Buttons that play sound files: one at a time, wherever they are. */

import { make } from "./dom.js";

const audio = new Audio();

/** @type {SoundButton | null} */
let current = null;

audio.addEventListener("timeupdate", () => current?.show());
audio.addEventListener("ended", () => stopSound());
audio.addEventListener("error", () => {
  const failed = current;
  stopSound();
  failed?.onError();
});

/** Called before a button plays: other players stop then. */
export const others = { stop: () => {} };

/** Stop what plays. */
export function stopSound() {
  const last = current;
  current = null;
  audio.pause();
  last?.show();
}

/** A button that plays a sound, and stops it. */
export class SoundButton {
  /**
   * @param {string} url
   * @param {string} name of the sound
   * @param {(share: number | null) => void} onProgress place in the sound, 0..1; null while it does not play
   */
  constructor(url, name, onProgress = () => {}) {
    this._url = url;
    this._name = name;
    this._onProgress = onProgress;
    this.element = make("button", {
      type: "button",
      className: "button square sound",
      onclick: () => (current === this ? stopSound() : this.playFrom(0)),
    });
    this.element.append(playPicture());
    this.show();
  }

  /**
   * Play from a place.
   *
   * @param {number} share 0..1
   */
  playFrom(share) {
    others.stop();
    if (current !== this) {
      stopSound();
      current = this;
      audio.src = this._url;
    }
    const begin = () => {
      if (current === this) {
        audio.currentTime = share * (audio.duration || 0);
      } // else another was chosen before this one was read
    };
    if (audio.readyState) {
      begin();
    } else if (share > 0) {
      audio.addEventListener("loadedmetadata", begin, { once: true });
    }
    void audio.play().catch(() => {}); // the element's own event says why
    this.show();
  }

  /** Say in the page that the sound cannot be played. */
  onError() {
    this.element.title = "this browser cannot play the file";
    this.element.classList.add("unplayable");
  }

  show() {
    const plays = current === this;
    this.element.setAttribute("aria-pressed", String(plays));
    this.element.setAttribute("aria-label", `play ${this._name}`);
    this._onProgress(plays ? audio.currentTime / (audio.duration || Infinity) : null);
  }
}

/** A triangle and a square; the stylesheet shows one of them. */
function playPicture() {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  for (const [kind, line] of [
    ["begin", "M7 4L20 12L7 20Z"],
    ["end", "M6 6H18V18H6Z"],
  ]) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", line);
    path.classList.add(kind);
    picture.append(path);
  }
  return picture;
}
