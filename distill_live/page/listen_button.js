/** The button that plays the instrument in this browser. */

import { plainButton } from "./controls.js";

const LABEL = "listen here";

/** In the name of the output that is none. */
const NO_DEVICE = "null output";

/**
 * A button that starts and ends listening, and shows its delay. It stands out where the instrument has
 * no device. Its module is read when it is wanted.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {import("./notices.js").Notices} notices
 */
export function listenButton(connection, notices) {
  /** @type {import("./listen.js").Listener | null} */
  let listener = null;
  const element = plainButton(LABEL);
  element.classList.add("listen");
  element.setAttribute("aria-pressed", "false");
  connection.watch("/device.reply", ([name]) =>
    element.classList.toggle("offered", String(name).includes(NO_DEVICE)),
  );

  const show = () => {
    const { state, latencySeconds, gaps } = /** @type {import("./listen.js").Listener} */ (listener);
    const delay = `${Math.round(1000 * latencySeconds)} ms`;
    element.setAttribute("aria-pressed", String(state !== "off"));
    element.textContent =
      state === "off" ? LABEL : state !== "playing" ? state : gaps > 0 ? `${delay}, ${gaps} gaps` : delay;
  };

  // browsers allow sound after a click, and not yet when a finger is put down
  element.addEventListener("click", async () => {
    try {
      if (!listener) {
        const { Listener } = await import("./listen.js");
        if (!listener) { // no other click came first
          listener = new Listener();
          listener.addEventListener("change", show);
        }
      }
      if (listener.state === "off") {
        await listener.start();
      } else {
        listener.stop();
      }
    } catch (error) {
      notices.show(`This browser cannot play: ${error instanceof Error ? error.message : error}`);
    }
  });
  return element;
}
