// A photo or paper of staff in the thread: what it is, and the button that fetches it. The token goes in a header, never in
// an address, so the bytes come here first and are then handed to the device as a download.

import { Refused, ask, authorised } from "./ask.js";
import { element, fill } from "./words.js";

const PATIENCE = 180_000;
const KILO = 1024;

// fetchFile(file): resolves once the device has it, rejects with Refused or TypeError. say(text): the line for news.
export function fileIn(message, texts, { fetchFile, say }) {
  const { file } = message;
  const node = element("div", { className: "file" });
  if (!file.kept) return gone(node, texts);
  const size = file.size < KILO * KILO ? `${Math.ceil(file.size / KILO)}KB` : `${(file.size / KILO / KILO).toFixed(1)}MB`;
  const get = element("button", { type: "button", textContent: texts.file_get, "aria-label": `${texts.file_get}: ${file.name}` });
  node.append(element("p", { textContent: `${file.name} (${size})` }), get, element("p", { className: "note" }, texts.file_note));
  get.addEventListener("click", async () => {
    get.disabled = true;
    try {
      await fetchFile(file);
      say(fill(texts.file_saved, { name: file.name }));
    } catch (why) {
      if (why instanceof Refused && why.status === 404) gone(node, texts);
      else say(texts.file_failed);
    }
    get.disabled = false;
    get.focus();
  });
  return node;
}

const SAVES_NOTHING = / Line\//; // LINE's own browser

// Where nothing can be saved the talk goes on in the device's own browser, and the file is fetched there.
export async function fetchTo(device, base, file, token) {
  if (SAVES_NOTHING.test(navigator.userAgent)) {
    const { url } = await ask(`${base}/outside`, { token, method: "POST" });
    if (self === top) location.assign(url);
    else open(url, "_blank", "noopener");
    return new Promise(() => {}); // nothing more happens on this page: the way outside has shut it
  }
  return save(device, `${base}/files/${file.id}`, { token, name: file.name });
}

async function save(device, path, { token, name }) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const answer = await fetch(path, {
    headers: authorised(token), signal: stop.signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
  });
  if (!answer.ok) throw new Refused(answer.status, 0);
  const address = URL.createObjectURL(await answer.blob());
  clearTimeout(timer);
  const link = element("a", { href: address, download: name, hidden: true });
  device.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function gone(node, texts) {
  node.replaceChildren(element("p", { textContent: texts.file_gone }));
  return node;
}
