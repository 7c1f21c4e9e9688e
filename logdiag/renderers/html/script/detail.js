"use strict";

// The disconnect that one looks at: all that is known of it beside the report, and a link that leads back to it.

const HASH = /^#drop-(\d+)$/;

/** Starts the panel; returns what shows a row in it. `showInCourse(row)` leads to the chart. */
function startDetail(showInCourse) {
  const panel = document.getElementById("detail");
  const { drops } = DATA;
  const order = drops.time.map((_, row) => row).sort((one, other) => drops.time[one] - drops.time[other]);
  const placeOf = new Map(order.map((row, place) => [row, place]));
  const state = { row: null };
  const [back, forth] = panel.querySelectorAll("[data-step]");
  const show = (row) => {
    state.row = row;
    panel.hidden = false;
    const words = { index: grouped(drops.index[row]), all: grouped(drops.index.length) };
    document.getElementById("detail-title").textContent = say("detail_title", words);
    for (const [name, text] of Object.entries(describeDrop(row))) {
      const entry = panel.querySelector(`[data-fact=${name}]`);
      entry.hidden = !text;
      entry.querySelector("dd").textContent = text;
    }
    back.disabled = placeOf.get(row) === 0;
    forth.disabled = placeOf.get(row) === order.length - 1;
  };
  const choose = (row) => {
    history.replaceState(null, "", `#drop-${drops.index[row]}`);
    show(row);
  };
  back.addEventListener("click", () => choose(order[placeOf.get(state.row) - 1]));
  forth.addEventListener("click", () => choose(order[placeOf.get(state.row) + 1]));
  panel.querySelector("[data-close]").addEventListener("click", () => {
    panel.hidden = true;
  });
  const follow = () => {
    const found = HASH.exec(location.hash);
    const row = found ? drops.index.indexOf(Number(found[1])) : -1;
    if (row < 0) return;
    show(row);
    document.querySelector("#course .fold").open = true;
    showInCourse(row);
  };
  addEventListener("hashchange", follow);
  if (matchMedia("(min-width: 85rem)").matches) show(Math.min(DATA.shown, drops.index.length - 1));
  requestAnimationFrame(follow);  // charts have their range a moment after they are made
  return choose;
}

/** Says what is known of a disconnect, by the names of the entries of the panel; empty where nothing is. */
function describeDrop(row) {
  const { drops } = DATA;
  const pick = (column) => (column ? column.values[column.codes[row]] : "");
  const span = (column) => (column && column[row] !== null ? writeDuration(column[row]) : "");
  const name = pick(drops.trigger);
  const pattern = DATA.patterns.find(({ id }) => id === pick(drops.pattern));
  const lead = drops.push_lead_ms?.[row] ?? null;
  return {
    time: writeStamp(drops.time[row]),
    connection: DATA.connections[drops.connection[row]] ?? "",
    cause: DATA.causes[drops.cause[row]] ?? "",
    reason: pick(drops.reason),
    server_reason: pick(drops.server_reason) === pick(drops.reason) ? "" : pick(drops.server_reason),
    remark: pick(drops.remark),
    pattern: pattern?.text ?? "",
    residual: drops.residual_s[row] === null ? "" : writeDistance(drops.residual_s[row]),
    trigger: name ? `${name}: ${DATA.triggers[name] ?? ""}` : "",
    interval: span(drops.interval_s),
    session: span(drops.session_s),
    outage: span(drops.outage_s),
    push: lead !== null && lead >= 0 ? writeDuration(lead / 1000) : "",
    socket: drops.socket?.[row] ?? "",
    place: pick(drops.file) ? `${pick(drops.file)}:${drops.line[row]}` : "",
  };
}
