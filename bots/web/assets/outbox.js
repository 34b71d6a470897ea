// Messages on their way out: one at a time, in order, each with an id of its own, so that trying again stores nothing
// twice. Words that are not delivered survive a reload; a file has to be chosen again.

import { Refused, ask, newId, upload } from "./ask.js";

const LONGEST_WAIT = 20_000;

export class Outbox {
  #running = false;
  #stopping = new AbortController();
  #failed = 0;
  #timer;

  // on: change(entry), slow(), lost(), refused(entry, status)
  constructor(keep, on) {
    this.keep = keep;
    this.on = on;
    this.entries = (keep.value.pending || []).map((entry) => ({ ...entry, state: "sending" }));
    addEventListener("online", () => this.flush());
  }

  get #stopped() {
    return this.#stopping.signal.aborted;
  }

  open(base, token) {
    Object.assign(this, { base, token });
    this.flush();
  }

  stop() {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  // file: goes instead of words.
  add(text, file) {
    const entry = { id: newId(), text, file, state: "sending" };
    this.entries.push(entry);
    this.#save();
    this.flush();
    return entry;
  }

  // The server has it already: its answer was lost, the message was not.
  settle(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
    this.#save();
  }

  async flush() {
    if (this.#running || this.#stopped || !this.token) return;
    clearTimeout(this.#timer);
    this.#running = true;
    try {
      while (this.entries.length && !this.#stopped) {
        if (!(await this.#send(this.entries[0]))) break;
      }
    } finally {
      this.#running = false;
    }
  }

  async #send(entry) {
    this.#mark(entry, "sending");
    try {
      const { sequence } = await (entry.file ? this.#upload(entry) : this.#say(entry));
      this.#failed = 0;
      this.settle(entry);
      entry.sequence = sequence;
      this.#mark(entry, "delivered");
      return true;
    } catch (why) {
      return this.#fail(entry, why);
    }
  }

  #say(entry) {
    return ask(`${this.base}/messages`, { token: this.token, body: { text: entry.text, client_message_id: entry.id } });
  }

  #upload(entry) {
    const progress = (part) => {
      entry.progress = part;
      this.#mark(entry, "sending");
    };
    const { token } = this;
    return upload(`${this.base}/files?client_message_id=${entry.id}`, {
      token, file: entry.file, progress, stopped: this.#stopping.signal,
    });
  }

  #fail(entry, why) {
    if (this.#stopped) return false;
    if (why instanceof Refused && why.status === 401) {
      this.#mark(entry, "undelivered");
      this.on.lost();
      return false;
    }
    if (why instanceof Refused && why.status < 500 && why.status !== 429 && why.status !== 408) {
      this.settle(entry);
      this.on.refused(entry, why.status);
      return true;
    }
    if (why.status === 429) this.on.slow();
    else this.#mark(entry, "undelivered");
    this.#failed += 1;
    const wait = why.wait ? why.wait * 1000 : Math.min(LONGEST_WAIT, 1000 * 2 ** this.#failed);
    this.#timer = setTimeout(() => this.flush(), wait);
    return false;
  }

  #mark(entry, state) {
    entry.state = state;
    if (!this.#stopped) this.on.change(entry);
  }

  #save() {
    this.keep.save({ pending: this.entries.filter((entry) => !entry.file).map(({ id, text }) => ({ id, text })) });
  }
}
