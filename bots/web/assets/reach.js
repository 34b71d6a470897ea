// In the settings: the resume phrase (made, shown once, ended; typed to come back), and how one wishes to be reached.

import { Refused, ask } from "./ask.js";

const byId = (id) => document.getElementById(id);

export class Reach {
  // on: reopened(conversation, token), changed()
  constructor(config, keep, on) {
    Object.assign(this, { config, texts: config.texts, keep, on });
    byId("phrase-make").addEventListener("click", () => this.#try("phrase-said", () => this.#make()));
    byId("phrase-end").addEventListener("click", () => this.#try("phrase-said", () => this.#end()));
    byId("phrase-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try("phrase-said", () => this.#comeBack());
    });
    byId("contact-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try("contact-said", () => this.#wish());
    });
    byId("name-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try("name-said", () => this.#named());
    });
    byId("name-end").addEventListener("click", () => this.#try("name-said", () => this.#anonymous()));
  }

  get #base() {
    return `${this.config.api}/conversations/${this.keep.value.conversation}`;
  }

  async #try(place, act) {
    const line = byId(place);
    line.textContent = "";
    try {
      line.textContent = (await act()) || "";
    } catch (why) {
      const status = why instanceof Refused ? why.status : 0;
      line.textContent = this.texts[`reach_${status}`] || this.texts.cannot_open;
    }
    // On a telephone it would stand below what is in view, and who sees nothing presses again.
    line.scrollIntoView({ block: "nearest" });
  }

  // What was wished before, once the settings are looked at.
  async show() {
    if (this.shown || !this.keep.value.token) return;
    try {
      const wish = await this.#wished();
      const when = this.#when(wish);
      const known = [...byId("contact-form").querySelectorAll("[name=when]")].find((input) => input.value === when);
      if (known) known.checked = true;
      byId("hide-from").value = wish.hide_from.join("・");
      byId("known-staff").checked = wish.known_staff;
      byId("contact-said").textContent = wish.told;
      const { named } = await ask(`${this.#base}/name`, { token: this.keep.value.token });
      byId("name-said").textContent = named ? this.texts.name_kept : "";
      this.shown = true;
    } catch {
      // It is asked for again the next time.
    }
  }

  async #make() {
    const { phrase } = await ask(`${this.#base}/phrase`, { token: this.keep.value.token, body: {} });
    byId("phrase-words").textContent = phrase;
    this.on.changed();
    return this.texts.phrase_made;
  }

  async #end() {
    byId("phrase-words").textContent = "";
    await ask(`${this.#base}/phrase`, { token: this.keep.value.token, method: "DELETE" });
    this.on.changed();
    return this.texts.phrase_ended;
  }

  async #comeBack() {
    const phrase = byId("phrase").value;
    const { conversation, token } = await ask(`${this.config.api}/${this.config.municipality}/resume`, { body: { phrase } });
    byId("phrase").value = "";
    this.on.reopened(conversation, token);
  }

  // The name goes to staff and is shown to nobody here: who comes after at this device must not read it.
  async #named() {
    const name = byId("own-name").value.trim();
    byId("own-name").value = name;
    if (!byId("own-name").reportValidity()) return ""; // only spaces
    await ask(`${this.#base}/name`, { token: this.keep.value.token, method: "PUT", body: { name } });
    byId("own-name").value = "";
    return this.texts.name_kept;
  }

  async #anonymous() {
    byId("own-name").value = "";
    await ask(`${this.#base}/name`, { token: this.keep.value.token, method: "DELETE" });
    return this.texts.name_ended;
  }

  #wished() {
    return ask(`${this.#base}/contact`, { token: this.keep.value.token });
  }

  // Which of the form's times a wish is; "" also for what only the talk can say.
  #when(wish) {
    return wish.only_answers ? "answers" : wish.quiet.length === 1 ? wish.quiet[0] : "";
  }

  // What was told in the talk and has no place in this form, such as a way not to be used, stays as it is.
  async #wish() {
    const before = await this.#wished();
    const chosen = byId("contact-form").querySelector("[name=when]:checked").value;
    const name = byId("hide-from").value.trim();
    const same = chosen === this.#when(before);
    const body = {
      quiet: same ? before.quiet : chosen && chosen !== "answers" ? [chosen] : [], only_answers: chosen === "answers",
      avoid: before.avoid, hide_from: name === before.hide_from.join("・") ? before.hide_from : name ? [name] : [],
      known_staff: byId("known-staff").checked,
    };
    const { told } = await ask(`${this.#base}/contact`, { token: this.keep.value.token, method: "PUT", body });
    this.on.changed();
    return `${this.texts.contact_kept} ${told}`;
  }
}
