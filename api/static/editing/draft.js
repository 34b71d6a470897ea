// A draft's page while its effect is being worked out: what has come is put in its place, without a reload.

const PAUSE = 1000;
const next = document.getElementById("next");

async function look() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("next");
  if (!fresh) return location.reload();
  const state = (inside) => inside.querySelector("#foresight").dataset.state;
  if (state(fresh) === state(next)) return setTimeout(look, PAUSE);
  // The status region itself stays, so that a screen reader says what has come into it.
  next.querySelector("#foresight").replaceChildren(...fresh.querySelector("#foresight").childNodes);
  next.querySelector("#foresight").dataset.state = state(fresh);
  next.lastElementChild.replaceWith(fresh.lastElementChild);
}

if (next?.querySelector('#foresight[data-state="asked"]')) setTimeout(look, PAUSE);
