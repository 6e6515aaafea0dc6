"use strict";

// Marks and bars lead to their order for a pointer; for everybody else the table does.
document.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-page]");
  const link = mark && document.getElementById(`o-${mark.dataset.page}`);
  if (link) link.click();
});

// Where the page is live, each section that has changed is replaced; focus and scrolling stay where they are.
const main = document.getElementById("main");

function renew(old, fresh) {
  if (old.innerHTML === fresh.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceChildren(...fresh.childNodes);
  const again = focused && document.getElementById(focused);
  if (again) again.focus({ preventScroll: true });
}

function show(text) {
  const fresh = new DOMParser().parseFromString(`<main>${text}</main>`, "text/html").querySelector("main");
  const ids = (within) => Array.from(within.children, (child) => child.id).join();
  if (ids(fresh) !== ids(main)) return renew(main, fresh);
  Array.from(main.children).forEach((old, index) => renew(old, fresh.children[index]));
}

function say(text, lost = true) {
  const place = document.getElementById("connection");
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("lost", lost);
}

async function ask() {
  try {
    const answer = await fetch(main.dataset.news, { cache: "no-store" });
    if (answer.status === 404) return say("Nothing is known of this order any more: this is what was known last.");
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.text());
    say("This page keeps itself up to date.", false);
  } catch {
    say("The connection is lost: this is what was known last. Trying again.");
  }
}

// One question at a time, and none while nobody looks.
async function keep() {
  if (!document.hidden) await ask();
  setTimeout(keep, 1000 * main.dataset.every);
}

if (main.dataset.news) {
  setTimeout(keep, 1000 * main.dataset.every);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}
