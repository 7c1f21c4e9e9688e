"use strict";

// The course of the connections: one lane each, with its sessions, outages, disconnects, pushes and triggers; above
// them, on every page, one lane for all servers.

const LANES_SHOWN = 24;
const REACH_PX = 8;

/** Sorts what happened into lanes, each in the order of time. */
function sortLanes() {
  const lanes = DATA.connections.map((name) => ({ name, sessions: [], drops: [], pushes: [] }));
  const { sessions, pushes, drops } = DATA;
  const [first, last] = DATA.span;
  sessions.connection.forEach((lane, row) => {
    const start = sessions.start[row] ?? first;
    const end = sessions.end[row] ?? last;
    const isWhole = sessions.start[row] !== null && sessions.end[row] !== null;
    const outageEnd = end + (sessions.outage_s[row] ?? 0) * 1000;  // an outage of unknown length is left blank
    lanes[lane]?.sessions.push({ start, end, isWhole, outageEnd });
  });
  drops.connection.forEach((lane, row) => lanes[lane]?.drops.push(row));
  pushes.connection.forEach((lane, row) => lanes[lane]?.pushes.push(row));
  for (const lane of lanes) {
    lane.sessions.sort((one, other) => one.end - other.end);
    lane.ends = lane.sessions.map((session) => session.outageEnd);
    lane.drops.sort((one, other) => drops.time[one] - drops.time[other]);
    lane.dropTimes = lane.drops.map((row) => drops.time[row]);
    lane.pushes.sort((one, other) => pushes.time[one] - pushes.time[other]);
    lane.pushTimes = lane.pushes.map((row) => pushes.time[row]);
  }
  return lanes;
}

/** Returns the lane of the servers, if any of them has a log here. */
function buildServerLane() {
  if (!DATA.server) return [];
  const { processes, silences, turns } = DATA.server;
  const name =
    processes.length > 1 ? say("server_lane_many", { count: grouped(processes.length) }) : say("server_lane", { processes: processes[0] });
  const spans = silences.start.map((start, row) => ({ start, end: silences.end[row], process: processes[silences.process[row]] }));
  return [{ name, isServer: true, silences: spans, turnTimes: turns.time, dropTimes: [] }];
}

/** Starts the chart of these lanes, where a click chooses a disconnect; returns what shows one disconnect in it. */
function startCourse(lanes, choose) {
  const host = document.getElementById("course-chart");
  const state = { page: 0 };
  const server = buildServerLane();
  const paged = () => lanes.slice(state.page * LANES_SHOWN, (state.page + 1) * LANES_SHOWN);
  const shown = () => [...server, ...paged()];
  const laneHeight = () => (shown().length > 6 ? 48 : 56);
  const chart = makeChart(host, {
    height: () => shown().length * laneHeight() + 40,
    rangeX: widen(DATA.span),
    rangeY: () => [0, 1],
    axes: [timeAxis(), { show: false }],
    draw: (plot) => clipped(plot, (context) => drawLanes(plot, context, shown())),
    note: (plot, left, top) => noteCourse(plot, shown(), left, top),
    moved: (plot) => writeStatus(plot, shown()),
    label: () =>
      say("course_label", {
        connections: grouped(lanes.length),
        first: writeStamp(DATA.span[0]),
        last: writeStamp(DATA.span[1]),
        drops: grouped(DATA.drops.index.length),
      }),
  });
  const turnTo = startPager("lanes", Math.ceil(lanes.length / LANES_SHOWN), (page) => {
    state.page = page;
    redraw(chart);
    writeStatus(chart.plot, shown());
    const from = page * LANES_SHOWN;
    const counted = { first: from + 1, last: from + paged().length, all: grouped(lanes.length) };
    return lanes.length > LANES_SHOWN ? say("lanes", counted) : "";
  });
  turnTo(0);
  listenForClick(chart, (left, top) => {
    const lane = shown()[Math.floor((top / chart.plot.over.clientHeight) * shown().length)];
    const instant = chart.plot.posToVal(left, "x");
    const at = lane ? nearest(lane.dropTimes, instant, chart.plot.posToVal(left + REACH_PX, "x") - instant) : null;
    if (at !== null) choose(lane.drops[at]);
  });
  return (row) => {
    turnTo(Math.floor(Math.max(DATA.drops.connection[row], 0) / LANES_SHOWN));
    const around = Math.max(20, 0.75 * (DATA.drops.interval_s[row] ?? 40)) * 1000;
    showRange(chart, DATA.drops.time[row] - around, DATA.drops.time[row] + around);
    document.getElementById("course").scrollIntoView({ block: "start" });
    host.focus({ preventScroll: true });
  };
}

function writeStatus(plot, lanes) {
  if (!isReady(plot)) return;
  const { min, max } = plot.scales.x;
  const count = lanes.reduce((sum, lane) => sum + findFrom(lane.dropTimes, max + 1) - findFrom(lane.dropTimes, min), 0);
  const text = say("shown", { first: writeStamp(min), last: writeStamp(max), drops: grouped(count) });
  document.getElementById("course-status").textContent = text;
}

/** Returns where the bar of a lane lies on the canvas, and how high it is, in canvas pixels. */
function placeLane(plot, row, count) {
  const ratio = devicePixelRatio;
  const height = plot.bbox.height / count;
  const top = plot.bbox.top + row * height;
  const bar = Math.min(14 * ratio, height - 38 * ratio);
  return { bar, barTop: top + height - bar - 12 * ratio };
}

function drawLanes(plot, context, lanes) {
  const { min, max } = plot.scales.x;
  const toX = (instant) => plot.valToPos(instant, "x", true);
  lanes.forEach((lane, row) => {
    const place = placeLane(plot, row, lanes.length);
    writeName(context, lane.name, plot.bbox.left, place.barTop - 15 * devicePixelRatio);
    if (lane.isServer) {
      drawServer(context, lane, place, min, max, toX);
      return;
    }
    drawSpans(plot, context, lane, place, min, max);
    drawDrops(context, lane, place, min, max, toX);
    drawPushes(context, lane, place, min, max, toX);
  });
}

/** Draws sessions and outages as one bar; an outage whose end is unknown stays blank. */
function drawSpans(plot, context, lane, place, min, max) {
  const seen = lane.sessions.slice(findFrom(lane.ends, min)).filter((session) => session.start <= max);
  drawShares(plot, context, seen, place.barTop, place.bar);
}

/** Draws the servers' bar, their silences in it, their stops above and their starts below it. */
function drawServer(context, lane, place, min, max, toX) {
  const fill = (from, to) => {
    const left = toX(Math.max(from, min));
    if (to > from) context.fillRect(left, place.barTop, Math.max(toX(Math.min(to, max)) - left, devicePixelRatio), place.bar);
  };
  context.fillStyle = color("server");
  fill(DATA.span[0], DATA.span[1]);
  context.fillStyle = color("silent");
  lane.silences.filter(({ start, end }) => start <= max && end >= min).forEach(({ start, end }) => fill(start, end));
  const marks = { stop: [], start: [] };
  const last = findFrom(lane.turnTimes, max);
  for (let index = findFrom(lane.turnTimes, min); index < last; index += 1) {
    const kind = DATA.server.turns.kind[index];
    const y = kind === "stop" ? place.barTop - 5 * devicePixelRatio : place.barTop + place.bar + 5 * devicePixelRatio;
    marks[kind].push([toX(lane.turnTimes[index]), y]);
  }
  drawMarks(context, "square", marks.stop, color("stop"), 4 * devicePixelRatio);
  drawMarks(context, "triangle", marks.start, color("start"), 5 * devicePixelRatio);
}

/** Writes the first of some names that has room, else the last one, whole or not. */
function writeFirstThatFits(context, names, left, baseline, width) {
  setNameFont(context);
  const fitting = names.find((name) => context.measureText(name).width <= width);
  writeName(context, fitting ?? names[names.length - 1], left, baseline);
}

function setNameFont(context) {
  context.font = `${12 * devicePixelRatio}px ${AXIS_FONT.slice(5)}`;
}

function writeName(context, name, left, baseline) {
  setNameFont(context);
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.lineWidth = 3 * devicePixelRatio;
  context.strokeStyle = color("paper");
  context.strokeText(name, left, baseline);
  context.fillStyle = color("ink");
  context.fillText(name, left, baseline);
}

/** Returns the colour of a cause, by its place among those asserted; -1 is none. */
function causeColor(cause) {
  return color(cause < 0 ? "drop" : `cause-${cause}`);
}

/** Draws the disconnects below the bar in the colour of their cause, those with a trigger on a triangle. */
function drawDrops(context, lane, place, min, max, toX) {
  const ratio = devicePixelRatio;
  const triggers = DATA.drops.trigger;
  const [marks, triggered] = [[], []];
  const top = place.barTop + place.bar;
  let lastX = -Infinity;
  const last = findFrom(lane.dropTimes, max);
  for (let index = findFrom(lane.dropTimes, min); index < last; index += 1) {
    const x = toX(lane.dropTimes[index]);
    marks.push([x, DATA.drops.cause[lane.drops[index]]]);
    if (x - lastX < 0.5 || !triggers?.values[triggers.codes[lane.drops[index]]]) continue; // one a half pixel is enough
    lastX = x;
    triggered.push([x, top + 7 * ratio]);
  }
  drawTicks(context, marks, { left: toX(min), width: toX(max) - toX(min) }, top, 7 * ratio);
  drawMarks(context, "triangle", triggered, color("trigger"), 4 * ratio);
}

/** Draws the pushes that were not plainly ok above the bar. */
function drawPushes(context, lane, place, min, max, toX) {
  const marks = { push: [], suspect: [] };
  const last = findFrom(lane.pushTimes, max);
  for (let index = findFrom(lane.pushTimes, min); index < last; index += 1) {
    const kind = DATA.pushes.outcome[lane.pushes[index]] === "failed" ? "push" : "suspect";
    marks[kind].push([toX(lane.pushTimes[index]), place.barTop - 7 * devicePixelRatio]);
  }
  drawMarks(context, "diamond", marks.suspect, color("suspect"), 5 * devicePixelRatio);
  drawMarks(context, "diamond", marks.push, color("push"), 5 * devicePixelRatio);
}

/** Says what lies under the pointer: marks within reach, else the session or outage. */
function noteCourse(plot, lanes, left, top) {
  const row = Math.floor((top / plot.over.clientHeight) * lanes.length);
  const lane = lanes[row];
  if (!lane) return [];
  const instant = plot.posToVal(left, "x");
  const reach = plot.posToVal(left + REACH_PX, "x") - instant;
  if (lane.isServer) return noteServer(lane, instant, reach);
  const drop = nearest(lane.dropTimes, instant, reach);
  const push = nearest(lane.pushTimes, instant, reach);
  const lines = [];
  if (push !== null) lines.push(...notePush(lane.pushes[push]));
  if (drop !== null) lines.push(...noteDrop(lane.drops[drop]));
  return lines.length ? lines : noteSpan(lane, instant);
}

/** Returns the position of the time closest to an instant, or null if none is within reach. */
function nearest(times, instant, reach) {
  const after = findFrom(times, instant);
  const distance = (index) => Math.abs((times[index] ?? Infinity) - instant);
  const best = distance(after - 1) < distance(after) ? after - 1 : after;
  return distance(best) <= reach ? best : null;
}

/** Says when a server started or stopped, or for how long it was silent. */
function noteServer(lane, instant, reach) {
  const { processes, turns } = DATA.server;
  const turn = nearest(lane.turnTimes, instant, reach);
  if (turn !== null) {
    const key = turns.kind[turn] === "stop" ? "tip_stop" : "tip_start";
    return [writeTime(turns.time[turn]), say(key, { process: processes[turns.process[turn]] })];
  }
  const silence = lane.silences.find(({ start, end }) => start - reach <= instant && instant <= end + reach);
  if (!silence) return [];
  const span = writeDuration((silence.end - silence.start) / 1000);
  return [writeTime(silence.start), say("tip_silence", { process: silence.process, span })];
}

function notePush(row) {
  const { time, outcome, ids } = DATA.pushes;
  const words = { outcome: WORDS[`outcome.${outcome[row]}`] ?? outcome[row], ids: ids.values[ids.codes[row]] };
  return [writeTime(time[row]), say("tip_push", words).trim()];
}

function noteDrop(row) {
  const { time, index, reason, trigger, push_lead_ms: leads } = DATA.drops;
  const words = { index: index[row], reason: reason ? reason.values[reason.codes[row]] : "" };
  const lines = [writeTime(time[row]), say("tip_drop", words)];
  const cause = DATA.causes[DATA.drops.cause[row]];
  if (cause) lines.push(cause);
  if (leads && leads[row] !== null && leads[row] >= 0) {
    lines.push(say("tip_push_lead", { lead: writeDuration(leads[row] / 1000) }));
  }
  const name = trigger?.values[trigger.codes[row]];
  if (name) lines.push(say("tip_trigger", { trigger: name, template: DATA.triggers[name] ?? "" }));
  return lines;
}

function noteSpan(lane, instant) {
  const session = lane.sessions[findFrom(lane.ends, instant)];
  if (!session || instant < session.start) return [];
  const span = instant > session.end ? session.outageEnd - session.end : session.end - session.start;
  const key = instant > session.end ? "tip_outage" : session.isWhole ? "tip_session" : "tip_open";
  return [writeTime(instant), say(key, { span: writeDuration(span / 1000) })];
}
