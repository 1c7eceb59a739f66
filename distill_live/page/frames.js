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
 * Fit a canvas to its place in the page, at the display's resolution. Returns whether it was resized.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function fit(canvas) {
  const ratio = Math.min(devicePixelRatio, 2); // beyond, only the work grows
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width === width && canvas.height === height) {
    return false;
  }
  canvas.width = width;
  canvas.height = height;
  return true;
}

/** @param {number} nowMs */
function next(nowMs) {
  const seconds = Math.min(LONGEST_FRAME_S, (nowMs - lastMs) / 1000);
  lastMs = nowMs;
  for (const draw of all) {
    draw(seconds, nowMs);
  }
  requestAnimationFrame(next);
}
