// The list stays true while it is open: rows are fetched again when something in the town changed.

import { arrows } from "./arrows.js";
import { follow, piece } from "./pulse.js";

const rows = document.getElementById("rows");
const fresh = document.getElementById("fresh");

arrows(rows, "h2 a", ["ArrowDown", "ArrowUp"]);
const queues = document.querySelector(".queues"); // an auditor has none
if (queues) arrows(queues, "a", ["ArrowRight", "ArrowLeft"]);

const numbers = () => new Set([...rows.querySelectorAll("h2 a")].map((link) => link.getAttribute("href")));

follow(Number(rows.dataset.cursor), async () => {
  const before = numbers();
  const inside = rows.contains(document.activeElement) && document.activeElement.getAttribute("href");
  rows.replaceChildren(...(await piece(`/staff/rows${location.search}`)));
  if (inside) rows.querySelector(`a[href="${CSS.escape(inside)}"]`)?.focus();
  const added = [...numbers()].filter((number) => !before.has(number)).length;
  if (added) fresh.textContent = `新しい案件が ${added} 件届きました`;
});
