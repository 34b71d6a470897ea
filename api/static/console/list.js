// The list stays true while it is open: rows are fetched again when something in the town changed.

import { follow, piece } from "./pulse.js";

const rows = document.getElementById("rows");
const fresh = document.getElementById("fresh");

const numbers = () => new Set([...rows.querySelectorAll("h2 a")].map((link) => link.getAttribute("href")));

follow(Number(rows.dataset.cursor), async () => {
  const before = numbers();
  const focused = document.activeElement?.getAttribute("href");
  const url = new URL(location.href);
  url.searchParams.set("part", "1");
  rows.replaceChildren(...(await piece(url)));
  if (focused) rows.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  const added = [...numbers()].filter((number) => !before.has(number)).length;
  if (added) fresh.textContent = `新しい案件が ${added} 件届きました`;
});
