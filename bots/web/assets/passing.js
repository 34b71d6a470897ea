// Whether staff have what was written, when they read, and how many wait before: asked after each answer, never on a clock.

import { ask } from "./ask.js";
import { read } from "./words.js";

const MOMENT = 300;

export class Passing {
  #timer;
  #stopped = false;

  // on: upto(sequence)
  constructor(config, keep, on) {
    Object.assign(this, { config, keep, on, line: document.getElementById("passing") });
  }

  // Bubbles come together: one question for all of them.
  soon() {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.#look(), MOMENT);
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.line.textContent = "";
  }

  async #look() {
    const { conversation, token } = this.keep.value;
    if (!token) return;
    try {
      const { upto, reading, ahead } = await ask(`${this.config.api}/conversations/${conversation}/passing`, { token });
      if (this.#stopped) return;
      if (upto) this.on.upto(upto);
      const words = [reading, reading && ahead ? this.config.texts.ahead.replace("{count}", ahead) : ""];
      this.line.replaceChildren(...read(words.filter(Boolean).join(" ")));
    } catch {
      // A courtesy: the messages themselves say what matters.
    }
  }
}
