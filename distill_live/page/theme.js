/**
 * The two themes: dark for the stage, light for the day.
 *
 * Until one is chosen the system's counts; the choice is kept by the browser.
 */

const KEY = "distill-live-theme";

const light = matchMedia("(prefers-color-scheme: light)");

/** @type {Set<() => void>} */
const listeners = new Set();

/** Read the choice, and show it. */
export function startTheme() {
  const observer = new MutationObserver(() => listeners.forEach((listener) => listener()));
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  show(read() ?? (light.matches ? "light" : "dark"));
}

/** Change to the other theme. */
export function changeTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // a browser that keeps nothing still shows it
  }
  show(theme);
}

/**
 * Call `listener` now and after each change, to read colours for a canvas.
 *
 * @param {() => void} listener
 */
export function watchTheme(listener) {
  listeners.add(listener);
  listener();
}

/**
 * A colour of the stylesheet.
 *
 * @param {string} name such as `--ink`
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {string} theme */
function show(theme) {
  document.documentElement.dataset.theme = theme;
}

function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
