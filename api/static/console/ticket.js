// A ticket's page while it is open: what others do stays true on it, what is being written is kept and never moved.

import { settled } from "./enclosures.js";
import { busy, renew, renewAll, still, written } from "./live.js";
import { follow, leave, piece } from "./pulse.js";

const DRAFT_PAUSE = 800;
const RETRY_PAUSE = 4000;
const PASSING = ["offer", "bodies", "night", "ties", "ending"]; // parts that are not always there
const TOLD = ["offer", "bodies", "night", "assigned", "notes", "moves", "attempts", "ending"]; // worth saying that they are new
const TURNED = {
  ended: "ほかの職員が、この案件を終わりにしました。",
  elsewhere: "この案件は、ほかの窓口が担当することになりました。",
  written: "この案件の返事が書けるようになりました。",
  spoken: "この案件の電話・訪問の記録が書けるようになりました。",
};
const messages = document.getElementById("messages");
const fresh = document.getElementById("fresh");
const turned = document.getElementById("turned");
const answering = document.getElementById("answering");
const form = document.getElementById("reply");
const base = `/staff/tickets/${messages.dataset.number}`;
const draft = form && keeping(form);
let waits = false;

follow(Number(messages.dataset.cursor), refresh, () => {
  if (draft?.unsaved()) draft.stranded();
  else if (putAway()) turned.replaceChildren("時間がたったため、ログアウトしました。", signIn(), "してから、この画面で書きかけのものを残せます。");
  else leave();
}, messages.dataset.number);
document.addEventListener("focusout", () => {
  if (waits) setTimeout(() => refresh().catch(() => {}), 0);
});
document.addEventListener("submit", (event) => {
  if (event.target.closest("#wrong")) pressed(event);
});

async function refresh() {
  const parts = await piece(`${base}/messages`).catch((why) => gone(why));
  if (!parts) return false;
  const items = parts.filter((part) => part.matches("li"));
  const sections = parts.filter((part) => !part.matches("li") && part !== turn(part));
  still(() => {
    const news = renewAll(sections);
    waits = news.waits;
    for (const id of PASSING) {
      const old = document.getElementById(id);
      if (old && !busy(old) && !sections.some((part) => part.id === id)) old.remove();
    }
    const names = news.fresh.filter((id) => TOLD.includes(id)).map((id) => document.querySelector(`#${id} h2`)?.textContent);
    if (names.length) fresh.textContent = `「${names.join("」「")}」が新しくなりました`;
    for (const item of items) thread(item);
  });
}

function thread(item) {
  const known = document.getElementById(item.id);
  if (known) renew(known, item);
  else messages.append(item);
  if (!known && item.classList.contains("resident")) fresh.textContent = "住民から新しい発言が届きました";
}

// Whether the answer can still be written: it is said, and what stands there is left alone. Returns its part.
function turn(part) {
  if (part.id !== "answering") return null;
  if (part.dataset.state !== answering.dataset.state) {
    answering.dataset.state = part.dataset.state;
    const link = Object.assign(document.createElement("a"), { href: "", textContent: "画面を読みなおす" });
    turned.replaceChildren(TURNED[part.dataset.state], form ? "書きかけの返事は、このまま残っています。" : "", link);
  }
  return part;
}

// Not theirs to see any more: the words of others go from the screen, their own stay.
function gone(why) {
  if (why.message !== "404") throw why;
  putAway();
  turned.textContent = "この案件は、あなたには見えなくなりました（担当の窓口か、見られる人が変わりました）。書きかけの返事は送れません。要るところを写してください。";
  return null;
}

// What others wrote goes from the screen; forms beside the thread in which something is written stay. Whether there are any.
function putAway() {
  document.body.classList.add("ended");
  const sections = [...document.querySelectorAll("aside section")];
  for (const one of sections) one.classList.toggle("written", written(one));
  return sections.some((one) => one.classList.contains("written"));
}

function signIn() {
  return Object.assign(document.createElement("a"), {
    href: "/staff/login", target: "_blank", rel: "noopener", textContent: "別の画面でログイン",
  });
}

// 「ちがう」 and taking it back, without leaving the page: a draft beside it is not touched.
async function pressed(event) {
  event.preventDefault();
  const asked = event.target;
  const right = event.submitter?.value || asked.elements.namedItem("right").value;
  const words = event.submitter?.textContent.trim();
  const data = new URLSearchParams(new FormData(asked, event.submitter));
  try {
    const answer = await fetch(asked.action, { method: "POST", headers: { Accept: "application/json" }, body: data, redirect: "manual" });
    if (answer.type !== "opaqueredirect") {
      fresh.textContent = answer.status === 401 ? "時間がたったため、ログアウトしました。" : ((await answer.json()).title ?? "できませんでした。");
      return;
    }
    const now = (await piece(`${base}/messages`)).find((part) => part.id === "wrong");
    still(() => document.getElementById("wrong").replaceWith(now));
    const undone = asked.action.endsWith("/undo");
    fresh.textContent = undone ? "取り消しました。" : data.get("word") ? "言葉をそえました。" : `「${words}」と伝えました。`;
    const next = [...now.querySelectorAll('button[name="right"]')].find((one) => one.value === right);
    (next ?? now.querySelector("button")).focus({ preventScroll: true });
  } catch {
    fresh.textContent = "いまつながりません。もう一度押してください。";
  }
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
      if (document.body.classList.contains("ended") && text.value === written && !document.querySelector("aside .written")) leave();
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
    putAway();
    state.replaceChildren("時間がたったため、ログアウトしました。", signIn(), "すると、この下書きを保存できます。");
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
