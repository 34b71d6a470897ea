// Asks the server whether anything changed, and calls back. Long polling: works behind proxies that hold streams back.
// Asking does not keep a session alive; when it has ended, the page is left for the login form.

const FIRST_PAUSE = 1000;
const REST = 1500; // between two looks at what changed, however much does
const LONGEST_PAUSE = 30000;
const QUIET = 6; // looks at which nothing has changed, some two minutes: then time itself may have (what is late, what nobody reads)

// changed: may say false, when there is nothing to follow any more. What it could not do it is asked to do again.
// ticket: only what concerns it is followed.
export async function follow(cursor, changed, ended = leave, ticket = "") {
  const only = ticket && `&ticket=${encodeURIComponent(ticket)}`;
  let pause = FIRST_PAUSE;
  let quiet = 0;
  for (;;) {
    try {
      if (document.hidden) await visible();
      const answer = await fetch(`/staff/pulse?after=${cursor}${only}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return ended();
      if (!answer.ok) throw new Error(String(answer.status));
      const { sequence, changed: news } = await answer.json();
      quiet = news ? 0 : quiet + 1;
      if (news || quiet >= QUIET) {
        quiet = 0;
        if ((await changed()) === false) return;
        await new Promise((done) => setTimeout(done, REST));
      }
      cursor = sequence;
      pause = FIRST_PAUSE;
    } catch {
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }
}

export function leave() {
  location.reload(); // the server sends a page without a session to the login form
}

function visible() {
  return new Promise((done) => {
    document.addEventListener("visibilitychange", function look() {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      done();
    });
  });
}

// The server's own escaped piece of a page, as elements.
export async function piece(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.body.children];
}
