"use strict";

// The data of the page, and how it is put into words: the conventions are those of renderers/formats.py.

const DATA = JSON.parse(document.getElementById("plots").textContent);
const WORDS = DATA.words;
const DAY_MS = 86400000;

/** Fills the template `key` with values; a name without a value stays as it is. */
function say(key, values = {}) {
  return WORDS[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Returns the texts of a column that was written as values and codes. */
function decode(column) {
  return column.codes.map((code) => column.values[code]);
}

function trimZeros(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function grouped(number, decimals = 0) {
  return number.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Writes seconds for a table: three decimals, empty when there are none. */
function writeSeconds(value) {
  return value === null ? "" : grouped(value, 3).replace(/^-(0\.000)$/, "$1");
}

/** Writes a span given in seconds: ms under one second, s under a minute, then two units. */
function writeDuration(seconds) {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? "-" : "";
  if (seconds === 0) return WORDS["unit.zero_s"];
  if (size < 0.9995) {
    const written = size < 0.01 ? trimZeros((size * 1000).toFixed(1)) : (size * 1000).toFixed(0);
    return `${sign}${written} ${WORDS["unit.ms"]}`;
  }
  if (size < 59.9995) return `${sign}${trimZeros(size.toFixed(3))} ${WORDS["unit.s"]}`;
  const whole = Math.round(size);
  const units = [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]];
  const [big, bigName, small, smallName] = units.find(([unit]) => whole >= unit);
  const rest = Math.floor((whole % big) / small);
  const tail = rest ? ` ${rest} ${WORDS[`unit.${smallName}`]}` : "";
  return `${sign}${grouped(Math.floor(whole / big))} ${WORDS[`unit.${bigName}`]}${tail}`;
}

/** Returns the first position in an ascending array whose value is not below `value`. */
function findFrom(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Brings an instant to the wall clock of the display zone; read it with the UTC getters of Date. */
function toLocal(instant) {
  const offsets = DATA.offsets;
  let index = offsets.length - 1;
  while (index > 0 && offsets[index][0] > instant) index -= 1;
  return instant + (index < 0 ? 0 : offsets[index][1]);
}

/** Writes date and time of day to the millisecond. */
function writeStamp(instant) {
  return new Date(toLocal(instant)).toISOString().replace("T", " ").replace("Z", "");
}

const [firstDay, lastDay] = DATA.span.map((instant) => instant !== null && Math.floor(toLocal(instant) / DAY_MS));

/** Writes the time of day, with the date when the logs span more than one. */
function writeTime(instant) {
  const stamp = writeStamp(instant);
  return firstDay === lastDay ? stamp.slice(11) : stamp.slice(5);
}

/** Makes an element; text from a log can only become a text node here. */
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
