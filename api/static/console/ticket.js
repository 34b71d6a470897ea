// A ticket's page while it is open: summary, messages and their delivery stay true, what is being written is kept.

import { settled } from "./enclosures.js";
import { follow, leave, piece } from "./pulse.js";

const DRAFT_PAUSE = 800;
const RETRY_PAUSE = 4000;
const messages = document.getElementById("messages");
const fresh = document.getElementById("fresh");
const form = document.getElementById("reply");
const base = `/staff/tickets/${messages.dataset.number}`;
const draft = form && keeping(form);

follow(Number(messages.dataset.cursor), refresh, () => (draft?.unsaved() ? draft.stranded() : leave()));

async function refresh() {
  const [summary, ...items] = await piece(`${base}/messages`);
  renew(document.getElementById("summary"), summary);
  for (const item of items) {
    const known = document.getElementById(item.id);
    if (known) renew(known, item);
    else messages.append(item);
    if (!known && item.classList.contains("resident")) fresh.textContent = "住民から新しい発言が届きました";
  }
}

function renew(old, now) {
  const open = old.querySelector("details")?.open;
  if (open) now.querySelector("details")?.setAttribute("open", "");
  if (!old.isEqualNode(now) && !old.contains(document.activeElement)) old.replaceWith(now);
}

function keeping(form) {
  const text = form.elements.namedItem("text");
  const state = document.getElementById("draft-state");
  let kept = text.value;
  let timer = 0;
  let saving = Promise.resolve(true);
  let sending = false;

  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  };

  // One after the other, so that an older draft never overtakes a newer one.
  function save() {
    clearTimeout(timer);
    timer = 0;
    saving = saving.then(post);
    return saving;
  }

  async function post() {
    const written = text.value;
    if (written === kept) return true;
    try {
      const answer = await fetch(`${base}/draft`, {
        method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ text: written }),
      });
      if (answer.status === 401) return stranded();
      if (answer.status >= 400 && answer.status < 500) {
        state.textContent = "この下書きは保存できません。送るボタンを押すと、わけが出ます。";
        return true;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      kept = written;
      if (document.body.classList.contains("ended") && text.value === written) leave();
      const { at } = await answer.json();
      if (text.value === written) state.textContent = written.trim() ? `下書きを保存しました（${at}）。まだ送っていません。` : "";
      return true;
    } catch {
      state.textContent = "いま下書きを保存できません。この画面を閉じないでください。つながったら保存します。";
      later(RETRY_PAUSE);
      return false;
    }
  }

  // The session has ended while something was not saved yet: keep the words, hide the rest, show the way in.
  function stranded() {
    document.body.classList.add("ended");
    const link = Object.assign(document.createElement("a"), {
      href: "/staff/login", target: "_blank", rel: "noopener", textContent: "別の画面でログイン",
    });
    state.replaceChildren("時間がたったため、ログアウトしました。", link, "すると、この下書きを保存できます。");
    later(RETRY_PAUSE);
    return false;
  }

  text.addEventListener("input", () => {
    state.textContent = "";
    later(DRAFT_PAUSE);
  });
  addEventListener("pagehide", () => {
    if (timer && !sending) navigator.sendBeacon(`${base}/draft`, new URLSearchParams({ text: text.value }));
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    if (document.querySelector("#enclosed[data-waits]")) state.textContent = "そえたファイルを調べています。すんだら送ります。";
    await settled();
    if (await save()) form.submit();
    else sending = false;
  });
  return { unsaved: () => text.value !== kept, stranded };
}
