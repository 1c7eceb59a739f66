/**
 * One loop of animation for all canvases, at the display's rate; it rests while the page is hidden.
 */

/** @typedef {(seconds: number, nowMs: number) => void} Draw */

/** A longer pause, of a hidden page, is one frame. */
const LONGEST_FRAME_S = 0.1;

const reduced = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {Draw[]} */
const all = [];
let lastMs = 0;

/**
 * Call `draw` in every frame, with the time since the last one.
 *
 * @param {Draw} draw
 */
export function everyFrame(draw) {
  if (all.push(draw) === 1) {
    requestAnimationFrame(next);
  }
}

/** Whether the performer wants no motion that is not their own. */
export function motionReduced() {
  return reduced.matches;
}

/**
 * Share of the way to a target after some time, for a time constant.
 *
 * @param {number} seconds
 * @param {number} constant
 */
export function approach(seconds, constant) {
  return motionReduced() ? 1 : 1 - Math.exp(-seconds / constant);
}

/**
 * Keep a canvas at the size that it has in the page, at the display's resolution.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} resized called after each change, also where the layout shows it no more
 */
export function keepSize(canvas, resized) {
  new ResizeObserver(() => {
    const ratio = Math.min(devicePixelRatio, 2); // beyond, only the work grows
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    resized();
  }).observe(canvas);
}

/** @param {number} nowMs */
function next(nowMs) {
  const seconds = Math.min(LONGEST_FRAME_S, (nowMs - lastMs) / 1000);
  lastMs = nowMs;
  requestAnimationFrame(next); // first: one that fails does not end the others
  for (const draw of all) {
    draw(seconds, nowMs);
  }
}
