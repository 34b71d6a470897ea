// A prepared text goes under what is being written, without leaving the page; it is then kept like anything typed.

const text = document.getElementById("reply-text");
const state = document.getElementById("draft-state");

for (const form of document.querySelectorAll(".suggestions form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = form.closest("li").querySelector(".body").textContent;
    text.value = text.value.trim() ? `${text.value.trimEnd()}\n\n${words}` : words;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    state.textContent = "下書きに入れました。まだ送っていません。";
    text.focus();
  });
}
