/** Train: start a run, watch and hear it learn, stop and resume it. */

import { Curve } from "./curve.js";
import { choice, clickButton, inWords, KeyedList, labelled, make, setOptions } from "./dom.js";
import { SoundButton } from "./player.js";
import { address } from "./server.js";

/** @typedef {import("./server.js").Run} Run */

/** @typedef {{epoch: number | null, message: string}} Warning outside training without an epoch */

/** The recordings where the previews are taken. */
const RECORDINGS = "recordings.wav";

/** What a run does besides training. */
const STAGES = /** @type {Record<string, string>} */ ({
  starting: "starts",
  reading: "reads the recordings",
  export: "makes the model",
  report: "writes the report",
});

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Studio} studio
 * @returns {(folder: string) => void} chooses the recordings of the next run
 */
export function buildTraining(element, studio) {
  const runs = new Runs(studio);
  const form = new RunForm(studio, (run) => runs.lookAt(run));
  element.append(
    make("div", { className: "columns" }, make("div", { className: "beside" }, form.element), runs.element),
  );
  return (folder) => form.chooseFolder(folder);
}

class RunForm {
  /**
   * @param {import("./main.js").Studio} studio
   * @param {(run: string) => void} onStart
   */
  constructor(studio, onStart) {
    this._folder = make("select", { className: "field", required: true });
    const name = make("input", { className: "field", maxLength: 80 });
    const minutes = make("input", {
      className: "field",
      type: "number",
      min: "0.1",
      max: "10000",
      step: "any",
      placeholder: "until it is done",
    });
    const start = make("button", { className: "button primary", textContent: "start training" });
    const choices = make("div", { className: "choices" });
    const none = make(
      "p",
      { className: "lead" },
      "First add recordings. ",
      clickButton("to the recordings", () => studio.choosePanel("recordings")),
    );
    /** @type {{readonly value: string}[]} */
    let chosen = [];
    void studio.options.then(({ presets, profiles }) => {
      const groups = [choice("preset", presets), choice("profile", profiles)];
      choices.append(...groups.map((group) => group.element));
      chosen = groups;
    });
    let starting = false; // the studio has not answered yet
    const showStart = () => (start.disabled = starting || this._folder.options.length === 0);
    const suggest = () => (name.placeholder = this._folder.selectedOptions[0]?.text ?? "");
    this._folder.addEventListener("change", suggest);
    this.element = make(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          const [preset, profile] = chosen.map(({ value }) => value);
          const body = {
            folder: this._folder.value,
            name: name.value.trim(), // without one, the folder's, numbered where it is taken
            preset,
            profile,
            ...(minutes.value ? { minutes: minutes.valueAsNumber } : {}),
          };
          starting = true;
          showStart();
          studio.attempt(
            studio.server
              .post("/api/train", body)
              .finally(() => {
                starting = false;
                showStart();
              })
              .then(({ id }) => {
                name.value = "";
                onStart(id);
              }),
          );
        },
      },
      make("h2", { textContent: "A new model" }),
      labelled("recordings", this._folder),
      labelled("name of the model", name),
      labelled("minutes", minutes, "Empty: as long as the preset needs, some 8 to 18 minutes on two cores. A number: the run ends complete after about that time."),
      choices,
      start,
      make("p", { className: "hint", textContent: "The run goes on when this page, or the studio, is closed." }),
    );
    studio.server.watch(({ folders }) => {
      setOptions(this._folder, folders);
      suggest();
      none.hidden = folders.length > 0;
      showStart();
    });
    this.element.prepend(none);
    this._suggest = suggest;
  }

  /** @param {string} folder */
  chooseFolder(folder) {
    this._folder.value = folder;
    this._suggest();
  }
}

class Runs {
  /** @param {import("./main.js").Studio} studio */
  constructor(studio) {
    this._studio = studio;
    this._chosen = "";
    /** @type {RunDetails | null} */
    this._details = null;
    const list = make("ol", { className: "runs" });
    this._list = new KeyedList(list, (/** @type {Run} */ run) => run.id, (run) => this._row(run));
    this._empty = make("p", { className: "lead", textContent: "No runs yet. The first one appears here, with its curve and its sounds." });
    this._detail = make("div", { className: "detail" });
    this.element = make("div", { className: "content" }, this._empty, list, this._detail);
    studio.server.watch(({ runs }) => this._show(runs));
    studio.server.addEventListener("run", (event) => {
      const { run, event: entry } = /** @type {CustomEvent} */ (event).detail;
      if (run === this._chosen) {
        this._details?.take(entry);
      }
    });
    studio.server.addEventListener("connection", () => {
      if (studio.server.connected && this._chosen) {
        this._details?.load(); // what was missed meanwhile
      }
    });
  }

  /**
   * Choose a run, and bring it into view.
   *
   * @param {string} run
   */
  lookAt(run) {
    this.choose(run);
    this._detail.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} run */
  choose(run) {
    this._chosen = run;
    const known = this._studio.server.state?.runs.find(({ id }) => id === run);
    this._details = known ? new RunDetails(this._studio, known) : null;
    this._detail.replaceChildren(...(this._details ? [this._details.element] : []));
    this._details?.load();
    this._mark();
  }

  /** @param {Run[]} runs */
  _show(runs) {
    this._empty.hidden = runs.length > 0;
    this._list.show(runs);
    if (runs.length > 0 && !runs.some(({ id }) => id === this._chosen)) {
      this.choose((runs.find(({ state }) => state === "running") ?? runs[0]).id);
    }
    if (runs.length === 0 && this._details) {
      this.choose(""); // the last one was removed
    }
    const chosen = runs.find(({ id }) => id === this._chosen);
    if (chosen && !this._details) {
      this.choose(this._chosen); // it was started here, before its first event
    } else if (chosen) {
      this._details?.show(chosen);
    }
    this._mark();
  }

  _mark() {
    for (const row of this._list.element.children) {
      const button = row.querySelector(".model");
      button?.setAttribute("aria-current", String(button.getAttribute("data-run") === this._chosen));
    }
  }

  /** @param {Run} run */
  _row(run) {
    const title = make("strong", { textContent: run.name });
    const text = make("small");
    const bar = make("progress", { max: 1 });
    bar.setAttribute("aria-label", `progress of ${run.name}`);
    const button = make(
      "button",
      { type: "button", className: "model", onclick: () => this.lookAt(run.id) },
      title,
      text,
      bar,
    );
    button.dataset.run = run.id;
    const show = (/** @type {Run} */ now) => {
      text.textContent = progressText(now);
      bar.hidden = now.state !== "running" || now.share === null;
      bar.value = now.share ?? 0;
    };
    return { element: make("li", {}, button), show };
  }
}

/** Curve, previews and warnings of one run, and what can be done with it. */
class RunDetails {
  /**
   * @param {import("./main.js").Studio} studio
   * @param {Run} run
   */
  constructor(studio, run) {
    this._studio = studio;
    this._run = run;
    /** @type {import("./curve.js").Epoch[]} */
    this._history = [];
    /** @type {{epoch: number, file: string}[]} */
    this._previewsKnown = [];
    /** @type {Map<string, string>} by the message without its numbers */
    this._warningsKnown = new Map();
    this._state = make("p", { className: "status-line" });
    this._state.setAttribute("role", "status");
    this._curve = new Curve();
    this._warnings = make("ul", { className: "advice" });
    const previews = make("ol", { className: "previews" });
    this._previews = new KeyedList(previews, previewKey, (preview) => this._preview(preview));
    this._previewTitle = make("h3", { textContent: "previews" });
    const { server } = studio;
    this._stop = clickButton("stop", () => studio.attempt(server.post("/api/run/stop", { id: run.id })));
    this._minutes = make("input", {
      className: "field minutes",
      type: "number",
      min: "0.1",
      step: "any",
      placeholder: "minutes in all",
    });
    this._minutes.setAttribute("aria-label", "minutes in all; empty: as it was planned");
    this._resume = clickButton("resume", () => {
      const minutes = this._minutes.value ? { minutes: this._minutes.valueAsNumber } : {};
      studio.attempt(server.post("/api/run/resume", { id: run.id, ...minutes }));
    });
    this._remove = clickButton("remove", () => studio.attempt(server.post("/api/run/remove", { id: run.id })));
    this._import = clickButton("put its model into the library", () =>
      studio.attempt(server.post("/api/run/import", { id: run.id }).then(() => studio.choosePanel("library"))),
    );
    this._model = clickButton("to its model", () => studio.choosePanel("library"), "primary");
    this._report = make("a", {
      className: "button",
      textContent: "report",
      target: "_blank",
      href: address("/api/run/report", { id: run.id }),
    });
    this.element = make(
      "section",
      {},
      make("h2", { textContent: run.name }),
      this._state,
      make("div", { className: "row" }, this._stop, this._model, this._import, this._report, this._minutes, this._resume, this._remove),
      this._warnings,
      this._curve.element,
      this._previewTitle,
      previews,
    );
    this.element.setAttribute("aria-label", `run ${run.name}`);
    this.show(run);
    this._showHistory();
  }

  /** Read the run from its beginning. */
  load() {
    this._studio.attempt(
      this._studio.server.get("/api/run", { id: this._run.id }).then(({ run, history, previews, warnings }) => {
        this._history = history;
        this._previewsKnown = previews.length ? [{ epoch: 0, file: RECORDINGS }, ...previews] : [];
        warnings.forEach((/** @type {Warning} */ one) => this._warn(one));
        this.show(run);
        this._showHistory();
      }),
    );
  }

  /** @param {Run} run */
  show(run) {
    const over = this._run.state !== run.state;
    this._run = run;
    this._state.textContent = progressText(run);
    this._state.classList.toggle("bad", run.state === "failed");
    this._stop.hidden = run.state !== "running" && run.state !== "waiting";
    this._resume.hidden = !run.resumable;
    this._remove.hidden = !run.removable;
    this._resume.textContent = run.state === "finished" ? "train longer" : "resume";
    this._minutes.hidden = this._resume.hidden;
    this._model.hidden = !run.model;
    this._import.hidden = !run.bundle || Boolean(run.model);
    this._report.hidden = !run.report;
    if (over) {
      this.load();
    }
  }

  /**
   * Take an entry of the event log.
   *
   * @param {any} entry
   */
  take(entry) {
    if (entry.event === "EpochMetrics") {
      this._history = [...this._history.filter(({ epoch }) => epoch < entry.epoch), entry];
      this._showHistory();
    } else if (entry.event === "PreviewEvent" || entry.event === "WarningEvent") {
      this.load();
    }
  }

  _showHistory() {
    this._curve.show(this._history);
    this._previews.show([...this._previewsKnown].reverse());
    this._previewTitle.hidden = this._previewsKnown.length === 0;
  }

  /**
   * Show a warning in place of an earlier one with other numbers.
   *
   * @param {Warning} warning
   */
  _warn({ epoch, message }) {
    const text = epoch === null ? message : `epoch ${epoch}: ${message}`;
    this._warningsKnown.set(message.replace(/\d+(\.\d+)?/g, "#"), text);
    this._warnings.replaceChildren(
      ...[...this._warningsKnown.values()].map((textContent) => make("li", { textContent })),
    );
  }

  /** @param {{epoch: number, file: string}} preview */
  _preview({ epoch, file }) {
    const url = address("/api/preview", { run: this._run.id, file });
    const name = epoch ? `epoch ${epoch}` : "the recordings";
    const bar = make("progress", { max: 1, value: 0 });
    bar.setAttribute("aria-hidden", "true");
    const sound = new SoundButton(url, name, (at) => (bar.value = at ?? 0));
    return { element: make("li", {}, sound.element, make("span", { textContent: name }), bar) };
  }
}

/** @param {{epoch: number, file: string}} preview */
function previewKey({ file }) {
  return file;
}

/**
 * What a run does, or how it ended.
 *
 * @param {Run} run
 */
export function progressText({ state, stage, epoch, epochs, minutes_left, error }) {
  const where = epochs ? `epoch ${epoch} of ${epochs}` : "";
  switch (state) {
    case "waiting":
      return "waits until no other run trains";
    case "running": {
      const left = minutes_left ? `, ${inWords(60 * minutes_left)} left` : "";
      return STAGES[stage] ?? (where ? where + left : "starts");
    }
    case "failed":
      return [state, where, error].filter(Boolean).join(": ");
    default:
      return where ? `${state}: ${where}` : state;
  }
}
