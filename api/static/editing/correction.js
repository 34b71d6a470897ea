// A correction that has become a draft: what it would do is put in its place when it has been worked out, without a reload.

import { piece } from "../console/pulse.js";

const PAUSE = 1000;
const LONGEST = 15000;
let pause = PAUSE;

const now = () => document.getElementById("foresight");

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

again();
