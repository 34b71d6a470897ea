// Asks the server whether anything changed, and calls back. Long polling: works behind proxies that hold streams back.

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30000;

export async function follow(cursor, changed) {
  let pause = FIRST_PAUSE;
  for (;;) {
    try {
      if (document.hidden) await visible();
      const answer = await fetch(`/staff/pulse?after=${cursor}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const { sequence } = await answer.json();
      if (sequence > cursor) {
        cursor = sequence;
        await changed();
      }
      pause = FIRST_PAUSE;
    } catch {
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }
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

// The server's own escaped piece of a page, as nodes.
export async function piece(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.body.childNodes];
}
