/** Buttons for what cannot be undone: the first press asks, the second acts. */

import { button } from "./controls.js";

const ASKED_MS = 2500;

/**
 * A button that acts when it is pressed twice.
 *
 * @param {string} label
 * @param {string} described what it does, for those who do not see it
 * @param {() => void} act
 */
export function confirmedButton(label, described, act) {
  let timer = 0;
  const element = button(label, () => {
    if (element.classList.contains("asking")) {
      forget();
      act();
      return;
    }
    element.classList.add("asking");
    element.textContent = "sure?";
    element.setAttribute("aria-label", `${described}: press again`);
    timer = setTimeout(forget, ASKED_MS);
  });
  element.setAttribute("aria-label", described);
  return element;

  function forget() {
    clearTimeout(timer);
    element.classList.remove("asking");
    element.textContent = label;
    element.setAttribute("aria-label", described);
  }
}
