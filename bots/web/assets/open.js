// The page behind a link of LINE: exchanges the code in the address's fragment for the conversation's token, once, and goes on
// to the chat. A code that no longer opens can be renewed with one tap: the fresh link comes into the same LINE talk.

import { Refused, ask } from "./ask.js";
import { Keep } from "./keep.js";

const config = JSON.parse(document.getElementById("config").textContent);
const byId = (id) => document.getElementById(id);
const code = location.hash.slice(1);

function show(name) {
  for (const part of document.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== name;
}

async function enter() {
  if (!code) return show("sent");
  show("opening");
  try {
    const entered = await ask(`${config.api}/open`, { body: { code } });
    const keep = new Keep(config.municipality);
    keep.clear();
    keep.save({ conversation: entered.conversation, token: entered.token, spoken: true, line: true });
    const form = entered.purpose === "phone" ? "#phone" : "";
    location.replace(`/chat/${config.municipality}?lang=${encodeURIComponent(entered.language)}${form}`);
  } catch (why) {
    show(why instanceof Refused && [410, 422].includes(why.status) ? "stale" : "offline");
  }
}

async function renew() {
  show("opening");
  try {
    await ask(`${config.api}/renew`, { body: { code } });
    show("sent");
  } catch {
    show("offline");
  }
}

byId("renew").addEventListener("click", renew);
byId("retry").addEventListener("click", enter);
enter();
