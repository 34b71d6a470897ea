// New messages as they come: server-sent events read by fetch (a token fits in a header, never in a URL), and polling
// where streams are held back. Goes on after the last sequence for as long as the page lives.

import { Refused, ask, authorised } from "./ask.js";

const SILENCE = 40_000; // the server says something every 15 s
const FIRST_BYTE = 5_000;
const POLL = 3_000;
const LONGEST_WAIT = 15_000;

export class Follower {
  #stopped = new AbortController();
  #failed = 0;

  // on: message(message), state("connected" | "away"), lost()
  constructor(base, token, after, on) {
    Object.assign(this, { base, token, after, on });
    this.wake = () => {};
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  stop() {
    this.#stopped.abort();
    this.wake();
  }

  get stopped() {
    return this.#stopped.signal.aborted;
  }

  async run() {
    for (let round = 0; !this.stopped; round += 1) {
      const streamed = (this.#failed < 3 || round % 20 === 0) && (await this.#stream());
      if (this.stopped) return;
      const reached = await this.#poll();
      this.#failed = streamed ? 0 : this.#failed + 1;
      await this.#wait(reached ? (streamed ? 500 : POLL) : Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(this.#failed, 4)));
    }
  }

  // True when the stream gave anything at all before it ended.
  async #stream() {
    const stop = new AbortController();
    const end = () => stop.abort();
    this.#stopped.signal.addEventListener("abort", end);
    let alive = false;
    let timer = setTimeout(end, FIRST_BYTE);
    try {
      const response = await fetch(`${this.base}/events`, {
        headers: { ...authorised(this.token), "Last-Event-ID": String(this.after), Accept: "text/event-stream" },
        signal: stop.signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
      });
      if (response.status === 401) return this.#lose();
      if (!response.ok || !response.body) return false;
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return alive;
        if (!alive) this.on.state("connected");
        alive = true;
        clearTimeout(timer);
        timer = setTimeout(end, SILENCE);
        const parts = (rest + decoder.decode(value, { stream: true }).replace(/\r/g, "")).split("\n\n");
        rest = parts.pop();
        parts.forEach((part) => this.#take(part));
      }
    } catch {
      return alive;
    } finally {
      clearTimeout(timer);
      this.#stopped.signal.removeEventListener("abort", end);
    }
  }

  #take(part) {
    const data = part.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
    if (data) this.#deliver(JSON.parse(data));
  }

  #deliver(message) {
    if (message.sequence <= this.after || this.stopped) return;
    this.after = message.sequence;
    this.on.message(message);
  }

  async #poll() {
    try {
      const { messages } = await ask(`${this.base}/messages?after=${this.after}`, { token: this.token });
      messages.forEach((message) => this.#deliver(message));
      if (!this.stopped) this.on.state("connected");
      return true;
    } catch (why) {
      if (why instanceof Refused && why.status === 401) return this.#lose();
      if (!this.stopped && this.#failed > 0) this.on.state("away");
      return false;
    }
  }

  #lose() {
    if (!this.stopped) {
      this.stop();
      this.on.lost();
    }
    return false;
  }

  #wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds * (0.75 + Math.random() / 2));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
