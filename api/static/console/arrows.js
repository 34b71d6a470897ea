// Arrow keys go from one link to the next inside a list that has the focus; nothing happens elsewhere, so that no single
// key gets in the way of a screen reader.

const MOVES = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 };

export function arrows(place, links, keys) {
  place.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const all = [...place.querySelectorAll(links)];
    const at = all.indexOf(document.activeElement);
    if (at < 0) return;
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? (keys.includes(event.key) ? at + MOVES[event.key] : -1);
    if (to < 0 || to >= all.length) return;
    event.preventDefault();
    all[to].focus();
  });
}
