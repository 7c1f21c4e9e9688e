"use strict";

// The table of all disconnects: searched as one types, sorted by a column of numbers, shown page by page.

const ROWS_SHOWN = 50;
const SORTABLE = { index: "index", interval: "interval_s", session: "session_s", outage: "outage_s" };

/** Wires a pager of `count` pages, where `show(page)` shows one and says so; returns what turns to a page. */
function startPager(name, count, show) {
  const pager = document.getElementById(`${name}-pager`);
  const [back, forth] = pager.querySelectorAll("button");
  const state = { page: 0, count };
  const turnTo = (page, newCount = state.count) => {
    state.count = Math.max(newCount, 1);
    state.page = Math.min(Math.max(page, 0), state.count - 1);
    pager.querySelector("[role=status]").textContent = show(state.page);
    back.disabled = state.page === 0;
    forth.disabled = state.page === state.count - 1;
    back.hidden = forth.hidden = state.count === 1;
  };
  back.addEventListener("click", () => turnTo(state.page - 1));
  forth.addEventListener("click", () => turnTo(state.page + 1));
  return turnTo;
}

/** Starts the table. */
function startDrops() {
  const { drops } = DATA;
  const table = document.getElementById("drops-table");
  const texts = { reason: decode(drops.reason), remark: decode(drops.remark), file: decode(drops.file) };
  const all = drops.index.map((_, row) => row);
  const columns = {
    index: (row) => make("td", "number", String(drops.index[row])),
    time: (row) => makeTime(row),
    connection: (row) => makeCode(DATA.connections[drops.connection[row]] ?? ""),
    interval: (row) => make("td", "number", writeSeconds(drops.interval_s[row])),
    remark: (row) => make("td", "", texts.remark[row]),
    session: (row) => make("td", "number", writeSeconds(drops.session_s[row])),
    outage: (row) => make("td", "number", writeSeconds(drops.outage_s[row])),
    reason: (row) => makeCode(texts.reason[row]),
    place: (row) => makeCode(writePlace(row, texts)),
  };
  if (DATA.connections.length < 2) {
    delete columns.connection;
    table.querySelector("[data-column=connection]").remove();
  }
  const hay = all.map((row) => describeRow(row, texts));
  const state = { rows: all };
  const turnTo = startPager("drops", 1, (page) => {
    const from = page * ROWS_SHOWN;
    const shown = state.rows.slice(from, from + ROWS_SHOWN);
    table.tBodies[0].replaceChildren(...shown.map((row) => {
      const line = make("tr");
      line.append(...Object.values(columns).map((column) => column(row)));
      return line;
    }));
    if (!shown.length) return say("none_found");
    const counted = { first: grouped(from + 1), last: grouped(from + shown.length), all: grouped(state.rows.length) };
    const found = { found: grouped(state.rows.length), all: grouped(all.length) };
    return state.rows.length < all.length ? `${say("found", found)}. ${say("rows", counted)}` : say("rows", counted);
  });
  const update = () => {
    const words = document.getElementById("drops-search").value.toLowerCase().split(/\s+/).filter(Boolean);
    state.rows = sortRows(table, all.filter((row) => words.every((word) => hay[row].includes(word))));
    turnTo(0, Math.ceil(state.rows.length / ROWS_SHOWN));
  };
  document.getElementById("drops-search").addEventListener("input", update);
  for (const head of table.querySelectorAll("th:has(button)")) {
    head.addEventListener("click", () => turnSort(table, head, update));
  }
  update();
}

function makeCode(text) {
  const cell = make("td");
  if (text) cell.append(make("code", "", text));
  return cell;
}

/** A time that leads to its place in the course of the connections, and whose address can be passed on. */
function makeTime(row) {
  const cell = make("td", "fixed");
  const link = make("a", "", writeTime(DATA.drops.time[row]));
  link.href = `#drop-${DATA.drops.index[row]}`;
  link.title = say("show_in_course", { index: DATA.drops.index[row] });
  cell.append(link);
  return cell;
}

function writePlace(row, texts) {
  return texts.file[row] ? `${texts.file[row]}:${DATA.drops.line[row]}` : "";
}

/** Returns all that a search may find of a disconnect. */
function describeRow(row, texts) {
  const { drops, connections } = DATA;
  const names = [connections[drops.connection[row]], drops.socket[row], writePlace(row, texts)];
  return [writeStamp(drops.time[row]), ...names, texts.reason[row], texts.remark[row]].join("\n").toLowerCase();
}

/** Turns the order by a column: ascending, descending, and back to the order of time. */
function turnSort(table, head, update) {
  const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
  for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
  if (next !== null) head.setAttribute("aria-sort", next ?? "ascending");
  update();
}

function sortRows(table, rows) {
  const head = table.querySelector("[aria-sort]");
  if (!head) return rows;
  const values = DATA.drops[SORTABLE[head.dataset.column]];
  const sign = head.getAttribute("aria-sort") === "ascending" ? 1 : -1;
  const known = rows.filter((row) => values[row] !== null).sort((one, other) => sign * (values[one] - values[other]));
  return [...known, ...rows.filter((row) => values[row] === null)];
}
