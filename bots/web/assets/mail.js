// In the settings: mail that an answer has come. The address is never shown again, not even here.

import { Refused, ask } from "./ask.js";

const byId = (id) => document.getElementById(id);

export class Mail {
  constructor(config, keep) {
    Object.assign(this, { config, keep, form: byId("mail-form") });
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#on());
    });
    byId("mail-end")?.addEventListener("click", () => this.#try(() => this.#off()));
  }

  // What was chosen before, once the settings are looked at.
  show() {
    if (!this.form || this.shown || !this.keep.value.token) return;
    this.tell();
  }

  // Whether mails go out, as things stand now: what else is chosen here may hold them.
  tell() {
    if (!this.form) return;
    this.#try(async () => {
      const found = await this.#ask({});
      this.shown = true;
      return found.failed ? this.config.texts.mail_failed : found.on ? this.#kept(found) : "";
    });
  }

  // A mail that leads to a page which no longer opens the talk would help nobody.
  #kept({ held, phrase }) {
    const { texts } = this.config;
    if (held) return texts.mail_held;
    const back = phrase || this.keep.remembered || this.keep.value.line;
    return back ? texts.mail_on : `${texts.mail_on} ${texts.mail_back}`;
  }

  #ask(how) {
    const path = `${this.config.api}/conversations/${this.keep.value.conversation}/mail`;
    return ask(path, { token: this.keep.value.token, ...how });
  }

  async #on() {
    const found = await this.#ask({ method: "PUT", body: { address: byId("mail-address").value.trim() } });
    byId("mail-address").value = "";
    return this.#kept(found);
  }

  async #off() {
    await this.#ask({ method: "DELETE" });
    byId("mail-address").value = "";
    return this.config.texts.mail_off;
  }

  async #try(act) {
    const line = byId("mail-said");
    line.textContent = "";
    try {
      line.textContent = await act();
    } catch (why) {
      const wrong = why instanceof Refused && why.status === 422;
      line.textContent = wrong ? this.config.texts.mail_wrong : this.config.texts.cannot_open;
    }
  }
}
