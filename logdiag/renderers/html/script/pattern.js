"use strict";

// The pattern as pictures: how far each disconnect lies from its beat, and how often each interval came.

const BINS_COUNT = 40;
const BINS_PER_DECADE = 12;
const WIDE_FROM = 50;
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

/** Counts intervals in bins; `ticks` are places on the axis, in bins, with the intervals that they stand for. */
function countIntervals(intervals) {
  const sorted = [...intervals].sort((one, other) => one - other);
  const isWide = sorted.at(-1) > WIDE_FROM * sorted[sorted.length >> 1];
  const { edges, ticks } = isWide ? makeRatioBins(sorted) : makeWidthBins(sorted);
  const counts = edges.slice(1).map((edge, bin) => findFrom(sorted, edge) - findFrom(sorted, edges[bin]));
  return { edges, ticks, counts };
}

/** Bins of equal width about round numbers, so that the scatter about a round period stays in one. */
function makeWidthBins(sorted) {
  const rough = sorted.at(-1) / BINS_COUNT || 0.001;
  const width = chooseRound(rough);
  const count = Math.floor(sorted.at(-1) / width + 0.5) + 2;
  const bins = Array.from({ length: count }, (_, bin) => bin);
  return {
    edges: [0, ...bins.map((bin) => Number(((bin + 0.5) * width).toPrecision(12)))],
    ticks: bins.map((bin) => [bin + 0.5, Number((bin * width).toPrecision(12))]),
  };
}

/** Bins of equal ratio, for intervals of which the longest is far above the median. */
function makeRatioBins(sorted) {
  const shortest = Math.max(sorted.find((value) => value > 0), 0.001);
  const first = Math.floor(Math.log10(shortest));
  const count = Math.floor(Math.log10(sorted.at(-1)) * BINS_PER_DECADE) + 2 - first * BINS_PER_DECADE;
  const edges = Array.from({ length: count }, (_, bin) => 10 ** (first + bin / BINS_PER_DECADE));
  const ticks = edges.map((edge, bin) => [bin, edge]).filter(([bin]) => bin % BINS_PER_DECADE === 0);
  return { edges: [0, ...edges.slice(1)], ticks };
}

function startIntervals() {
  const intervals = DATA.drops.interval_s.filter((value) => value !== null);
  if (!intervals.length) {
    document.getElementById("intervals").remove();
    return;
  }
  const { edges, ticks, counts } = countIntervals(intervals);
  const fullest = counts.indexOf(Math.max(...counts));
  const bounds = (bin) => ({ from: writeDuration(edges[bin]), to: writeDuration(edges[bin + 1]) });
  makeChart(document.getElementById("intervals-chart"), {
    isFixed: true,
    height: () => 220,
    rangeX: [0, counts.length],
    rangeY: () => [0, counts[fullest] * 1.08],
    axes: [binAxis(ticks), numberAxis((value) => (Number.isInteger(value) ? grouped(value) : ""))],
    draw: (plot) => clipped(plot, (context) => drawBars(plot, context, counts)),
    note: (plot, left) => {
      const bin = Math.floor(plot.posToVal(left, "x"));
      return counts[bin] ? [say("tip_count", { count: grouped(counts[bin]), ...bounds(bin) })] : [];
    },
    label: () => {
      const words = { count: grouped(intervals.length), most: grouped(counts[fullest]), ...bounds(fullest) };
      return say("intervals_label", words);
    },
  });
  const rows = counts.map((count, bin) => [bin, count]).filter(([, count]) => count > 0);
  const body = document.querySelector("#intervals-table tbody");
  body.replaceChildren(...rows.map(([bin, count]) => makeRow([bounds(bin).from, bounds(bin).to, grouped(count)])));
}

function makeRow(texts) {
  const row = make("tr");
  row.append(...texts.map((text) => make("td", "number", text)));
  return row;
}

/** An axis of bins that names as many ticks as there is room for. */
function binAxis(ticks) {
  const valueAt = new Map(ticks);
  return {
    ...timeAxis(),
    grid: { show: false },
    splits: (plot) => {
      const rough = (ticks.length * 80 * devicePixelRatio) / plot.bbox.width;
      const every = [1, 2, 5, 10, 20].find((step) => step >= rough) ?? ticks.length;
      return ticks.filter((_, index) => index % every === 0).map(([at]) => at);
    },
    values: (plot, places) => places.map((at) => writeDuration(valueAt.get(at))),
  };
}

function drawBars(plot, context, counts) {
  context.fillStyle = color("bar");
  counts.forEach((count, bin) => {
    const left = plot.valToPos(bin, "x", true);
    const top = plot.valToPos(count, "y", true);
    const width = plot.valToPos(bin + 1, "x", true) - left;
    const height = plot.bbox.top + plot.bbox.height - top;
    context.fillRect(left + devicePixelRatio / 2, top, Math.max(width - devicePixelRatio, 1), height);
  });
}
