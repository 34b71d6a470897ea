// A page of lists and states stays true while it is open: the page names where its parts come from.

import { renewAll, still } from "./live.js";
import { follow, piece } from "./pulse.js";

const place = document.querySelector("[data-from]");
let waits = false;

async function refresh() {
  const parts = await piece(`${place.dataset.from}${location.search}`);
  ({ waits } = still(() => renewAll(parts)));
}

document.addEventListener("focusout", () => {
  if (waits) setTimeout(refresh, 0);
});
follow(Number(place.dataset.cursor), refresh);
