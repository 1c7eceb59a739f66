/** Motion of the point, and how the chunk is read: faders and switches by address. */

import { button, fader, toggle } from "./controls.js";

/** @typedef {import("./connection.js").Connection} Connection */

const FADERS = [
  ["/drift", "/walk", "/speed", "/glide"],
  ["/pitch", "/formant", "/jitter", "/spread"],
];

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {Connection} connection
 */
export function buildPlayback(element, connection) {
  const controls = document.createElement("div");
  controls.className = "controls";
  const [motion, sound] = FADERS.map((paths) => paths.map((path) => fader(connection, path, { small: true })));
  const freeze = toggle(connection, "/freeze");
  freeze.classList.add("freeze");
  const seed = button(connection.tree?.get("/seed").name ?? "", () =>
    connection.send("/seed", Math.floor(Math.random() * 2 ** 24)),
  );
  seed.title = connection.tree?.get("/seed").description ?? "";
  seed.dataset.address = "/seed";
  const keep = toggle(connection, "/formant/keep", { label: "keep formant" });
  controls.append(...motion, freeze, toggle(connection, "/follow"), ...sound, keep, seed);
  element.append(controls);
}
