/** Play: start the instrument with a model, open its page, stop it. */

import { clickButton, labelled, make, setOptions } from "./dom.js";

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Studio} studio
 * @returns {(model: string) => void} chooses a model and starts it
 */
export function buildPlaying(element, studio) {
  const { server } = studio;
  const model = make("select", { className: "field" });
  const start = clickButton("play", () => play(model.value), "primary");
  const stop = clickButton("stop", () => studio.attempt(server.post("/api/play/stop", {})));
  const open = make("a", { className: "button primary", textContent: "open the instrument's page", target: "_blank" });
  const text = make("p", { className: "status-line" });
  text.setAttribute("role", "status");
  element.append(
    make(
      "div",
      { className: "alone" },
      make("h2", { textContent: "The live instrument" }),
      make(
        "p",
        {},
        "It sounds on this computer's loudspeakers; if there are none, press ",
        make("strong", { textContent: "listen here" }),
        " on its page. That page has the map, the faders, keys and presets.",
      ),
      make("div", { className: "row" }, labelled("model", model), start),
      text,
      make("div", { className: "row" }, open, stop),
    ),
  );
  server.watch(({ models, live }) => {
    setOptions(model, models);
    start.disabled = models.length === 0;
    stop.hidden = !live;
    open.hidden = !live?.url;
    const name = models.find(({ id }) => id === live?.model)?.name ?? live?.model;
    text.textContent = live ? `${name} ${live.url ? "plays" : "starts"}` : "";
    if (live?.url) {
      open.href = live.url;
    }
  });

  /** @param {string} id */
  function play(id) {
    start.disabled = true;
    studio.attempt(
      server
        .post("/api/play", { model: id })
        .then(({ url }) => void (url && window.open(url, "_blank"))) // where it is blocked, the link remains
        .finally(() => (start.disabled = false)),
    );
  }

  return (id) => {
    model.value = id;
    play(id);
  };
}
