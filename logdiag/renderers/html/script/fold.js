"use strict";

// Sections fold to their first line; the contents mark the one that is read.

const AT_TOP_PX = 60;

function startFolds() {
  const folds = [...document.querySelectorAll(".fold")];
  for (const fold of folds) fold.open = !("folds" in fold.dataset);
  const button = document.getElementById("unfold");
  const words = [button.textContent, button.dataset.other];
  const areOpen = () => folds.every((fold) => fold.open);
  const name = () => {
    button.textContent = words[areOpen() ? 1 : 0];
  };
  button.addEventListener("click", () => {
    const isOpen = !areOpen();
    for (const fold of folds) fold.open = isOpen;
  });
  for (const fold of folds) fold.addEventListener("toggle", name);
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (target?.tagName === "SECTION") target.querySelector(".fold").open = true;
    if (target && !target.matches("main")) target.scrollIntoView();
  };
  for (const link of document.querySelectorAll("nav a")) link.addEventListener("click", () => setTimeout(unfold));
  addEventListener("hashchange", unfold);
  unfold();
  markContents();
}

/** Marks in the contents the last section that begins no lower than a link to it puts it. */
function markContents() {
  const links = [...document.querySelectorAll("nav a")];
  const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
  const mark = () => {
    const above = sections.filter((section) => section.getBoundingClientRect().top < AT_TOP_PX);
    const isEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 && scrollY > 0;
    const current = isEnd ? links.length - 1 : Math.max(above.length - 1, 0);
    links.forEach((link, at) => {
      if (at === current) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    });
  };
  addEventListener("scroll", mark, { passive: true });
  addEventListener("resize", mark);
  mark();
}
