// One click to paper; without this the browser's own menu prints the same page.

const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => print());
