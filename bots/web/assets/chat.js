// The chat frame: puts its parts together. Words come with the page (`config`), never from here.

import { Refused, ask } from "./ask.js";
import { Attach } from "./attach.js";
import { Compose } from "./compose.js";
import { Door } from "./door.js";
import { fetchTo } from "./file.js";
import { Follower } from "./follow.js";
import { Keep } from "./keep.js";
import { Mail } from "./mail.js";
import { Outbox } from "./outbox.js";
import { Passing } from "./passing.js";
import { Phone } from "./phone.js";
import { Reach } from "./reach.js";
import { Thread } from "./thread.js";
import { element } from "./words.js";

const LONGEST_WAIT = 15_000;
const config = JSON.parse(document.getElementById("config").textContent);
const texts = config.texts;
const byId = (id) => document.getElementById(id);
const keep = new Keep(config.municipality);
let follower;
let left = false;
let away = false;

function say(text, button) {
  const line = byId("status");
  line.replaceChildren(text || "");
  if (button) line.append(button);
}

function address() {
  return keep.value.token && { base: `${config.api}/conversations/${keep.value.conversation}`, token: keep.value.token };
}

const thread = new Thread(config, {
  choose: send,
  again: () => outbox.flush(),
  settled: (entry) => outbox.settle(entry),
  fetchFile: (file) => fetchTo(document.body, address().base, file, keep.value.token),
  say,
});

const outbox = new Outbox(keep, {
  change: (entry) => {
    thread.change(entry);
    waits(entry.state);
  },
  slow: () => say(texts.slow_down),
  lost,
  refused: (entry, status) => {
    thread.remove(entry);
    if (!entry.file) compose.text = entry.text;
    say((entry.file && texts[`file_${status}`]) || texts.refused);
  },
});

// What could not be sent is not lost: said until it is through.
function waits(state) {
  const told = [texts.offline, texts.reconnecting].includes(byId("status").textContent);
  if (state === "undelivered") say(navigator.onLine === false ? texts.offline : texts.reconnecting);
  else if (state === "delivered" && told && !away) say("");
}

const passing = new Passing(config, keep, { upto: (sequence) => thread.passed(sequence) });

const compose = new Compose(config, { send, say, draft: (text) => keep.save({ draft: text }) });

const phone = new Phone(texts, {
  address,
  said: say,
  closed: () => byId("message").focus(),
});

new Attach(config, { file: (file) => send("", file), say });

const reach = new Reach(config, keep, {
  reopened: (conversation, token) => {
    follower?.stop();
    outbox.stop();
    keep.save({ conversation, token, spoken: true, pending: [], draft: "" });
    location.reload();
  },
  changed: () => mail.tell(),
});

const mail = new Mail(config, keep);

const door = new Door(config, {
  framed: () => (byId("put-away").hidden = false),
  opened: () => {
    thread.opened();
    arrive();
  },
});

function send(text, file) {
  say("");
  keep.save({ spoken: true });
  document.body.classList.add("spoken");
  thread.send(outbox.add(text, file));
}

function receive(message) {
  thread.show(message);
  if (message.from === "resident") return;
  passing.soon();
  door.news(texts.unread);
}

// With a mouse the text box is ready; on a phone its keyboard would hide the notice.
function arrive() {
  if (matchMedia("(pointer: fine)").matches) byId("message").focus();
  else byId("top").focus();
}

async function begin() {
  for (let failed = 0; !left; failed += 1) {
    try {
      if (keep.value.token) await resume();
      else await start();
      say("");
      return;
    } catch (why) {
      if (why instanceof Refused && why.status === 401) return lost();
      say(navigator.onLine === false ? texts.offline : why.status === 429 ? texts.slow_down : texts.cannot_open);
      const wait = why.wait ? why.wait * 1000 : Math.min(LONGEST_WAIT, 1000 * 2 ** failed);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function start() {
  const made = await ask(`${config.api}/${config.municipality}/conversations`, { body: { language: config.language } });
  keep.save({ conversation: made.conversation, token: made.token });
  made.messages.forEach((message) => thread.show(message)); // a greeting is no answer
  attend();
}

async function resume() {
  const { conversation, token } = keep.value;
  let messages;
  do {
    ({ messages } = await ask(`${config.api}/conversations/${conversation}/messages?after=${thread.last}`, { token }));
    messages.forEach((message) => thread.show(message));
  } while (messages.length);
  thread.arrive();
  attend();
}

function attend() {
  const base = `${config.api}/conversations/${keep.value.conversation}`;
  follower = new Follower(base, keep.value.token, thread.last, { message: receive, state: connection, lost });
  follower.run();
  passing.soon();
  outbox.open(base, keep.value.token);
}

function connection(state) {
  if (state === "connected" && away) {
    say(texts.connected);
    setTimeout(() => byId("status").textContent === texts.connected && say(""), 4_000);
    outbox.flush();
  }
  if (state === "away" && !away) say(navigator.onLine === false ? texts.offline : texts.reconnecting);
  away = state === "away";
}

// The server no longer knows this conversation (or this token): say so, and offer a new one. What did not get out
// is put into its text box.
function lost() {
  const draft = [...outbox.entries.map((entry) => entry.text), byId("message").value].filter(Boolean).join("\n");
  end(keep.value.line ? texts.lost_line : texts.lost, () => {
    keep.clear();
    keep.save({ draft });
  });
}

function end(words, before) {
  passing.stop();
  follower?.stop();
  outbox.stop();
  byId("message").disabled = byId("send").disabled = byId("attach").disabled = true;
  const again = element("button", { type: "button", textContent: texts.start_again });
  again.addEventListener("click", () => {
    before();
    location.reload();
  });
  say(words, again);
}

byId("exit").addEventListener("click", () => {
  left = true;
  passing.stop();
  keep.close();
  phone.clear();
  door.leave();
  follower?.stop();
  outbox.stop();
});

byId("call-me").addEventListener("click", () => phone.show());

byId("put-away").addEventListener("click", () => door.putAway());

function settings(show) {
  byId("settings").hidden = !show;
  byId("menu").setAttribute("aria-expanded", String(show));
  if (!show) return;
  reach.show();
  mail.show();
}

byId("menu").addEventListener("click", () => settings(byId("settings").hidden));

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (!phone.form.hidden) return phone.hide();
  if (byId("settings").hidden) return door.putAway();
  settings(false);
  byId("menu").focus();
});

byId("remember").checked = keep.remembered;
byId("remember").addEventListener("change", (event) => {
  keep.remember(event.target.checked);
  mail.tell();
});

byId("forget").addEventListener("click", () => {
  compose.text = "";
  keep.clear();
  thread.clear();
  settings(false);
  byId("remember").checked = false;
  end(texts.forgotten, () => {});
});

// Where the window is low for its letters everything scrolls as one page: else large text leaves the talk two lines.
const LOWEST = 30; // heights of a letter

function measure() {
  const root = document.documentElement;
  root.dataset.room = innerHeight <= LOWEST * parseFloat(getComputedStyle(root).fontSize) ? "low" : "enough";
}

addEventListener("resize", measure);

function resize(size) {
  document.documentElement.dataset.size = size;
  measure();
  byId("settings").querySelector(`[name=size][value=${size}]`).checked = true;
}

document.querySelectorAll("[name=size]").forEach((input) => input.addEventListener("change", () => {
  keep.save({ size: input.value });
  resize(input.value);
}));

function readings(shown) {
  document.documentElement.dataset.readings = shown ? "shown" : "hidden";
}

byId("ruby")?.addEventListener("change", (event) => {
  keep.save({ plain: !event.target.checked });
  readings(event.target.checked);
});
if (byId("ruby")) byId("ruby").checked = !keep.value.plain;
readings(!keep.value.plain);

document.querySelectorAll("[name=language]").forEach((input) => input.addEventListener("change", () => {
  // Nothing said yet: the notice comes again in the other language. Else the conversation goes on.
  if (!keep.value.spoken) keep.clear();
  location.replace(`?lang=${encodeURIComponent(input.value)}`);
}));

resize(["large", "larger"].includes(keep.value.size) ? keep.value.size : "normal");
document.body.classList.toggle("spoken", Boolean(keep.value.spoken));
compose.text = keep.value.draft || "";
outbox.entries.forEach((entry) => thread.send(entry));
if (location.hash === "#phone") phone.show();
begin();
