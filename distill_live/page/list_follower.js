/** Keep a list of the instrument up to date: ask whenever it has changed. */

/** Pause before a list is asked for again that was not answered: the instrument is busy. */
const PAUSE_MS = 1000;

/**
 * Follow a list.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {"preset" | "gesture" | "macro" | "input" | "model" | "corpus" | "path"} kind
 * @param {(rows: import("./osc.js").Value[][], newest: boolean) => void} show is called with each new
 *   answer; `newest` unless the list has changed since it was asked for
 * @param {string} [changed] address that tells of a change
 * @returns {() => void} asks again
 */
export function followList(connection, kind, show, changed = `/${kind}/changed`) {
  let underWay = false;
  let stale = false;

  async function load() {
    stale = true;
    if (underWay) {
      return;
    }
    underWay = true;
    while (stale && connection.connected) {
      stale = false;
      const rows = await connection.list(`/${kind}/list`, `/${kind}/info`, `/${kind}/end`);
      if (rows) {
        show(rows, !stale);
      } else {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        stale = true;
      }
    }
    underWay = false;
  }

  const ask = () => void load();
  connection.listen(changed, ask);
  connection.addEventListener("synced", ask);
  ask();
  return ask;
}
