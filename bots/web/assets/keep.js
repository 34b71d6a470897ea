// What this tab keeps, and, only when the resident asks for it, this device. Nothing else writes to storage.

const SHARED = ["conversation", "token", "spoken", "size", "line"];

function storage(name) {
  try {
    return window[name];
  } catch {
    return null; // blocked by the browser: then everything lives as long as the page
  }
}

export class Keep {
  #key;
  #tab = storage("sessionStorage");
  #device = storage("localStorage");
  #closed = false;

  constructor(town) {
    this.#key = `tsunagu:${town}`;
    this.value = this.#read(this.#tab) || this.#read(this.#device) || {};
  }

  get remembered() {
    return Boolean(this.#read(this.#device));
  }

  save(changes) {
    Object.assign(this.value, changes);
    this.#write(this.#tab, this.value);
    if (this.remembered) this.#write(this.#device, this.#shared());
  }

  remember(yes) {
    if (yes) this.#write(this.#device, this.#shared());
    else this.#drop(this.#device);
  }

  // After this nothing is written any more: an answer still on its way must not bring the token back.
  close() {
    this.clear();
    this.#closed = true;
  }

  clear() {
    this.value = {};
    this.#drop(this.#tab);
    this.#drop(this.#device);
  }

  #shared() {
    return Object.fromEntries(SHARED.map((name) => [name, this.value[name]]));
  }

  #read(place) {
    try {
      return JSON.parse(place.getItem(this.#key));
    } catch {
      return null;
    }
  }

  #write(place, value) {
    if (this.#closed) return;
    try {
      place.setItem(this.#key, JSON.stringify(value));
    } catch {
      // Full or blocked: the conversation goes on in memory.
    }
  }

  #drop(place) {
    try {
      place.removeItem(this.#key);
    } catch {
      // Blocked: nothing was there.
    }
  }
}
