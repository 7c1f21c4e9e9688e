"use strict";

// Time with and without a connection, pixel by pixel: what a pixel is too small to show is shown by its share.

const LEAST_SHARE = 1e-6;  // of a pixel: below it lies the error of adding up
const LEAST_HEIGHT_PX = 2; // of an outage: it is seen, however short
const TICK_PX = 1.5;
const DENSE_SHARE = 0.5;  // a choice: ticks that cover half of the width leave no gaps that an eye can count
const COLUMN_PX = 3;
const LEAST_STRENGTH = 0.15;  // of a column with a single disconnect: it is seen
const MOST_STRENGTH = 0.85;  // of the fullest column: lighter than a tick, so that the two are told apart

/** Returns for each of `count` pixels from `low` on, each `width` ms wide, how much of it is up and down. */
function countShares(sessions, low, width, count) {
  const up = new Float64Array(count);
  const down = new Float64Array(count);
  for (const { start, end, outageEnd } of sessions) {
    addSpan(up, (start - low) / width, (end - low) / width);
    addSpan(down, (end - low) / width, (outageEnd - low) / width);
  }
  return { up, down };
}

/** Adds a span, given in pixels, to the pixels that it covers. */
function addSpan(pixels, from, to) {
  const [left, right] = [Math.max(from, 0), Math.min(to, pixels.length)];
  for (let at = Math.floor(left); at < right; at += 1) {
    pixels[at] += Math.min(right, at + 1) - Math.max(left, at);
  }
}

/** Draws sessions as a bar in which each pixel's outage stands as high as its share of the time that is known. */
function drawShares(plot, context, sessions, top, height) {
  const { left, width } = plot.bbox;
  const [low, first, last] = [plot.posToVal(left, "x", true), Math.floor(left), Math.ceil(left + width)];
  const { up, down } = countShares(sessions, low, (plot.posToVal(left + width, "x", true) - low) / width, last - first);
  context.fillStyle = color("connected");
  for (let at = 0; at < up.length; at += 1) {
    if (up[at] + down[at] > LEAST_SHARE) context.fillRect(first + at, top, 1, height);
  }
  context.fillStyle = color("outage");
  for (let at = 0; at < down.length; at += 1) {
    if (down[at] <= LEAST_SHARE) continue;
    const high = Math.min(height, Math.max(LEAST_HEIGHT_PX * devicePixelRatio, (height * down[at]) / (up[at] + down[at])));
    context.fillRect(first + at, top + height - high, 1, high);
  }
}

/**
 * Draws marks, each `[x, cause]` in the order of x, as ticks. Where they would run into one another, each column shows
 * by its strength how many it holds, so that more and fewer of them can still be told apart.
 */
function drawTicks(context, marks, { left, width }, top, height) {
  const ratio = devicePixelRatio;
  const paints = new Map(); // to ask the style for each of many marks takes seconds
  for (const [, cause] of marks) if (!paints.has(cause)) paints.set(cause, causeColor(cause));
  if (marks.length * TICK_PX * ratio <= DENSE_SHARE * width) {
    for (const [x, cause] of marks) {
      context.fillStyle = paints.get(cause);
      context.fillRect(x - (TICK_PX / 2) * ratio, top, TICK_PX * ratio, height);
    }
    return;
  }
  const column = COLUMN_PX * ratio;
  const columns = Array.from({ length: Math.ceil(width / column) }, () => new Map());
  for (const [x, cause] of marks) {
    const counts = columns[Math.floor((x - left) / column)];
    counts?.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  const most = Math.max(...columns.map((counts) => sum(counts)), 1);
  columns.forEach((counts, at) => {
    if (!counts.size) return;
    const [[cause]] = [...counts].sort((one, other) => other[1] - one[1]);
    context.globalAlpha = LEAST_STRENGTH + (MOST_STRENGTH - LEAST_STRENGTH) * (sum(counts) / most);
    context.fillStyle = paints.get(cause);
    context.fillRect(left + at * column, top, column, height);
  });
  context.globalAlpha = 1;
}

/** The sum of what a map counts. */
function sum(counts) {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function writeShare(ratio) {
  const percent = ratio * 100;
  const isNearEnd = Math.min(percent, 100 - percent) < 0.1;
  return say("share", { percent: trimZeros(grouped(percent, isNearEnd ? 3 : 1)) });
}
