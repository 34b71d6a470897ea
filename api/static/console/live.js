// Parts of an open page are put in again when somebody else has changed them. A part in which somebody stands or has
// written waits until they are done; what is open stays open, and nothing that is being read moves on the screen.

// Whether somebody is at work in it.
export function busy(part) {
  return part.contains(document.activeElement) || written(part);
}

// Whether something in its forms is not as the server drew it.
export function written(part) {
  return [...part.querySelectorAll("input:not([type=hidden]), textarea, select")].some((one) => {
    if (one.type === "checkbox" || one.type === "radio") return one.checked !== one.defaultChecked;
    if (one.tagName === "SELECT") return one.selectedIndex !== Math.max([...one.options].findIndex((option) => option.defaultSelected), 0);
    return one.value !== one.defaultValue;
  });
}

// Puts `now` in the place of `old`. "same" | "new" | "waits": somebody is at work in it; what inside it needs no form is true by now.
export function renew(old, now) {
  leaveOpen(old, now);
  if (old.isEqualNode(now)) return "same";
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  const again = focus?.matches("a[href]") ? now.querySelector(`a[href="${CSS.escape(focus.getAttribute("href"))}"]`) : null;
  if (written(old) || (focus && !again)) {
    for (const inner of now.querySelectorAll("[data-live]")) {
      const known = document.getElementById(inner.id);
      if (known && !busy(known)) renew(known, inner.cloneNode(true));
    }
    return "waits";
  }
  old.replaceWith(now);
  again?.focus({ preventScroll: true });
  return "new";
}

// Pieces as the server tells them, in the order of the page: those it does not know yet come in behind the one before.
// Returns the ids of those that are new, and whether some wait.
export function renewAll(parts) {
  const fresh = [];
  let waits = false;
  parts.forEach((part, at) => {
    const known = document.getElementById(part.id);
    if (known) {
      const went = renew(known, part);
      if (went === "new") fresh.push(part.id);
      waits ||= went === "waits";
      return;
    }
    const before = at ? document.getElementById(parts[at - 1].id) : null;
    if (before) before.after(part);
    else document.getElementById(parts[at + 1]?.id)?.before(part);
    fresh.push(part.id);
  });
  return { fresh, waits };
}

// Does it without moving what stands on the screen: the first thing that is seen, or has the focus, stays where it is.
export function still(work) {
  const root = document.documentElement;
  const place = (one) => one.getBoundingClientRect();
  const seen = (one) => place(one).top >= 0 && place(one).top < innerHeight;
  const at = document.activeElement;
  const focused = at !== document.body && place(at).bottom > 0 && place(at).top < innerHeight ? at : null;
  const mark = focused ?? [...document.querySelectorAll("main [id], main li, main h2")].find(seen);
  const before = mark && place(mark).top;
  root.style.overflowAnchor = "none"; // one who moves is enough
  const done = work();
  const now = mark?.isConnected ? mark : document.getElementById(mark?.id);
  if (now) scrollBy(0, place(now).top - before);
  requestAnimationFrame(() => (root.style.overflowAnchor = ""));
  return done;
}

function leaveOpen(old, now) {
  const name = (details) => details.querySelector("summary")?.textContent.replace(/[\d\s]+/g, "");
  const known = new Map([...old.querySelectorAll("details")].map((one) => [name(one), one.open]));
  for (const one of now.querySelectorAll("details")) one.open = known.get(name(one)) ?? one.open;
}
