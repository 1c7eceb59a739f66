/** Render: a model to a sound file; jobs with players and downloads. */

import { confirmedButton } from "/page/confirm.js";
import { choice, KeyedList, labelled, make, setOptions } from "./dom.js";
import { SoundButton } from "./player.js";
import { address } from "./server.js";

/** @typedef {import("./server.js").Job} Job */

const WAYS = [
  { name: "wander", text: "goes on as the recordings do" },
  { name: "walk", text: "drifts from place to place" },
  { name: "recording", text: "one recording, from its beginning" },
  { name: "gesture", text: "one that was recorded on the play page" },
  { name: "preset", text: "one that was stored on the play page" },
];

/** Ways that need the choice of one. */
const LISTS = /** @type {Record<string, string>} */ ({
  recording: "path_names",
  gesture: "gestures",
  preset: "presets",
});

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Studio} studio
 * @returns {(model: string) => void} chooses the model of the next file
 */
export function buildRendering(element, studio) {
  const { server } = studio;
  const model = make("select", { className: "field", required: true, onchange: () => showOptions() });
  const which = make("select", { className: "field" });
  const whichRow = labelled("which one", which);
  const way = choice("what", WAYS, () => showOptions());
  const seconds = make("input", { className: "field", type: "number", min: "0.1", max: "3600", step: "any", value: "30", required: true });
  const seed = make("input", { className: "field", type: "number", min: "0", max: "4294967295", step: "1", value: "0", required: true });
  const format = make("select", { className: "field" });
  const start = make("button", { className: "button primary", textContent: "render" });
  const form = make(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        const body = {
          model: model.value,
          seconds: seconds.valueAsNumber,
          seed: seed.valueAsNumber,
          format: format.value,
          ...motion(way.value, which.value),
        };
        studio.attempt(server.post("/api/render", body));
      },
    },
    make("h2", { textContent: "A sound file" }),
    labelled("model", model),
    way.element,
    whichRow,
    make("div", { className: "three" }, labelled("seconds", seconds), labelled("seed", seed), labelled("format", format)),
    make("small", { textContent: "Another seed takes another course; the same gives the same sound again." }),
    start,
  );
  const list = make("ol", { className: "jobs" });
  const jobs = new KeyedList(list, jobKey, (job) => jobRow(job));
  const empty = make("p", { className: "lead", textContent: "Nothing rendered yet. Files appear here, to hear and to download." });
  element.append(
    make(
      "div",
      { className: "columns" },
      make("div", { className: "beside" }, form),
      make("div", { className: "content" }, empty, list),
    ),
  );
  void studio.options.then(({ formats }) =>
    setOptions(format, formats.map((name) => ({ id: name, name }))),
  );
  let shown = "";
  server.watch((state) => {
    setOptions(model, state.models);
    start.disabled ||= state.models.length === 0;
    empty.hidden = state.jobs.length > 0;
    jobs.show(state.jobs);
    if (model.value !== shown) {
      showOptions();
    }
  });

  return (id) => {
    model.value = id;
    showOptions();
  };

  function showOptions() {
    shown = model.value;
    const list = LISTS[way.value];
    whichRow.hidden = !list;
    if (!shown || !list) {
      start.disabled = !shown;
      return;
    }
    const asked = `${shown} ${way.value}`;
    void server.get("/api/model", { id: shown }).then((details) => {
      if (asked === `${model.value} ${way.value}`) {
        /** @type {string[]} */
        const names = details[list];
        const none = { id: "", name: `this model has no ${way.value}s` };
        setOptions(which, names.length ? names.map((name) => ({ id: name, name })) : [none]);
        start.disabled = names.length === 0;
      }
    }, () => {});
  }

  /** @param {Job} job */
  function jobRow({ id, name }) {
    const text = make("small");
    const bar = make("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-label", name);
    const query = { job: id };
    const sound = new SoundButton(address("/api/render/audio", query), name, (at) => (bar.value = at ?? 0));
    const href = address("/api/render/file", query);
    const download = make("a", { className: "button", textContent: "download", href, download: "" });
    const remove = confirmedButton("remove", `remove ${name}`, () =>
      studio.attempt(server.post("/api/render/remove", query)),
    );
    return {
      element: make(
        "li",
        { className: "job" },
        sound.element,
        make("div", {}, make("strong", { textContent: name }), text, bar),
        make("div", { className: "row" }, download, remove),
      ),
      /** @param {Job} job */
      show({ state, error }) {
        sound.element.hidden = download.hidden = state !== "done";
        text.textContent = { running: "renders", failed: error ?? "failed", done: "" }[state];
        text.classList.toggle("bad", state === "failed");
        bar.hidden = state !== "done";
      },
    };
  }
}

/**
 * What a render does, for the server.
 *
 * @param {string} way
 * @param {string} which
 */
function motion(way, which) {
  if (way === "preset") {
    return { preset: which };
  }
  return { path: way === "recording" || way === "gesture" ? `${way}:${which}` : way };
}

/** @param {Job} job */
function jobKey({ id }) {
  return id;
}
