"use strict";

// Starts the page: unhides what needs scripts, hides what stands in for it, follows dark mode and print.

for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
for (const part of document.querySelectorAll(".unscripted")) part.hidden = true;

startFolds();
const choice = { choose: () => {} };
if (document.getElementById("course")) {
  const lanes = sortLanes();
  const choose = (row) => choice.choose(row);
  startOverview(lanes, choose);
  const showInCourse = startCourse(lanes, choose);
  if (document.getElementById("detail")) choice.choose = startDetail(showInCourse);
}
if (document.getElementById("phase")) {
  startPhase();
  startLengths("intervals");
  startLengths("lifetimes");
}
if (document.getElementById("drops-table")) startDrops();
startCopies();

const isNarrow = matchMedia("(max-width: 64rem)");
const contents = document.querySelector("nav details");
const foldContents = () => {
  contents.open = !isNarrow.matches;
};
foldContents();
isNarrow.addEventListener("change", foldContents);

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(redraw));

// Paper cannot be unfolded; what is ruled out stays folded there all the same, or it would fill most of the pages.
const unfolded = [];
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("main details:not([open], .refuted, .refuted *)")) {
    part.open = true;
    unfolded.push(part);
  }
  setPrinting(true);
});
addEventListener("afterprint", () => {
  for (const part of unfolded.splice(0)) part.open = false;
  setPrinting(false);
});
