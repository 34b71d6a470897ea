// The text box: grows with what is written, Enter sends (never while a conversion is open), keeps a draft, counts.

import { fill, length, storable } from "./words.js";

const WARN_BELOW = 1_000;

export class Compose {
  // on: send(text), draft(text), say(text)
  constructor(config, on) {
    Object.assign(this, { texts: config.texts, limit: config.limit, on });
    this.form = document.getElementById("compose");
    this.box = document.getElementById("message");
    this.counter = document.getElementById("counter");
    this.box.addEventListener("input", () => this.#changed());
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  set text(value) {
    this.box.value = value;
    this.#changed();
  }

  #key(event) {
    // 229: Safari reports the Enter that ends a conversion without isComposing.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #changed() {
    const left = this.limit - length(this.box.value);
    this.box.setAttribute("aria-invalid", String(left < 0));
    this.counter.textContent =
      left >= WARN_BELOW ? "" : fill(left < 0 ? this.texts.too_long : this.texts.left, { count: Math.abs(left).toLocaleString() });
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 4}px`;
    this.on.draft(this.box.value);
  }

  #submit() {
    const text = storable(this.box.value);
    if (!text.trim()) {
      this.on.say(this.texts.blank);
      this.box.focus();
    } else if (length(text) <= this.limit) {
      this.text = "";
      this.on.send(text);
    } else {
      this.box.focus();
    }
  }
}
