"use strict";

// What the charts have in common: colours, axes, marks, zoom by mouse, button and key, notes beside the pointer, print.

const charts = [];
const PRINT_WIDTH_PX = 680;
const AXIS_FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const TICK_STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 108e5,
  216e5, 432e5, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS, 28 * DAY_MS, 91 * DAY_MS, 364 * DAY_MS,
];

/** Returns a colour of the page as it is now: light, dark or printed. */
function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Chooses the step between two ticks for a range in milliseconds on so many pixels. */
function chooseStep(range, pixels) {
  const wanted = (range * 110) / Math.max(pixels, 1);
  return TICK_STEPS_MS.find((step) => step >= wanted) ?? TICK_STEPS_MS.at(-1);
}

/** Leaves a margin on both sides, so that a mark at the edge is seen whole; no span is shorter than a second. */
function widen([first, last]) {
  const margin = Math.max((last - first) * 0.025, 500);
  return [first - margin, last + margin];
}

/** An axis of wall-clock time in the display zone. */
function timeAxis() {
  return {
    size: 32,
    stroke: () => color("muted"),
    font: AXIS_FONT,
    grid: { stroke: () => color("line"), width: 1 },
    ticks: { stroke: () => color("line"), width: 1 },
    splits: (plot, axis, low, high) => {
      const step = chooseStep(high - low, plot.bbox.width / devicePixelRatio);
      const shift = toLocal(low) - low;
      const first = Math.ceil((low + shift) / step) * step - shift;
      return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, at) => first + at * step);
    },
    values: (plot, ticks) => {
      const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
      return ticks.map((tick) => writeTick(tick, step));
    },
  };
}

function writeTick(instant, step) {
  const stamp = writeStamp(instant);
  if (step >= DAY_MS) return stamp.slice(0, 10);
  if (stamp.slice(11) === "00:00:00.000") return stamp.slice(5, 10);
  return stamp.slice(11, step < 1000 ? 23 : step < 60000 ? 19 : 16);
}

/** An axis of numbers on the left; `splits()` gives the places of its ticks, else uPlot does. */
function numberAxis(write, splits) {
  return {
    ...(splits && { splits }),
    stroke: () => color("muted"),
    font: AXIS_FONT,
    size: 72,
    grid: { stroke: () => color("line"), width: 1 },
    ticks: { show: false },
    values: (plot, ticks) => ticks.map(write),
  };
}

/**
 * Makes a chart in `host` and keeps it as wide as that. `options`: `height()` in px, `axes`, `rangeX` ([low, high]),
 * `rangeY()`, `draw` (on the canvas, in its pixels), `note(plot, left, top)` (lines to show beside the pointer, or
 * none), `label()`, `moved(plot)` after the range has changed; `isFixed` for a chart that does not zoom.
 */
function makeChart(host, options) {
  const tip = make("div", "tip");
  tip.hidden = true;
  const plot = new uPlot(
    {
      width: Math.max(host.clientWidth, 200),
      height: options.height(),
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: !options.isFixed, y: false, dist: 4 } },
      scales: { x: { time: false }, y: { range: options.rangeY } },
      axes: options.axes,
      series: [{}, { points: { show: false }, paths: () => null }],
      hooks: {
        draw: [options.draw],
        setCursor: [(chart) => showTip(chart, tip, options.note)],
        setScale: [(chart, name) => name === "x" && options.moved?.(chart)],
      },
    },
    [options.rangeX, [null, null]],
    host,
  );
  plot.over.append(tip);
  const chart = { host, plot, options, whole: options.rangeX };
  if (!options.isFixed) listenForZoom(chart);
  charts.push(chart);
  describe(chart);
  new ResizeObserver(() => fit(chart, host.clientWidth)).observe(host);
  return chart;
}

function fit(chart, width) {
  if (width < 1) return;
  chart.plot.setSize({ width, height: chart.options.height() });
}

function describe(chart) {
  chart.host.setAttribute("aria-label", chart.options.label());
}

/** Draws anew what depends on more than the range shown: scales, labels, colours, height. */
function redraw(chart) {
  describe(chart);
  fit(chart, chart.plot.width);
  if (!isReady(chart.plot)) return;
  const [min, max] = chart.options.rangeY();
  chart.plot.setScale("y", { min, max });
  chart.plot.redraw(false, true);
}

/** uPlot sets its first range a moment after it is made; until then there is none to draw anew. */
function isReady(plot) {
  return Number.isFinite(plot.scales.x.min);
}

/** Shows what lies under the pointer, inside the chart on the side where there is room. */
function showTip(plot, tip, note) {
  const { left, top } = plot.cursor;
  const lines = left >= 0 ? note(plot, left, top) : [];
  tip.hidden = lines.length === 0;
  if (tip.hidden) return;
  tip.replaceChildren(...lines.map((line) => make("div", "", line)));
  const room = plot.over.clientWidth;
  tip.style.maxWidth = `${Math.min(360, room)}px`;
  const wanted = left > room / 2 ? left - tip.offsetWidth - 12 : left + 12;
  tip.style.left = `${Math.max(0, Math.min(wanted, room - tip.offsetWidth))}px`;
  tip.style.top = `${Math.max(0, top - tip.offsetHeight - 12)}px`;
}

/** Shows the range from `low` to `high`, kept inside the whole and no narrower than a hundredth of a second. */
function showRange(chart, low, high) {
  const [first, last] = chart.whole;
  const span = Math.min(Math.max(high - low, 10), last - first);
  const start = Math.min(Math.max((low + high - span) / 2, first), last - span);
  chart.plot.setScale("x", { min: start, max: start + span });
}

const ACTIONS = {
  earlier: (low, high) => [low - (high - low) / 4, high - (high - low) / 4],
  later: (low, high) => [low + (high - low) / 4, high + (high - low) / 4],
  nearer: (low, high) => [low + (high - low) / 4, high - (high - low) / 4],
  farther: (low, high) => [low - (high - low) / 2, high + (high - low) / 2],
  whole: (low, high, chart) => chart.whole,
};
const KEYS = { ArrowLeft: "earlier", ArrowRight: "later", "+": "nearer", "=": "nearer", "-": "farther", Home: "whole" };

/** Calls `act(left, top)` with the place of a click that was no drag. */
function listenForClick(chart, act) {
  const over = chart.plot.over;
  let from = null;
  over.addEventListener("pointerdown", (event) => {
    from = event.clientX;
  });
  over.addEventListener("click", (event) => {
    const box = over.getBoundingClientRect();
    if (from !== null && Math.abs(event.clientX - from) < 4) act(event.clientX - box.left, event.clientY - box.top);
  });
}

function move(chart, action) {
  const { min, max } = chart.plot.scales.x;
  showRange(chart, ...ACTIONS[action](min, max, chart));
}

function listenForZoom(chart) {
  const toolbar = chart.host.closest("figure").querySelector(".toolbar");
  toolbar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button) move(chart, button.dataset.action);
  });
  chart.host.addEventListener("keydown", (event) => {
    const action = KEYS[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(chart, action);
  });
  chart.plot.over.addEventListener("wheel", (event) => turnWheel(chart, event), { passive: false });
  listenForTouch(chart);
}

/** The wheel zooms with Ctrl (or two fingers on a pad) and moves when turned sideways; else the page scrolls. */
function turnWheel(chart, event) {
  const { min, max } = chart.plot.scales.x;
  const range = max - min;
  if (event.ctrlKey || event.metaKey) {
    const share = event.offsetX / chart.plot.over.clientWidth;
    const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200);
    const middle = min + range * share;
    showRange(chart, middle - range * factor * share, middle + range * factor * (1 - share));
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    const shift = ((event.deltaX || event.deltaY) / chart.plot.over.clientWidth) * range;
    showRange(chart, min + shift, max + shift);
  } else return;
  event.preventDefault();
}

/** One finger moves the chart sideways, two zoom it; up and down still scroll the page. */
function listenForTouch(chart) {
  const fingers = new Map();
  const over = chart.plot.over;
  const spread = () => {
    const [left, right] = [Math.min(...fingers.values()), Math.max(...fingers.values())];
    return { middle: (left + right) / 2, width: right - left };
  };
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, event.clientX);
  });
  over.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = spread();
    fingers.set(event.pointerId, event.clientX);
    const after = spread();
    const { min, max } = chart.plot.scales.x;
    const range = (max - min) * (before.width > 20 ? before.width / Math.max(after.width, 1) : 1);
    const share = (before.middle - over.getBoundingClientRect().left) / over.clientWidth;
    const anchor = min + (max - min) * share;
    const low = anchor - range * share - ((after.middle - before.middle) / over.clientWidth) * range;
    showRange(chart, low, low + range);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    over.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
}

const MARKS = {
  circle: (context, x, y, size) => context.arc(x, y, size, 0, 2 * Math.PI),
  diamond: (context, x, y, size) => polygon(context, [[x, y - size], [x + size, y], [x, y + size], [x - size, y]]),
  square: (context, x, y, size) => polygon(context, [[x - size, y - size], [x + size, y - size], [x + size, y + size], [x - size, y + size]]),
  triangle: (context, x, y, size) => polygon(context, [[x, y - size], [x + size, y + size], [x - size, y + size]]),
};

function polygon(context, corners) {
  corners.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
}

/** Draws marks of one shape and colour in one stroke, with a rim that parts them from what lies below. */
function drawMarks(context, shape, places, fill, size) {
  context.beginPath();
  for (const [x, y] of places) {
    context.moveTo(x + (shape === "circle" ? size : 0), y);
    MARKS[shape](context, x, y, size);
  }
  context.fillStyle = fill;
  context.strokeStyle = color("paper");
  context.lineWidth = devicePixelRatio;
  context.stroke();
  context.fill();
}

/** Confines drawing to the plotting area while `draw` runs. */
function clipped(plot, draw) {
  const { left, top, width, height } = plot.bbox;
  plot.ctx.save();
  plot.ctx.beginPath();
  plot.ctx.rect(left, top, width, height);
  plot.ctx.clip();
  draw(plot.ctx);
  plot.ctx.restore();
}

/** Redraws in the colours of paper and at its width for printing, and back. */
function setPrinting(isPrinting) {
  document.documentElement.classList.toggle("printing", isPrinting);
  for (const chart of charts) {
    fit(chart, isPrinting ? PRINT_WIDTH_PX : chart.host.clientWidth);
    chart.plot.redraw(false, true);
  }
}
