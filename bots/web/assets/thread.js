// The thread on the screen: messages in order of their sequence, cards, choices, and what is still on its way.

import { fileIn } from "./file.js";
import { element, linked, read, telephone, webLink } from "./words.js";

const NEAR = 80; // pixels from the end that count as "at the end"

export class Thread {
  #nodes = new Map(); // sequence -> node
  #waiting = new Map(); // entry id -> { entry, node, state }
  #labels = new Map(); // what a button sends -> what stands on it
  #anchor = null; // first node since the resident last wrote: never scrolled out at the top
  #due = false;
  #thinking;
  #timer;

  // on: choose(value), again(), settled(entry), fetchFile(file), say(text)
  constructor(config, on) {
    Object.assign(this, { texts: config.texts, language: config.language, zone: config.zone, on });
    this.log = document.getElementById("log");
    this.newer = document.getElementById("newer");
    this.newer.addEventListener("click", () => {
      this.log.scrollTop += this.log.clientHeight - NEAR;
    });
    this.log.addEventListener("scroll", () => this.#more());
  }

  get last() {
    return Math.max(0, ...this.#nodes.keys());
  }

  clear() {
    this.#nodes.clear();
    this.#waiting.clear();
    this.#anchor = null;
    this.log.replaceChildren();
    this.newer.hidden = true;
  }

  show(message) {
    if (this.#nodes.has(message.sequence)) return;
    const follows = this.#atEnd();
    if (message.from === "resident") {
      this.#dropChoices();
      if (this.#adopt(message)) return;
    } else {
      this.#think(false);
      if (message.from === "staff") this.#dropChoices(); // from now on they are the ones who are answered
    }
    const node = this.#build(message);
    this.#place(node, message.sequence);
    if (message.choices.length) {
      message.choices.forEach(({ label, value }) => this.#labels.set(value, label));
      this.#dropChoices();
      node.append(this.#choices(message.choices));
    }
    this.#anchor ||= node;
    this.#scroll(follows);
  }

  // Who comes back stands where the talk stopped: at the answer of staff, else at what they wrote last. In a frame that is
  // still put away nothing can be scrolled: then once it opens.
  arrive() {
    this.#due = !this.log.offsetHeight;
    if (this.#due) return;
    const nodes = [...this.#nodes.values()];
    const own = nodes.map((node) => node.classList.contains("resident")).lastIndexOf(true);
    if (own < 0) return;
    this.#anchor = nodes.slice(own).find((node) => node.classList.contains("staff")) || nodes[own];
    this.#scroll(true);
  }

  opened() {
    if (this.#due) this.arrive();
  }

  // A message of this tab: shown at once, in place once the server has numbered it.
  send(entry) {
    this.#dropChoices();
    const node = this.#build({
      from: "resident", text: entry.text, media: mediaOf(entry), cards: [], at: new Date().toISOString(),
    });
    const state = element("p", { className: "state" });
    node.append(state);
    this.log.append(node);
    this.#waiting.set(entry.id, { entry, node, state });
    this.#anchor = node;
    this.change(entry);
    this.#scroll(true);
  }

  change(entry) {
    const found = this.#waiting.get(entry.id);
    if (!found) return;
    found.node.classList.toggle("undelivered", entry.state === "undelivered");
    const part = entry.state === "sending" && entry.progress ? ` ${Math.floor(entry.progress * 100)}%` : "";
    found.state.replaceChildren(this.texts[entry.state] + part);
    if (entry.state === "undelivered") {
      const again = element("button", { type: "button", textContent: this.texts.again });
      again.addEventListener("click", () => this.on.again());
      found.state.append(again);
    }
    if (entry.state !== "delivered") return;
    this.#waiting.delete(entry.id);
    if (this.#nodes.has(entry.sequence)) found.node.remove();
    else this.#place(found.node, entry.sequence);
    this.#think(true);
  }

  // Staff have what the resident wrote up to here: said once, at the last of it.
  passed(upto) {
    const own = [...this.#nodes].filter(([sequence, node]) => sequence <= upto && node.classList.contains("resident"));
    const node = own.sort(([one], [other]) => one - other).pop()?.[1];
    if (!node || node.classList.contains("passed")) return;
    this.log.querySelectorAll(".passed").forEach((other) => {
      other.classList.remove("passed");
      other.querySelector(".state").textContent = this.texts.delivered;
    });
    node.classList.add("passed");
    const state = node.querySelector(".state") || node.appendChild(element("p", { className: "state" }));
    state.textContent = this.texts.passed;
  }

  remove(entry) {
    this.#waiting.get(entry.id)?.node.remove();
    this.#waiting.delete(entry.id);
  }

  // The server's copy of something that is still waiting for its answer here.
  #adopt(message) {
    for (const [id, { entry, node, state }] of this.#waiting) {
      if (entry.text !== message.text || mediaOf(entry) !== (message.media || null)) continue;
      this.#waiting.delete(id);
      node.classList.remove("undelivered");
      state.replaceChildren(this.texts.delivered);
      this.#place(node, message.sequence);
      this.on.settled(entry);
      this.#think(true);
      return true;
    }
    return false;
  }

  #build(message) {
    const who = this.texts[`from_${message.from}`];
    const node = element("div", { className: `said ${message.from}` });
    node.append(element("p", { className: "who" }, `${who} `, this.#time(message.at)));
    if (message.text) {
      // Who pressed a button reads what stood on it, in their own language.
      const label = message.from === "resident" && this.#labels.get(message.text);
      const words = label ? read(label) : message.from === "resident" ? [message.text] : linked(message.text);
      node.append(element("p", { className: "words" }, ...words));
    } else if (!message.cards.length) {
      const paper = message.file && message.media === "file" && this.texts.file_paper;
      node.append(element("p", { className: "words" }, paper || this.texts[`media_${message.media}`] || this.texts.not_text));
    }
    if (message.file) node.append(fileIn(message, this.texts, this.on));
    message.cards.forEach((card) => node.append(this.#card(card)));
    return node;
  }

  #card(card) {
    const node = element("section", { className: "card", "aria-label": card.title }, element("h2", { textContent: card.title }));
    card.lines.forEach((line) => node.append(element("p", {}, ...linked(line))));
    if (card.place) node.append(element("p", {}, `${this.texts.place} ${card.place}`));
    const short = card.telephone && card.telephone.length <= 5;
    const hours = card.hours || (short ? null : this.texts.unknown_hours);
    if (hours) node.append(element("p", {}, ...read(hours)));
    if (card.telephone) {
      const label = `${card.telephone_label || this.texts.call} ${card.telephone}`;
      node.append(element("a", { className: "call", href: telephone(card.telephone), textContent: label }));
    } else if (!card.url) {
      node.append(element("p", {}, ...read(card.telephone_label || this.texts.unknown_number)));
    }
    const link = card.url && webLink(card.url, this.texts.page_link);
    if (link) node.append(link);
    return node;
  }

  #choices(choices) {
    const group = element("div", { className: "choices", role: "group", "aria-label": this.texts.choices });
    for (const { label, value } of choices) {
      const button = element("button", { type: "button" }, ...read(label));
      button.addEventListener("click", () => {
        this.log.focus({ preventScroll: true });
        this.on.choose(value);
      });
      group.append(button);
    }
    return group;
  }

  #dropChoices() {
    this.log.querySelectorAll(".choices").forEach((group) => group.remove());
  }

  #place(node, sequence) {
    node.dataset.sequence = sequence;
    this.#nodes.set(sequence, node);
    const later = Array.from(this.log.children).find(
      (other) => other !== node && (!other.dataset.sequence || Number(other.dataset.sequence) > sequence),
    );
    // A node that stands right is not touched: moving it would have it read out again.
    if (node.parentNode !== this.log || node.nextElementSibling !== (later || null)) this.log.insertBefore(node, later || null);
  }

  #time(at) {
    const when = new Date(at);
    const day = { timeZone: this.zone, month: "numeric", day: "numeric" };
    const format = (options) => new Intl.DateTimeFormat(this.language, options).format(when);
    const today = new Intl.DateTimeFormat(this.language, day).format(new Date()) === format(day);
    const clock = { timeZone: this.zone, hour: "numeric", minute: "2-digit" };
    return element("time", { dateTime: at, textContent: format(today ? clock : { ...day, ...clock }) });
  }

  #think(yes) {
    clearTimeout(this.#timer);
    this.#thinking?.remove();
    if (!yes) return;
    this.#thinking = element("p", { className: "thinking", "aria-hidden": "true", textContent: this.texts.thinking });
    this.log.after(this.#thinking);
    this.#timer = setTimeout(() => this.#thinking.remove(), 8_000);
  }

  #atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  // Says when there is more below.
  #more() {
    this.newer.hidden = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 24;
  }

  // To the end, but never past the beginning of what is new.
  #scroll(follow) {
    if (!follow) return this.#more();
    if (getComputedStyle(this.log).overflowY === "visible") {
      // The page scrolls instead of the log (low windows). The notice leaves the head of the page in view.
      if (this.#anchor && !this.#anchor.classList.contains("bot")) this.#anchor.scrollIntoView();
      return;
    }
    const start = this.#anchor ? this.#anchor.offsetTop - this.log.offsetTop - 8 : 0;
    this.log.scrollTop = start;
    this.#more();
  }
}

function mediaOf(entry) {
  if (!entry.file) return null;
  return entry.file.type === "application/pdf" || /\.pdf$/i.test(entry.file.name) ? "file" : "image";
}
