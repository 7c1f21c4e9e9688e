"use strict";

// The pattern as a picture: how far each disconnect lies from its beat.

// Near the beat the scale of both sides is linear up to about this distance, beyond it logarithmic.
const LINEAR_S = 0.01;
const LEAST_STEP = 0.12; // between two ticks, of the way from the beat to the edge
const SIDE_TICKS_S = [0.01, 0.1, 1, 10, 60, 600, 3600, 86400];
const SHAPES = { on: "circle", early: "diamond", off: "triangle" };

/** Returns the disconnects of a pattern that have a distance from its beat, in the order of time. */
function listPhases(pattern) {
  const { drops } = DATA;
  const patterns = decode(drops.pattern);
  const marks = decode(drops.mark);
  const has = (row) => drops.residual_s[row] !== null && patterns[row] === pattern.id;
  const rows = drops.index.map((_, row) => row).filter(has);
  rows.sort((one, other) => drops.time[one] - drops.time[other]);
  const pick = (column) => rows.map((row) => column[row]);
  const phases = { rows, times: pick(drops.time), residuals: pick(drops.residual_s), marks: pick(marks) };
  phases.counts = { on: 0, early: 0, off: 0 };
  for (const mark of phases.marks) phases.counts[mark] += 1;
  return phases;
}

function startPhase() {
  const figure = document.getElementById("phase");
  const patterns = DATA.patterns.filter((pattern) => listPhases(pattern).rows.length > 0);
  if (!patterns.length) {
    figure.remove();
    return;
  }
  const [choice, scale] = figure.querySelectorAll("select");
  choice.replaceChildren(...patterns.map((pattern) => make("option", "", pattern.text)));
  choice.parentElement.hidden = patterns.length === 1;
  const state = { pattern: patterns[0], phases: listPhases(patterns[0]) };
  state.scale = makeScale(state, scale.value);
  const chart = makeChart(document.getElementById("phase-chart"), {
    height: () => 280,
    rangeX: widen(DATA.span),
    rangeY: () => state.scale.range,
    axes: [timeAxis(), numberAxis((place) => state.scale.write(place), () => state.scale.ticks)],
    draw: (plot) => clipped(plot, (context) => drawPhases(plot, context, state)),
    note: (plot, left, top) => notePhase(plot, state, left, top),
    label: () => say("phase_label", { ...mapCounts(state.phases), text: state.pattern.text }),
  });
  const change = () => {
    state.pattern = patterns[choice.selectedIndex];
    state.phases = listPhases(state.pattern);
    state.scale = makeScale(state, scale.value);
    redraw(chart);
  };
  choice.addEventListener("change", change);
  scale.addEventListener("change", change);
}

function mapCounts(phases) {
  return Object.fromEntries(Object.entries(phases.counts).map(([mark, count]) => [mark, grouped(count)]));
}

/** Half a period to either side (a lifetime has no period: all there is), or the neighbourhood of the beat. */
function reachOf({ pattern, phases }, isNear) {
  const farthest = phases.residuals
    .filter((_, row) => !isNear || phases.marks[row] === "on")
    .reduce((most, residual) => Math.max(most, Math.abs(residual)), isNear ? 3 * (pattern.jitter_s ?? 0) : 0);
  return (isNear || pattern.is_lifetime ? farthest * 1.1 : pattern.period_s / 2) || 0.001;
}

/**
 * Makes a scale of distances: `place` gives the place of a distance in seconds on the axis, `ticks` are places, `write`
 * says the distance at one of them. The logarithmic one shows 5 ms and 5 s alike, as the picture of the text report does.
 */
function makeScale(state, name) {
  const reach = reachOf(state, name === "near");
  if (name !== "logarithmic") {
    const step = chooseRound(reach / 3);
    const count = Math.floor(reach / step);
    const ticks = Array.from({ length: 2 * count + 1 }, (_, at) => Number(((at - count) * step).toPrecision(12)));
    return { range: [-reach, reach], place: (distance) => distance, ticks, write: writeDistance };
  }
  const linear = Math.max(LINEAR_S, 3 * (state.pattern.jitter_s ?? 0));
  const whole = Math.log1p(reach / linear);
  const place = (distance) => (Math.sign(distance) * Math.log1p(Math.abs(distance) / linear)) / whole;
  const far = SIDE_TICKS_S.filter((tick) => place(tick) >= LEAST_STEP && tick <= reach);
  const distanceAt = new Map([...far.map((tick) => -tick), 0, ...far].map((tick) => [place(tick), tick]));
  const write = (at) => writeDistance(distanceAt.get(at));
  return { range: [-1.05, 1.05], place, ticks: [...distanceAt.keys()].sort((one, other) => one - other), write };
}

/** Returns the round number, 1, 2 or 5 times a power of ten, that is not below `rough`. */
function chooseRound(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => Number((factor * power).toPrecision(12))).find((number) => number >= rough);
}

function writeDistance(seconds) {
  return seconds === 0 ? "0" : `${seconds > 0 ? "+" : ""}${writeDuration(seconds)}`;
}

function drawPhases(plot, context, { phases, scale }) {
  const { min, max } = plot.scales.x;
  const zero = plot.valToPos(0, "y", true);
  context.fillStyle = color("muted");
  context.fillRect(plot.bbox.left, zero - devicePixelRatio / 2, plot.bbox.width, devicePixelRatio);
  const places = { on: [], early: [], off: [] };
  const last = findFrom(phases.times, max);
  for (let row = findFrom(phases.times, min); row < last; row += 1) {
    const height = scale.place(phases.residuals[row]);
    const place = [plot.valToPos(phases.times[row], "x", true), plot.valToPos(height, "y", true)];
    places[phases.marks[row]].push(place);
  }
  const size = (phases.rows.length > 500 ? 3 : 5) * devicePixelRatio;
  for (const [mark, shape] of Object.entries(SHAPES)) drawMarks(context, shape, places[mark], color(mark), size);
}

function notePhase(plot, { phases, scale }, left, top) {
  const instant = plot.posToVal(left, "x");
  const reach = plot.posToVal(left + REACH_PX, "x") - instant;
  let best = null;
  let bestDistance = REACH_PX * 2;
  const last = findFrom(phases.times, instant + reach);
  for (let row = findFrom(phases.times, instant - reach); row < last; row += 1) {
    const place = [plot.valToPos(phases.times[row], "x"), plot.valToPos(scale.place(phases.residuals[row]), "y")];
    const distance = Math.hypot(place[0] - left, place[1] - top);
    if (distance < bestDistance) [best, bestDistance] = [row, distance];
  }
  if (best === null) return [];
  return [...noteDrop(phases.rows[best]), say("tip_residual", { distance: writeDistance(phases.residuals[best]) })];
}
