// The form is long and visitors interrupt: what was written is not lost when the session has ended meanwhile.

const form = document.getElementById("reception");
const state = document.getElementById("reception-state");
let asked = false;

form.addEventListener("submit", async (event) => {
  if (asked) return;
  event.preventDefault();
  const pressed = event.submitter;
  try {
    const answer = await fetch("/staff/reception", { headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.status === 401) return stranded();
    if (!answer.ok) throw new Error(String(answer.status));
    asked = true;
    form.requestSubmit(pressed);
    asked = false;
  } catch {
    state.textContent = "いま保存できません。この画面を閉じないで、少し待ってからもう一度押してください。";
  }
});

function stranded() {
  const link = Object.assign(document.createElement("a"), {
    href: "/staff/login", target: "_blank", rel: "noopener", textContent: "別の画面でログイン",
  });
  state.replaceChildren("時間がたったため、ログアウトしました。", link, "してから、もう一度「保存」を押してください。書いたものは残っています。");
}
