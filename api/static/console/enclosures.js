// Files beside the answer: chosen, sent in, looked through by the server, removed. The words of the answer are not touched.

import { piece } from "./pulse.js";

const PAUSE = 1200;
const LARGEST = 10 * 1024 * 1024;
const TYPES = "image/jpeg,image/png,image/webp,image/gif,image/heic,image/avif,application/pdf";
const TOLD = {
  401: "ログアウトしました。別の画面でログインしてから、もう一度えらんでください。",
  413: "大きすぎます。1つ10MBまでです。",
  415: "写真かPDFをえらんでください。ワードやエクセルは、PDFにしてからそえてください。",
  422: "中身のないファイルです。もう一度えらんでください。",
};
const place = document.getElementById("enclosures");
const base = place && `/staff/tickets/${place.dataset.number}/enclosures`;
const state = document.getElementById("enclosure-state");
let watching = Promise.resolve();

// Resolves once nothing is looked through any more.
export const settled = () => watching;

if (place) begin();

function begin() {
  const input = document.getElementById("enclosure-file");
  input.accept = TYPES;
  place.hidden = false;
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    for (const file of files) await add(file);
    input.focus();
  });
  place.addEventListener("click", async (event) => {
    const { remove, letGo } = event.target.dataset ?? {};
    if (!remove && !letGo) return;
    event.target.disabled = true;
    const act = remove ? `${remove}/remove` : `${letGo}/as-it-came`;
    await change(fetch(`${base}/${act}`, { method: "POST", headers: { Accept: "text/html" } }), remove ? "はずしました。" : "このまま送ります。まだ送っていません。");
    input.focus();
  });
  watch();
}

async function add(file) {
  if (file.size > LARGEST) return say(TOLD[413]);
  say(`「${file.name}」を送りこんでいます…`);
  const headers = { Accept: "text/html", "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(file.name.slice(-120)) };
  await change(fetch(base, { method: "POST", headers, body: file }), "そえました。まだ送っていません。");
}

async function change(asked, done) {
  try {
    const answer = await asked;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) return say(TOLD[answer.status] || page.querySelector("main p")?.textContent || "できませんでした。もう一度ためしてください。");
    show(page.getElementById("enclosed"));
    say(done);
    watch();
  } catch {
    say("いまつながりません。もう一度ためしてください。");
  }
}

function watch() {
  watching = watching.then(look);
}

async function look() {
  while (document.querySelector("#enclosed[data-waits]")) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    try {
      show((await piece(base))[0]);
    } catch {
      return;
    }
  }
}

function show(list) {
  const old = document.getElementById("enclosed");
  const open = [...old.querySelectorAll("details[open] img")].map((image) => image.getAttribute("src"));
  list.querySelectorAll("details").forEach((one) => (one.open = open.includes(one.querySelector("img").getAttribute("src"))));
  old.replaceWith(list);
}

function say(text) {
  state.textContent = text;
}
