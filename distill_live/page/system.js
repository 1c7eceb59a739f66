/** The instrument itself: takes by name, output, counters, versions, all dimensions, the end. */

import { button, fader } from "./controls.js";
import { confirmedButton } from "./confirm.js";
import { recordButton } from "./recorder.js";

/** @typedef {import("./connection.js").Connection} Connection */

const FOLLOW_MS = 250;
const COUNTERS_MS = 1000;

/**
 * Build the panel.
 *
 * @param {HTMLElement} element
 * @param {import("./main.js").Page} page
 */
export function buildSystem(element, { connection }) {
  const tree = /** @type {import("./tree.js").Tree} */ (connection.tree);
  const list = document.createElement("div");
  list.className = "list";
  list.append(take(connection), status(connection), dimensions(connection));

  const dump = button(tree.get("/dump").name, () => {
    const on = dump.getAttribute("aria-pressed") !== "true";
    dump.setAttribute("aria-pressed", String(on));
    connection.send("/dump", on ? 1 : 0);
  });
  dump.title = tree.get("/dump").description;
  dump.dataset.address = "/dump";
  dump.setAttribute("aria-pressed", "false");
  connection.addEventListener("state", () => {
    if (connection.connected && dump.getAttribute("aria-pressed") === "true") {
      connection.send("/dump", 1); // the instrument may have been started again
    }
  });
  const quit = confirmedButton(tree.get("/quit").name, tree.get("/quit").description, () =>
    connection.send("/quit"),
  );
  quit.dataset.address = "/quit";
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  buttons.append(dump, quit);
  list.append(buttons);
  element.append(list);
}

/**
 * A take's name, and the button that records it.
 *
 * @param {Connection} connection
 */
function take(connection) {
  const row = document.createElement("div");
  row.className = "row";
  const field = document.createElement("input");
  field.type = "text";
  field.className = "field";
  field.placeholder = "name of the take";
  field.maxLength = 64;
  field.spellcheck = false;
  field.autocomplete = "off";
  field.setAttribute("aria-label", "name of the take");
  let given = "";
  const record = recordButton(connection, () => (given = field.value.trim()));
  connection.listen("/take/recording", ([take]) => {
    if (take && given === field.value.trim()) {
      field.value = ""; // it is not the name of the next one
    }
    given = "";
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && record.getAttribute("aria-pressed") !== "true") {
      record.click(); // and never ends a take
    } else if (event.key === "Escape") {
      field.blur();
    }
  });
  row.append(field, record);
  return row;
}

/**
 * Output, load and counters, as the instrument reports them.
 *
 * @param {Connection} connection
 */
function status(connection) {
  const table = document.createElement("dl");
  table.className = "status";
  /** @param {string} name */
  const row = (name) => {
    const term = document.createElement("dt");
    term.textContent = name;
    const value = document.createElement("dd");
    table.append(term, value);
    return (/** @type {string} */ text) => {
      if (value.textContent !== text) {
        value.textContent = text;
      }
    };
  };
  const device = row("output");
  const format = row("format");
  const latency = row("latency, block");
  const load = row("load, peak");
  const underruns = row("underruns");
  const lost = row("late, dropped");
  const version = row("version");
  connection.watch("/device.reply", ([name, rate, channels, block, milliseconds]) => {
    device(String(name));
    format(`${Number(rate) / 1000} kHz × ${channels}`);
    latency(`${Number(milliseconds).toFixed(0)} ms, ${block}`);
  });
  connection.watch("/status.reply", ([, average, peak, missed, late, dropped]) => {
    load(`${percent(average)}, ${percent(peak)} %`);
    underruns(String(missed));
    lost(`${late}, ${dropped}`);
  });
  connection.watch("/version.reply", ([number, bundle]) => version(`${number}, models ${bundle}`));
  const ask = () => {
    connection.send("/device");
    connection.send("/version");
  };
  connection.addEventListener("synced", ask);
  ask();
  setInterval(() => {
    if (table.offsetParent && !document.hidden) {
      connection.send("/status"); // counters come by asking only
    }
  }, COUNTERS_MS);
  return table;
}

/** @param {import("./osc.js").Value} share */
function percent(share) {
  return Math.round(100 * Number(share));
}

/**
 * All dimensions of the latent point, built when they are wanted.
 *
 * @param {Connection} connection
 */
function dimensions(connection) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = connection.tree?.get("/latent").name ?? "latent";
  const grid = document.createElement("div");
  grid.className = "dimensions";
  details.append(summary, grid);
  let built = new AbortController();

  const build = () => {
    built.abort();
    built = new AbortController();
    const names = details.open ? (connection.tree?.valuesBelow("/latent") ?? []) : [];
    const numbers = names.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(a) - Number(b));
    const faders = numbers.map((name) =>
      fader(connection, `/latent/${name}`, { small: true, signal: built.signal }),
    );
    grid.replaceChildren(...faders);
    connection.listen(
      "/latent",
      (values) => {
        values.forEach((value, n) => {
          if (faders[n] && !faders[n].held) {
            connection.note(`/latent/${numbers[n]}`, [value]);
          }
        });
      },
      built.signal,
    );
  };
  details.addEventListener("toggle", build);
  connection.addEventListener("tree", build);
  setInterval(() => {
    if (details.open && details.offsetParent && !document.hidden) {
      connection.send("/latent"); // a client is told of moves, not of where the point is
    }
  }, FOLLOW_MS);
  return details;
}
