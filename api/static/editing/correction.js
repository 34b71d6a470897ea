// A correction under review: what the lexicon might learn comes a moment after the page, and what a draft would do when it
// has been worked out. Neither moves the page nor takes away what has been ticked or written.

import { renewAll, still } from "../console/live.js";
import { piece } from "../console/pulse.js";

const PAUSE = 1000;
const LONGEST = 15000;
let pause = PAUSE;

const now = () => document.getElementById("foresight");

async function offer() {
  try {
    const parts = await piece(`${location.pathname}/proposals`);
    still(() => renewAll(parts));
  } catch {
    for (const one of document.querySelectorAll("[aria-busy] p")) one.textContent = "候補を出せませんでした。手で書いてください。";
  }
  for (const one of document.querySelectorAll("[aria-busy]")) one.removeAttribute("aria-busy");
}

async function look() {
  try {
    const [fresh] = await piece(`${location.pathname}/foresight`);
    if (fresh.dataset.state !== now().dataset.state) now().replaceWith(fresh);
  } catch {
    // gone or not reachable: the page keeps its link
  }
  again();
}

function again() {
  if (now()?.dataset.state !== "asked") return;
  setTimeout(look, pause);
  pause = Math.min(pause * 1.5, LONGEST);
}

if (document.querySelector("[aria-busy]")) offer();
again();
