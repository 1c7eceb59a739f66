/** The play page: connects, and builds its panels when the instrument has described itself. */

import { Axes } from "./axes.js";
import { Chunk } from "./chunk.js";
import { Connection } from "./connection.js";
import { CorpusMap } from "./corpus_map.js";
import { buildGestures } from "./gestures.js";
import { buildInput } from "./input.js";
import { Shortcuts } from "./keyboard.js";
import { buildKeys } from "./keys.js";
import { buildMacros } from "./macros.js";
import { buildModels } from "./models.js";
import { Notices } from "./notices.js";
import { buildOutput } from "./output.js";
import { buildPlayback } from "./playback.js";
import { PointFollower } from "./point_follower.js";
import { buildPresets } from "./presets.js";
import { buildRecorder } from "./recorder.js";
import { buildSystem } from "./system.js";
import { addShortcutList } from "./shortcut_list.js";
import { Tabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { buildTime } from "./time.js";

/**
 * What each panel gets.
 *
 * @typedef {object} Page
 * @property {Connection} connection
 * @property {Shortcuts} shortcuts
 * @property {Notices} notices
 * @property {PointFollower} follower
 */

/**
 * Panels of the library, by the id of their element: each function builds one, once.
 *
 * @type {Record<string, (element: HTMLElement, page: Page) => void>}
 */
const PANELS = {
  presets: buildPresets,
  keys: buildKeys,
  time: buildTime,
  macros: buildMacros,
  input: buildInput,
  gestures: buildGestures,
  models: buildModels,
  system: buildSystem,
  record: buildRecorder,
};

startTheme();
const connection = new Connection();
const notices = new Notices(element("notice"));
notices.showRefusals(connection);
connection.addEventListener("state", showState);
connection.addEventListener("tree", build, { once: true });
connection.start();

function build() {
  const follower = new PointFollower(connection);
  const shortcuts = new Shortcuts();
  /** @type {Page} */
  const page = { connection, shortcuts, notices, follower };
  buildOutput(element("top"), connection, notices);
  new CorpusMap(element("map"), connection, follower);
  const axes = new Axes(element("axes"), connection, follower);
  new Chunk(element("chunk"), connection, follower);
  buildPlayback(element("playback"), connection);
  for (const [id, buildPanel] of Object.entries(PANELS)) {
    buildPanel(element(id), page);
  }
  new Tabs(element("tabs"), /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".panel")]));
  addShortcuts(shortcuts);
  connection.addEventListener("tree", () => axes.build());
  document.body.classList.add("built");
}

/** @param {Shortcuts} shortcuts */
function addShortcuts(shortcuts) {
  shortcuts.add(["Escape"], "panic", () => connection.send("/panic"));
  shortcuts.add([" "], "freeze", () =>
    connection.set("/freeze", connection.values("/freeze")?.[0] === 1 ? 0 : 1),
  );
  addShortcutList(shortcuts);
}

function showState() {
  document.body.classList.toggle("connected", connection.connected);
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
