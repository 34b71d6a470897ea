// The frame's side of the loader: a port handed over by the page that embeds us, and the quick exit.

export class Door {
  #port;
  #early = []; // what was to be said to a loader that is not there yet

  // on: opened(), framed()
  constructor(config, on) {
    this.exit = new URL(config.exit, location.href).href;
    addEventListener("message", (event) => {
      if (event.source !== parent || event.data !== "tsunagu" || !event.ports[0]) return;
      if (!mayEmbed(event.origin, config)) return;
      this.#port = event.ports[0];
      this.#port.onmessage = ({ data }) => data === "opened" && on.opened();
      on.framed();
      this.#early.splice(0).forEach((data) => this.#tell(data));
    });
  }

  putAway() {
    this.#tell("close");
  }

  // An answer has come. Only the loader knows whether the panel is open: it shows this where it is not.
  news(words) {
    this.#tell({ news: words });
  }

  #tell(data) {
    if (this.#port) this.#port.postMessage(data);
    else if (parent !== window) this.#early.push(data);
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
