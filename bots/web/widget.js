// Loader of the web chat: one button, one frame on our own origin. Reads nothing of the page it stands on.
// Served with comments and indentation taken out; "TEXTS" becomes the loader's words of texts.yaml.
(() => {
  const script = document.currentScript || document.querySelector("script[data-municipality]");
  const html = document.documentElement;
  const town = script?.dataset.municipality;
  if (html.tsunagu || !town) return;
  html.tsunagu = 1;
  const origin = new URL(script.src).origin;
  const all = "TEXTS";
  const language = [script.dataset.language, html.lang.slice(0, 2)].find((l) => all[l]) || "ja";
  const words = all[language];
  const page = `${origin}/chat/${town}?lang=${language}`;
  const make = (name, given) => Object.assign(document.createElement(name), given);
  const host = make("div", { lang: language });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  const narrow = "(max-width:640px),(max-height:480px)";
  sheet.replaceSync(`
    :host{display:block!important}
    button,dialog{all:initial;position:fixed;right:16px;z-index:2147483647;overflow:hidden;box-shadow:0 2px 9px #0006}
    button{bottom:16px;padding:14px 24px;border:2px solid #fff;border-radius:32px;background:#0017c1;color:#fff;font:700 18px sans-serif;cursor:pointer}
    button:focus-visible{outline:4px solid #000;box-shadow:0 0 0 8px #ffd43d}
    dialog{display:none;bottom:88px;width:420px;height:min(680px,100vh - 99px);background:#fff;border-radius:16px}
    dialog[open]{display:block}
    iframe{border:0;width:100%;height:100%}
    @keyframes a{0%{opacity:0}}
    @media ${narrow}{dialog{inset:0;width:100%;height:100%;border-radius:0}}
    @media(prefers-reduced-motion:no-preference){dialog{animation:.1s a}}
    @media print{button,dialog{display:none!important}}`);
  root.adoptedStyleSheets = [sheet];
  const button = make("button", { type: "button", textContent: words.open, ariaExpanded: false });
  const panel = make("dialog", { ariaLabel: words.frame });
  root.append(button, panel);
  let port;
  const tell = () => panel.open && port?.postMessage("opened");
  const shut = () => panel.open && panel.close();
  const hear = ({ data }) => {
    if (data == "exit") {
      html.style.display = "none";
      location.replace(origin + "/calendar");
    }
    if (data == "close") shut();
    if (data.news && !panel.open) button.textContent = words.open + data.news;
  };
  const open = () => {
    if (!panel.firstChild) {
      const frame = make("iframe", { title: words.frame, src: page });
      frame.onload = () => {
        const channel = new MessageChannel();
        port?.close();
        port = channel.port1;
        port.onmessage = hear;
        // The browser delivers this to our own origin only, whatever the frame shows by then.
        frame.contentWindow.postMessage("tsunagu", origin, [channel.port2]);
        tell();
      };
      panel.append(frame);
    }
    matchMedia(narrow).matches ? panel.showModal() : panel.show();
    button.ariaExpanded = true;
    button.textContent = words.open;
    panel.firstChild.focus();
    tell();
  };
  panel.onclose = () => {
    button.ariaExpanded = false;
    button.focus();
  };
  button.onclick = () => panel.open ? shut() : open();
  addEventListener("keydown", (event) => event.key == "Escape" && !event.isComposing && shut());
  // A page whose policy forbids our frame: the chat opens in its place, instead of an empty panel.
  addEventListener("securitypolicyviolation", (event) => {
    if (panel.open && event.disposition == "enforce" && event.blockedURI.startsWith(origin)) location.assign(page);
  });
  // Beside the body: works before the body is there, and no transform of the page can move it.
  html.append(host);
})();
