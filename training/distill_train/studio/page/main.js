/** The studio: connects, and builds its parts. */

import { Notices } from "/page/notices.js";
import { Tabs } from "/page/tabs.js";
import { changeTheme, startTheme } from "/page/theme.js";
import { clickButton } from "./dom.js";
import { buildLibrary } from "./library.js";
import { buildPlaying } from "./playing.js";
import { Recordings } from "./recordings.js";
import { buildRendering } from "./rendering.js";
import { Server } from "./server.js";
import { buildTraining, progressText } from "./training.js";

/**
 * What runs and renders can be given.
 *
 * @typedef {object} Options
 * @property {{name: string, text: string}[]} presets
 * @property {{name: string, text: string}[]} profiles
 * @property {string[]} formats
 * @property {string[]} suffixes of sound files, such as `.wav`
 */

/**
 * Panels by their ids.
 *
 * @typedef {"recordings" | "train" | "library" | "render" | "play"} Panel
 */

/** What each part gets: the server, and the way to the other parts. */
export class Studio {
  constructor() {
    this.server = new Server();
    this.notices = new Notices(element("notice"));
    /** @type {Promise<Options>} */
    this.options = this._load();
    /** @type {(folder: string) => void} */
    this._chooseFolder = () => {};
    /** @type {(model: string) => void} */
    this._chooseRendered = () => {};
    /** @type {(model: string) => void} */
    this._startPlaying = () => {};
  }

  /** Build all parts, and connect. */
  start() {
    this._tabs = new Tabs(element("tabs"), panels());
    new Recordings(element("recordings"), this);
    this._chooseFolder = buildTraining(element("train"), this);
    buildLibrary(element("library"), this);
    this._chooseRendered = buildRendering(element("render"), this);
    this._startPlaying = buildPlaying(element("play"), this);
    this._showRun();
    const theme = clickButton("◐", changeTheme, "theme");
    theme.setAttribute("aria-label", "dark or light");
    element("theme").append(theme);
    this.server.addEventListener("connection", () =>
      document.body.classList.toggle("connected", this.server.connected),
    );
    this.server.addEventListener("refusal", (event) =>
      this.notices.show(/** @type {CustomEvent<string>} */ (event).detail),
    );
    this.server.start();
    document.body.classList.add("built");
  }

  /** @param {Panel} panel */
  choosePanel(panel) {
    this._tabs?.choose(element(panel));
  }

  /**
   * Show why something did not succeed.
   *
   * @param {Promise<unknown>} action
   */
  attempt(action) {
    return action.catch((error) => this.notices.show(error instanceof Error ? error.message : String(error)));
  }

  /**
   * Put a model file into the library.
   *
   * @param {string} name
   * @param {File} file
   */
  async importModel(name, file) {
    await this.server.post("/api/model/import", file, { name });
    this.choosePanel("library");
  }

  /**
   * Go on from recordings to a run.
   *
   * @param {string} folder
   */
  train(folder) {
    this._chooseFolder(folder);
    this.choosePanel("train");
  }

  /** @param {string} model */
  render(model) {
    this._chooseRendered(model);
    this.choosePanel("render");
  }

  /** @param {string} model */
  play(model) {
    this.choosePanel("play");
    this._startPlaying(model);
  }

  /** A run under way is in view whatever else is shown. */
  _showRun() {
    const button = clickButton("", () => this.choosePanel("train"), "run-now");
    element("now").append(button);
    this.server.watch(({ runs }) => {
      const running = runs.find(({ state }) => state === "running");
      button.hidden = !running;
      const percent = Math.round(100 * (running?.share ?? 0));
      button.textContent = running ? `${percent} % ${running.name}` : "";
      button.title = running ? progressText(running) : "";
    });
  }

  /** Ask until there is an answer: all forms need it. @returns {Promise<Options>} */
  async _load() {
    for (;;) {
      try {
        return await this.server.get("/api/options");
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

function panels() {
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".panel")]);
}

startTheme();
new Studio().start();
