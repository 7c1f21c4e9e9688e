"use strict";

// How often each interval between disconnects came, and how long connections lived.

const BINS_COUNT = 40;
const BINS_PER_DECADE = 12;
const WIDE_FROM = 50;
const PATTERN_COLORS = 3;

/** Counts lengths in bins; `ticks` are places on the axis, in bins, with the lengths that they stand for. */
function countLengths(lengths) {
  const sorted = [...lengths].sort((one, other) => one - other);
  const isWide = sorted.at(-1) > WIDE_FROM * sorted[sorted.length >> 1];
  const { edges, ticks } = isWide ? makeRatioBins(sorted) : makeWidthBins(sorted);
  const placeOf = (length) => {
    const bin = Math.max(findFrom(edges, length) - 1, 0);
    return bin + (length - edges[bin]) / (edges[bin + 1] - edges[bin] || 1);
  };
  return { edges, ticks, placeOf, counts: countIn(edges, sorted) };
}

function countIn(edges, sorted) {
  return edges.slice(1).map((edge, bin) => findFrom(sorted, edge) - findFrom(sorted, edges[bin]));
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

const LENGTHS = {
  intervals: { column: "interval_s", label: "intervals_label", isOf: (pattern) => !pattern.is_lifetime },
  lifetimes: { column: "session_s", label: "lifetimes_label", isOf: (pattern) => pattern.is_lifetime },
};

/** Starts the histogram of one kind of lengths, each bar split by pattern, a line at each pattern's period or limit. */
function startLengths(name) {
  const { column, label, isOf } = LENGTHS[name];
  const values = DATA.drops[column];
  const rows = values.map((_, row) => row).filter((row) => values[row] !== null);
  if (!rows.length) {
    document.getElementById(name).remove();
    return;
  }
  const { edges, ticks, placeOf, counts } = countLengths(rows.map((row) => values[row]));
  const groups = splitByPattern(rows, values, edges);
  const limits = DATA.patterns.filter((pattern) => isOf(pattern) && placeOf(pattern.period_s) <= counts.length);
  const fullest = counts.indexOf(Math.max(...counts));
  const bounds = (bin) => ({ from: writeDuration(edges[bin]), to: writeDuration(edges[bin + 1]) });
  makeChart(document.getElementById(`${name}-chart`), {
    isFixed: true,
    height: () => 220,
    rangeX: [0, counts.length],
    rangeY: () => [0, counts[fullest] * (limits.length ? 1.25 : 1.08)],
    axes: [binAxis(ticks), numberAxis((value) => (Number.isInteger(value) ? grouped(value) : ""))],
    draw: (plot) =>
      clipped(plot, (context) => {
        drawBars(plot, context, groups);
        limits.forEach((limit, rank) => drawLimit(plot, context, limit, placeOf(limit.period_s), rank));
      }),
    note: (plot, left) => {
      const bin = Math.floor(plot.posToVal(left, "x"));
      if (!counts[bin]) return [];
      const parts = groups.filter((group) => groups.length > 1 && group.counts[bin]);
      return [
        say("tip_count", { count: grouped(counts[bin]), ...bounds(bin) }),
        ...parts.map((group) => `${group.name}: ${grouped(group.counts[bin])}`),
      ];
    },
    label: () => {
      const words = { count: grouped(rows.length), most: grouped(counts[fullest]), ...bounds(fullest) };
      return say(label, words);
    },
  });
  writeLegend(name, groups);
  const filled = counts.map((count, bin) => [bin, count]).filter(([, count]) => count > 0);
  const body = document.querySelector(`#${name}-table tbody`);
  body.replaceChildren(...filled.map(([bin, count]) => makeRow([bounds(bin).from, bounds(bin).to, grouped(count)])));
}

/** Splits lengths by the pattern of their disconnects, those on none last; returns the counts of each in the bins. */
function splitByPattern(rows, values, edges) {
  const patterns = decode(DATA.drops.pattern);
  const marks = decode(DATA.drops.mark);
  const of = (row) => (marks[row] === "off" ? "" : patterns[row]);
  const names = [...DATA.patterns.map(({ id }) => id), ""];
  const groups = names.map((id, rank) => {
    const sorted = rows.filter((row) => of(row) === id || (id === "" && !names.includes(of(row)))).map((row) => values[row]);
    const text = DATA.patterns.find((pattern) => pattern.id === id)?.text ?? say("other_lengths");
    const style = id === "" ? "bar" : `pattern-${rank % PATTERN_COLORS}`;
    return { name: id || text, text, style, sum: sorted.length, counts: countIn(edges, sorted.sort((one, other) => one - other)) };
  });
  return groups.filter(({ sum }) => sum > 0);
}

function writeLegend(name, groups) {
  const legend = document.querySelector(`#${name} .legend`);
  legend.hidden = groups.length < 2;
  legend.replaceChildren(
    ...groups.map(({ text, style }) => {
      const entry = make("li");
      entry.append(make("span", `swatch ${style}`), make("span", "", text));
      return entry;
    }),
  );
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

/** Draws the bars, the parts of each pattern on top of each other. */
function drawBars(plot, context, groups) {
  const base = new Float64Array(groups[0]?.counts.length ?? 0);
  for (const { counts, style } of groups) {
    context.fillStyle = color(style);
    counts.forEach((count, bin) => {
      if (!count) return;
      const left = plot.valToPos(bin, "x", true);
      const bottom = plot.valToPos(base[bin], "y", true);
      base[bin] += count;
      const top = plot.valToPos(base[bin], "y", true);
      const width = plot.valToPos(bin + 1, "x", true) - left;
      context.fillRect(left + devicePixelRatio / 2, top, Math.max(width - devicePixelRatio, 1), bottom - top);
    });
  }
}

/** Marks the period of a pattern by a broken line with its name, each name on a line of its own. */
function drawLimit(plot, context, pattern, place, rank) {
  const ratio = devicePixelRatio;
  const x = plot.valToPos(place, "x", true);
  const { top, left, width, height } = plot.bbox;
  context.save();
  context.strokeStyle = color("ink");
  context.lineWidth = ratio;
  context.setLineDash([4 * ratio, 3 * ratio]);
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, top + height);
  context.stroke();
  context.setLineDash([]);
  const text = say("limit", { id: pattern.id, span: writeDuration(pattern.period_s) });
  context.font = `${12 * ratio}px ${AXIS_FONT.slice(5)}`;
  const room = context.measureText(text).width + 5 * ratio;
  const isRight = x + room < left + width;
  writeName(context, text, isRight ? x + 5 * ratio : x - room, top + (13 + 15 * rank) * ratio);
  context.restore();
}
