// A ticket's page while it is open: new messages come in, what is being written is kept.

import { follow, piece } from "./pulse.js";

const DRAFT_PAUSE = 800;
const messages = document.getElementById("messages");
const fresh = document.getElementById("fresh");
const form = document.getElementById("reply");
const base = `/staff/tickets/${messages.dataset.number}`;

follow(Number(messages.dataset.cursor), async () => {
  const after = Number(messages.lastElementChild?.dataset.sequence ?? 0);
  const news = (await piece(`${base}/messages?after=${after}`)).filter((node) => node.nodeType === Node.ELEMENT_NODE);
  messages.append(...news);
  if (news.some((node) => node.classList.contains("resident"))) fresh.textContent = "住民から新しい発言が届きました";
});

if (form) {
  const text = form.elements.namedItem("text");
  const state = document.getElementById("draft-state");
  let timer = 0;
  let sent = false;

  const keep = async () => {
    clearTimeout(timer);
    timer = 0;
    if (sent) return;
    try {
      const answer = await fetch(`${base}/draft`, { method: "POST", body: new URLSearchParams({ text: text.value }) });
      if (!answer.ok) throw new Error(String(answer.status));
      state.textContent = text.value.trim() ? "下書きを保存しました" : "";
    } catch {
      state.textContent = "下書きを保存できません。つながったら、もう一度保存します";
      timer = setTimeout(keep, 5 * DRAFT_PAUSE);
    }
  };

  text.addEventListener("input", () => {
    state.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(keep, DRAFT_PAUSE);
  });
  addEventListener("pagehide", () => {
    if (timer && !sent) navigator.sendBeacon(`${base}/draft`, new URLSearchParams({ text: text.value }));
  });
  form.addEventListener("submit", () => {
    sent = true;
    clearTimeout(timer);
    form.querySelector("button").disabled = true;
  });
}
