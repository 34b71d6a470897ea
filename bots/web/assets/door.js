// The frame's side of the loader: a port handed over by the page that embeds us, and the quick exit.

export class Door {
  #port;
  #wished = false; // to be put away, by somebody who was faster than the loader

  // on: opened(), closed(), framed()
  constructor(config, on) {
    this.exit = new URL(config.exit, location.href).href;
    addEventListener("message", (event) => {
      if (event.source !== parent || event.data !== "tsunagu" || !event.ports[0]) return;
      if (!mayEmbed(event.origin, config)) return;
      this.#port = event.ports[0];
      this.#port.onmessage = ({ data }) => (data === "opened" ? on.opened() : data === "closed" ? on.closed() : null);
      on.framed();
      if (this.#wished) this.putAway();
    });
  }

  get framed() {
    return Boolean(this.#port);
  }

  putAway() {
    this.#wished = !this.#port;
    this.#port?.postMessage("close");
  }

  news(words) {
    this.#port?.postMessage({ news: words });
  }

  // Storage is cleared before this is called. What is on the screen goes first, then the page is replaced.
  leave() {
    document.body.replaceChildren();
    document.title = "";
    this.#port?.postMessage("exit");
    // The loader does it at once; this is for a page whose loader has gone, or is not there yet.
    setTimeout(() => {
      try {
        top.location.replace(this.exit);
      } catch {
        location.replace(this.exit);
      }
    }, this.#port ? 1_000 : 0);
  }
}

function mayEmbed(origin, config) {
  if (origin === location.origin || config.embedders.includes(origin)) return true;
  return config.loopback && /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(origin);
}
