/** The button that records the output, with the length of the take. */

import { button } from "./controls.js";
import { duration } from "./gestures.js";

/**
 * Build the button.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildRecorder(element, { connection }) {
  element.append(recordButton(connection, () => ""));
}

/**
 * A button that begins and ends a take.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {() => string} name of a take that begins; empty to let the instrument choose one
 */
export function recordButton(connection, name) {
  const parameter = /** @type {import("./tree.js").Tree} */ (connection.tree).get("/record");
  const isOn = () => element.getAttribute("aria-pressed") === "true";
  const element = button("", () => {
    const wanted = isOn() ? "" : name();
    if (isOn()) {
      connection.send("/record", 0);
    } else if (wanted) {
      connection.send("/record", 1, wanted);
    } else {
      connection.send("/record", 1);
    }
  });
  const text = document.createTextNode(parameter.name);
  element.append(text);
  element.classList.add("record");
  element.title = parameter.description;
  element.dataset.address = "/record";
  element.setAttribute("aria-pressed", "false");
  element.setAttribute("aria-label", parameter.name);
  connection.watch("/record", ([on]) => {
    element.setAttribute("aria-pressed", String(on === 1));
    text.data = on === 1 ? duration(0) : parameter.name;
  });
  connection.watch("/take/recording", ([take]) => {
    element.title = take ? String(take) : parameter.description;
  });
  connection.listen("/meter/take", ([seconds]) => {
    const shown = isOn() ? duration(Number(seconds)) : parameter.name;
    if (text.data !== shown) {
      text.data = shown;
    }
  });
  return element;
}
