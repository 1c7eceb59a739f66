/** Recordings: a folder of them, what is dropped into it, what can be used and why not. */

import { clickButton, inWords, KeyedList, labelled, make, setOptions } from "./dom.js";
import { SoundButton, stopSound } from "./player.js";
import { address } from "./server.js";
import { chosenFiles, droppedFiles, Uploads } from "./upload.js";
import { Waveform } from "./waveform.js";

/**
 * @typedef {object} Recording
 * @property {string} name
 * @property {number | null} seconds
 * @property {number | null} rate
 * @property {number | null} channels
 * @property {number | null} peak_db
 * @property {boolean} usable
 * @property {string | null} reason
 * @property {boolean} linked from elsewhere: no request reaches it
 */

const LINKED = "linked from elsewhere: used for training, played in its own folder only";

const MODEL_SUFFIX = ".distill";

/** The panel of the recordings. */
export class Recordings {
  /**
   * @param {HTMLElement} element
   * @param {import("./main.js").Studio} studio
   */
  constructor(element, studio) {
    this._studio = studio;
    this._folder = "";
    this._listed = false; // the chosen folder, in a state of the server
    this._asked = 0;
    this._uploads = new Uploads(studio.server);
    this._select = make("select", { className: "field", onchange: () => this._choose(this._select.value) });
    this._folderRow = labelled("folder", this._select);
    this._close = clickButton("close", () =>
      studio.attempt(studio.server.post("/api/folders/close", { id: this._folder })),
    );
    this._close.title = "nothing in the folder is changed";
    this._status = make("p", { className: "status-line" });
    this._status.setAttribute("role", "status");
    this._advice = make("ul", { className: "advice" });
    this._files = make("ol", { className: "files" });
    this._rows = new KeyedList(this._files, rowKey, (file) => this._row(file));
    this._removed = make("ol", { className: "files" });
    this._removedTitle = make("summary");
    this._removedBox = make(
      "details",
      { className: "removed", hidden: true },
      this._removedTitle,
      make("p", { className: "hint", textContent: "Kept in “.removed” inside the folder; training does not read it." }),
      this._removed,
    );
    this._train = clickButton("train a model of these", () => studio.train(this._folder), "primary");
    this._title = make("h2", { textContent: "Drop your recordings here" });
    const beside = make(
      "div",
      { className: "beside" },
      this._dropZone(),
      this._uploadProgress(),
      this._openers(),
    );
    this._list = make(
      "div",
      { className: "content", hidden: true },
      make("div", { className: "row" }, this._folderRow, this._close, this._train),
      this._status,
      this._advice,
      this._files,
      this._removedBox,
    );
    element.append(make("div", { className: "columns" }, beside, this._list));
    this._acceptDrops();
    studio.server.watch(({ folders }) => this._showFolders(folders));
  }

  /** @param {import("./server.js").Folder[]} folders */
  _showFolders(folders) {
    setOptions(this._select, folders);
    const chosen = folders.find(({ id }) => id === this._folder);
    this._close.hidden = !chosen || chosen.own;
    if (chosen) {
      this._select.value = this._folder;
      this._listed = true;
    } else if (this._listed || !this._folder) {
      this._choose(folders[0]?.id ?? ""); // but one that was made here is listed with the next state
    }
  }

  /** @param {string} folder */
  _choose(folder) {
    this._folder = folder;
    this._listed = false;
    this._select.value = folder;
    this._list.hidden = folder === "";
    this._rows.show([]);
    this._removedBox.hidden = true;
    this._advice.replaceChildren();
    this._train.hidden = true;
    this._title.textContent = folder ? "Drop more recordings here" : "Drop your recordings here";
    if (folder) {
      this._studio.attempt(this._load());
    }
  }

  /** List the recordings; the server measures new ones for some time, and tells how many remain. */
  async _load() {
    const folder = this._folder;
    const asked = ++this._asked;
    this._status.textContent = "measuring the recordings";
    this._list.setAttribute("aria-busy", "true");
    try {
      for (let pending = 1; pending > 0; ) {
        const found = await this._studio.server.get("/api/recordings", { folder });
        if (asked !== this._asked) {
          return;
        }
        pending = found.pending ?? 0;
        this._show(found, pending);
      }
    } catch (error) {
      this._status.textContent = "";
      throw error;
    } finally {
      this._list.setAttribute("aria-busy", "false");
    }
  }

  /**
   * @param {{files: Recording[], minutes_usable: number, advice: string[], removed: string[]}} found
   * @param {number} pending files that are not measured yet
   */
  _show({ files, minutes_usable, advice, removed }, pending) {
    const good = files.filter(({ usable }) => usable);
    const bad = files.filter(({ usable }) => !usable);
    const parts = [`${count(good.length, "recording")}, ${inWords(60 * minutes_usable)} of sound`];
    if (bad.length) {
      parts.push(`${count(bad.length, "file")} cannot be used`);
    }
    if (pending) {
      parts.push(`measuring ${count(pending, "more file")}`);
    }
    const none = files.length + pending === 0;
    this._status.textContent = none ? "no recordings yet: drop some, or choose files" : parts.join("; ");
    this._advice.replaceChildren(...(none ? [] : advice).map((text) => make("li", { textContent: text })));
    this._rows.show([...bad, ...good]);
    this._removedBox.hidden = removed.length === 0;
    this._removedTitle.textContent = `${count(removed.length, "recording")} removed`;
    this._removed.replaceChildren(...removed.map((name) => this._removedRow(name)));
    this._train.hidden = good.length === 0;
  }

  /** @param {string} name */
  _removedRow(name) {
    const back = clickButton("bring back", () => this._move("restore", name));
    back.setAttribute("aria-label", `bring back ${name}`);
    return make("li", { className: "file" }, make("strong", { textContent: name, title: name }), back);
  }

  /** @param {string} name */
  _removeButton(name) {
    const button = clickButton("remove", () => {
      stopSound(); // a file that plays may not be movable
      this._move("remove", name);
    });
    button.setAttribute("aria-label", `remove ${name}`);
    button.title = "it can be brought back";
    return button;
  }

  /**
   * @param {"remove" | "restore"} way
   * @param {string} file
   */
  _move(way, file) {
    const body = { folder: this._folder, file };
    this._studio.attempt(this._studio.server.post(`/api/recording/${way}`, body).then(() => this._load()));
  }

  /**
   * @param {Recording} file
   * @returns {{element: HTMLElement}}
   */
  _row(file) {
    const name = make("strong", { textContent: file.name, title: file.name });
    if (!file.usable) {
      return {
        element: make(
          "li",
          { className: "file unusable" },
          make("div", {}, name, make("small", { textContent: file.reason ?? "cannot be used" })),
          file.linked ? "" : this._removeButton(file.name),
        ),
      };
    }
    if (file.linked) {
      const text = `${inWords(file.seconds ?? 0)} · ${LINKED}`;
      return {
        element: make("li", { className: "file linked" }, make("div", {}, name, make("small", { textContent: text }))),
      };
    }
    const query = { folder: this._folder, file: file.name };
    /** @type {Waveform} */
    const waveform = new Waveform(
      () => this._studio.server.get("/api/waveform", query),
      (share) => sound.playFrom(share),
    );
    /** @type {SoundButton} */
    const sound = new SoundButton(address("/api/audio", query), file.name, (at) => (waveform.at = at));
    const facts = [
      inWords(file.seconds ?? 0),
      file.rate ? `${(file.rate / 1000).toFixed(1).replace(".0", "")} kHz` : "",
      file.channels === 1 ? "mono" : file.channels === 2 ? "stereo" : `${file.channels} channels`,
      file.peak_db === null ? "" : `peak ${Math.round(file.peak_db) || 0} dB`,
    ];
    return {
      element: make(
        "li",
        { className: "file" },
        sound.element,
        make("div", {}, name, make("small", { textContent: facts.filter(Boolean).join(" · ") })),
        waveform.element,
        this._removeButton(file.name),
      ),
    };
  }

  _dropZone() {
    const files = make("input", { type: "file", multiple: true, className: "unseen", tabIndex: -1 });
    const folder = make("input", { type: "file", className: "unseen", tabIndex: -1 });
    folder.webkitdirectory = true;
    for (const input of [files, folder]) {
      input.setAttribute("aria-hidden", "true");
      input.addEventListener("change", () => {
        const chosen = chosenFiles(/** @type {FileList} */ (input.files));
        input.value = ""; // the same files can be chosen again
        this._studio.attempt(this._take(chosen));
      });
    }
    void this._studio.options.then(({ suffixes }) => (files.accept = suffixes.join(",")));
    return make(
      "div",
      { className: "drop" },
      this._title,
      make("p", {
        textContent:
          "Files or a whole folder: long sounds and textures that belong together, a minute or more. " +
          "Train a model of them, in ten minutes, and play it.",
      }),
      make(
        "div",
        { className: "row" },
        clickButton("choose files", () => files.click(), "primary"),
        clickButton("choose a folder", () => folder.click()),
      ),
      make("p", { className: "hint", textContent: "WAV, AIFF, FLAC, Ogg, MP3 and more, of any length and rate" }),
      files,
      folder,
    );
  }

  _openers() {
    const name = make("input", { className: "field", placeholder: "its name", maxLength: 80, required: true });
    const path = make("input", { className: "field", placeholder: "/home/me/recordings", required: true, spellcheck: false });
    return make(
      "details",
      { className: "openers" },
      make("summary", { textContent: "open or make a folder" }),
      this._opener("new folder", "make it", name, "/api/folders/new", () => ({ name: name.value.trim() })),
      this._opener("folder on this computer", "open it", path, "/api/folders", () => ({ path: path.value.trim() })),
      make("p", { className: "hint", textContent: "It is used where it is; nothing is copied." }),
    );
  }

  /**
   * @param {string} label
   * @param {string} action
   * @param {HTMLInputElement} input
   * @param {string} api
   * @param {() => object} body
   */
  _opener(label, action, input, api, body) {
    return make(
      "form",
      {
        className: "row",
        onsubmit: (event) => {
          event.preventDefault();
          this._studio.attempt(
            this._studio.server.post(api, body()).then(({ id }) => {
              input.value = "";
              this._choose(id);
            }),
          );
        },
      },
      labelled(label, input),
      make("button", { className: "button", textContent: action }),
    );
  }

  _uploadProgress() {
    const bar = make("progress", { max: 1 });
    bar.setAttribute("aria-label", "upload");
    const text = make("p", {});
    const errors = make("ul", { className: "errors" });
    const stop = clickButton("stop", () => this._uploads.stop());
    const close = clickButton("close", () => (box.hidden = true));
    const box = make(
      "div",
      { className: "uploads", hidden: true },
      make("div", { className: "row" }, text, stop, close),
      bar,
      errors,
    );
    this._uploads.addEventListener("change", () => {
      const { done, count: all, errors: failed, running, share } = this._uploads;
      box.hidden = false;
      stop.hidden = !running;
      close.hidden = running;
      bar.hidden = !running;
      bar.value = share;
      text.textContent = `${done} of ${count(all, "file")} sent${failed.length ? `, ${failed.length} refused` : ""}`;
      for (const { name, text: reason } of failed.slice(errors.children.length)) {
        errors.append(make("li", {}, make("b", { textContent: name }), `: ${reason}`));
      }
      while (errors.children.length > failed.length) {
        errors.firstChild?.remove();
      }
    });
    return box;
  }

  /** Take what is dropped anywhere: a drop beside the mark would otherwise leave the page. */
  _acceptDrops() {
    addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes("Files")) {
        event.preventDefault();
        document.body.classList.add("dragging");
      }
    });
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) {
        document.body.classList.remove("dragging");
      }
    });
    addEventListener("drop", (event) => {
      document.body.classList.remove("dragging");
      if (event.dataTransfer?.types.includes("Files")) {
        event.preventDefault();
        this._studio.attempt(droppedFiles(event.dataTransfer).then((found) => this._take(found)));
      }
    });
  }

  /**
   * Upload recordings, and import models, that were dropped or chosen.
   *
   * @param {{items: import("./upload.js").Item[], folder: string}} found
   */
  async _take({ items, folder }) {
    const seen = items.filter(({ file }) => !file.name.startsWith(".")); // .DS_Store and the like
    const models = seen.filter(({ name }) => name.toLowerCase().endsWith(MODEL_SUFFIX));
    for (const { name, file } of models) {
      await this._studio.attempt(this._studio.importModel(name, file)); // the others are sent all the same
    }
    const { suffixes } = await this._studio.options;
    const sounds = seen.filter(({ name }) => suffixes.some((one) => name.toLowerCase().endsWith(one)));
    const left = seen.length - sounds.length - models.length;
    if (left) {
      this._studio.notices.show(`${count(left, "file")} left out: of a type that is not read`);
    }
    if (sounds.length === 0) {
      return;
    }
    this._studio.choosePanel("recordings");
    if (!this._folder) {
      this._choose((await this._studio.server.post("/api/folders/new", { dropped: folder })).id);
    }
    await this._uploads.add(this._folder, sounds);
    if (this._folder) {
      await this._load(); // also where this drop's files went: those of several drops end together
    }
  }
}

/**
 * A file that is other now has another row.
 *
 * @param {Recording} file
 */
function rowKey(file) {
  return JSON.stringify([file.name, file.seconds, file.usable, file.reason, file.linked]);
}

/**
 * @param {number} number
 * @param {string} noun
 */
function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
