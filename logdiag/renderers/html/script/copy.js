"use strict";

// What a click copies: the summary for a chat, a section as Markdown, the link to a disconnect.

function startCopies() {
  const { summary, sections } = DATA.copies;
  for (const button of document.querySelectorAll("[data-copy]")) {
    const text = button.dataset.copy ? sections[button.dataset.copy] : summary;
    button.addEventListener("click", () => copyText(text, button));
  }
  for (const button of document.querySelectorAll("[data-copy-link]")) {
    button.addEventListener("click", () => copyText(location.href.replace(/#.*/, linkShown), button));
  }
}

function linkShown() {
  return location.hash;
}

/** Copies a text, and says on the button whether it did. */
async function copyText(text, button) {
  const isCopied = (await navigator.clipboard?.writeText(text).then(() => true, () => false)) || copyByHand(text);
  document.getElementById("copied").textContent = say(isCopied ? "copied" : "not_copied");
  button.classList.toggle("done", isCopied);
  setTimeout(() => button.classList.remove("done"), 1500);
}

/** The old way, for browsers that give a file no clipboard. */
function copyByHand(text) {
  const field = make("textarea", "unseen");
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}
