"use strict";

// The whole time at a glance: how much of it was without a connection, the disconnects, each row a cause, the servers.

const STRIP_PX = 34;
const TICKS_PX = 11;
const SERVER_PX = 40;

/** Starts the picture; `choose(row)` is told which disconnect was clicked. */
function startOverview(lanes, choose) {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  const rows = rankTicks();
  const [server] = buildServerLane();
  const height = () => 24 + STRIP_PX + rows.count * TICKS_PX + 6 + (server ? SERVER_PX : 0) + 36;
  const order = DATA.drops.time.map((_, row) => row).sort((one, other) => DATA.drops.time[one] - DATA.drops.time[other]);
  const times = order.map((row) => DATA.drops.time[row]);
  const names = { first: writeStamp(DATA.span[0]), last: writeStamp(DATA.span[1]), drops: grouped(times.length) };
  const { up, down } = countShares(sessions, DATA.span[0], Math.max(DATA.span[1] - DATA.span[0], 1), 1);
  const share = writeShare(up[0] + down[0] > 0 ? up[0] / (up[0] + down[0]) : 0);
  const connections = lanes.length === 1 ? lanes[0].name : say("connections_many", { count: grouped(lanes.length) });
  const find = (plot, left) => {
    const instant = plot.posToVal(left, "x");
    const at = nearest(times, instant, plot.posToVal(left + REACH_PX, "x") - instant);
    return at === null ? null : order[at];
  };
  const chart = makeChart(document.getElementById("overview-chart"), {
    isFixed: true,
    height,
    rangeX: widen(DATA.span),
    rangeY: () => [0, 1],
    axes: [timeAxis(), { show: false }],
    draw: (plot) =>
      clipped(plot, (context) => {
        const ratio = devicePixelRatio;
        const top = plot.bbox.top + 20 * ratio;
        const titles = [say("overview_name", { connections, share }), say("overview_short", { share })];
        writeFirstThatFits(context, titles, plot.bbox.left, plot.bbox.top + 13 * ratio, plot.bbox.width);
        drawShares(plot, context, sessions, top, STRIP_PX * ratio);
        drawCauses(plot, context, order, rows, (rank) => top + (STRIP_PX + 2 + rank * TICKS_PX) * ratio, (TICKS_PX - 3) * ratio);
        if (!server) return;
        const { min, max } = plot.scales.x;
        const under = top + (STRIP_PX + rows.count * TICKS_PX + 6) * ratio;
        writeName(context, server.name, plot.bbox.left, under + 13 * ratio);
        drawServer(context, server, { bar: 9 * ratio, barTop: under + 22 * ratio }, min, max, (instant) => plot.valToPos(instant, "x", true));
      }),
    note: (plot, left) => {
      const row = find(plot, left);
      return row === null ? noteShare(plot, sessions, left) : noteDrop(row);
    },
    label: () => say("overview_label", { ...names, share }),
  });
  listenForClick(chart, (left) => {
    const row = find(chart.plot, left);
    if (row !== null) choose(row);
  });
}

/** Gives each cause that has disconnects a row of ticks, those without a cause the last one. */
function rankTicks() {
  const present = [...new Set(DATA.drops.cause)].sort((one, other) => (one < 0) - (other < 0) || one - other);
  return { count: present.length, rankOf: (row) => present.indexOf(DATA.drops.cause[row]) };
}

/** Draws disconnects, given in the order of time, in a row for each cause. */
function drawCauses(plot, context, drops, { count, rankOf }, topOf, height) {
  const marks = Array.from({ length: count }, () => []);
  for (const row of drops) marks[rankOf(row)].push([plot.valToPos(DATA.drops.time[row], "x", true), DATA.drops.cause[row]]);
  marks.forEach((ofCause, rank) => drawTicks(context, ofCause, plot.bbox, topOf(rank), height));
}

function noteShare(plot, sessions, left) {
  const [low, high] = [plot.posToVal(left - 0.5, "x"), plot.posToVal(left + 0.5, "x")];
  const { up, down } = countShares(sessions, low, high - low, 1);
  if (up[0] + down[0] <= LEAST_SHARE) return [];
  return [writeTime(low), say("tip_share", { share: writeShare(down[0] / (up[0] + down[0])) })];
}
