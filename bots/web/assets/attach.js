// Choosing a photo or PDF: a button that opens the device's own chooser; nothing has to be dragged.

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/heif", "image/avif", "application/pdf"];

export class Attach {
  // on: file(file), say(text)
  constructor(config, on) {
    const button = document.getElementById("attach");
    const input = document.getElementById("file");
    input.accept = TYPES.join(",");
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = Array.from(input.files);
      input.value = ""; // the same file may be chosen again, and its name does not stay in the page
      for (const file of files) {
        if (file.size > config.largest) on.say(config.texts.file_413);
        else if (file.type && !TYPES.includes(file.type)) on.say(config.texts.file_415);
        else on.file(file);
      }
      button.focus();
    });
  }
}
