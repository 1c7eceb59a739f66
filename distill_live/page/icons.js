/** Small pictures on buttons, drawn with one line. */

const SPACE = "http://www.w3.org/2000/svg";

/** Paths in a square of 24. */
const PATHS = {
  add: "M12 4V20M4 12H20",
  back: "M14 5L7 12L14 19",
  edit: "M5 19L6 15L16 5L19 8L9 18Z",
  loop: "M7 7H17A3 3 0 0 1 20 10V14M4 10L7 7L4 4M17 17H7A3 3 0 0 1 4 14V10M20 14L17 17L20 20",
  map: "M4 6H9M15 18H20M4 18C12 18 12 6 20 6",
  open: "M12 4V15M7 10L12 15L17 10M4 20H20",
  remove: "M6 6L18 18M18 6L6 18",
};

/**
 * A picture; the element that holds it has the label.
 *
 * @param {keyof PATHS} name
 */
export function icon(name) {
  return picture(PATHS[name]);
}

/**
 * A curve from the lower left to the upper right corner, by its height at each place 0 to 1.
 *
 * @param {(at: number) => number} height
 */
export function curveIcon(height) {
  const points = Array.from({ length: 17 }, (_, n) => {
    const at = n / 16;
    return `${(3 + 18 * at).toFixed(1)} ${(21 - 18 * height(at)).toFixed(1)}`;
  });
  return picture(`M${points.join("L")}`);
}

/** @param {string} line */
function picture(line) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SPACE, "path");
  path.setAttribute("d", line);
  svg.append(path);
  return svg;
}
