// The wish to be telephoned: three questions, none of them a must. What is written is kept as it is written.

import { ask } from "./ask.js";

export class Phone {
  #kept = "";

  // on: address() → {base, token} or null, said(words), closed()
  constructor(texts, on) {
    this.on = on;
    this.texts = texts;
    this.form = document.getElementById("phone");
    this.form.addEventListener("change", () => this.#keep(false));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#keep(true);
    });
    document.getElementById("phone-later").addEventListener("click", () => this.hide());
  }

  show() {
    this.#shown(true);
    this.form.querySelector("input").focus();
  }

  hide() {
    this.#shown(false);
    this.on.closed();
  }

  #shown(yes) {
    this.form.hidden = !yes;
    document.body.classList.toggle("asking", yes);
  }

  // Leaving the page clears what could be read by who takes the device next.
  clear() {
    this.form.reset();
  }

  async #keep(done) {
    const at = this.on.address();
    const written = Object.fromEntries(new FormData(this.form));
    const now = JSON.stringify(written);
    if (!at || (now === this.#kept && !done)) return;
    try {
      await ask(`${at.base}/callback`, { token: at.token, body: written });
      this.#kept = now;
      if (done) {
        this.hide();
        this.on.said(this.texts.phone_kept);
      }
    } catch {
      this.on.said(this.texts.phone_not_kept);
    }
  }
}
