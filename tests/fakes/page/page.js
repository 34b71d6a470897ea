// Shows a resident's LINE: texts, Flex, quick replies, pictures. Taps and words go back as LINE would send them.

const byId = (id) => document.getElementById(id);
let after = 0;
let who = byId("who").value;

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

async function act(kind, more = {}) {
  await fetch("act", { method: "POST", body: JSON.stringify({ who, kind, ...more }) });
  await look();
}

function tap(action) {
  if (action.type === "message" || action.type === "postback") return act("tap", { action });
  return undefined;
}

function button(action, style = "") {
  if (action.type === "uri") {
    const link = make("a", style, action.label);
    if (/^(https?|tel):/.test(action.uri)) link.href = action.uri;
    link.target = "_blank";
    link.rel = "noopener";
    return link;
  }
  const node = make("button", style, action.label);
  node.type = "button";
  node.addEventListener("click", () => tap(action));
  return node;
}

function part(item) {
  let node;
  if (item.type === "box") node = make("div", `box ${item.layout}`, ...item.contents.map(part));
  else if (item.type === "text") node = make("p", `${item.weight || ""} ${item.size || ""}`, item.text || "");
  else if (item.type === "button") node = button(item.action, item.style || "");
  else if (item.type === "separator") node = make("hr", "");
  else if (item.type === "image") node = picture(item.url);
  else node = make("span", "", "");
  if (item.flex !== undefined) node.style.flex = String(item.flex);
  if (item.type === "text" && /^#[0-9a-fA-F]{6,8}$/.test(item.color || "")) node.style.color = item.color;
  return node;
}

function picture(url) {
  const image = make("img", "photo-shown");
  image.alt = "写真";
  if (/^https?:/.test(url)) image.src = url;
  return image;
}

function bubble(contents) {
  return make("section", "bubble", ...["header", "hero", "body", "footer"].filter((name) => contents[name]).map((name) => part(contents[name])));
}

function shown(message) {
  if (message.type === "flex") {
    const bubbles = message.contents.type === "carousel" ? message.contents.contents : [message.contents];
    const preview = make("p", "preview", `通知に出る文：${message.altText}`);
    return [preview, make("div", "carousel", ...bubbles.map(bubble))];
  }
  if (message.type === "image") return [picture(message.previewImageUrl)];
  return [make("div", "theirs", message.text || `（${message.type}）`)];
}

function show(entry) {
  const talk = byId("talk");
  byId("quick").replaceChildren();
  if (entry.mine !== undefined) {
    const node = make("div", entry.status === 200 ? "mine" : "mine failed", entry.mine);
    if (entry.status !== 200) node.append(`\n届きませんでした（${entry.status}）`);
    if (entry.id) {
      node.title = "ダブルクリックで送信取消";
      node.addEventListener("dblclick", () => act("unsend", { id: entry.id }));
    }
    talk.append(node);
    return;
  }
  talk.append(...shown(entry.message));
  const items = entry.message.quickReply?.items || [];
  byId("quick").append(...items.map((item) => button(item.action)));
}

// One look at a time: two at once would show the same twice.
let looking = Promise.resolve();

function look() {
  looking = looking.catch(() => {}).then(fetchNew);
  return looking;
}

async function fetchNew() {
  const mine = who;
  const response = await fetch(`thread?who=${encodeURIComponent(mine)}&after=${after}`);
  const { entries, refused } = await response.json();
  if (mine !== who || !entries.length) return problems(refused);
  after += entries.length;
  entries.forEach(show);
  scrollTo(0, document.body.scrollHeight);
  return problems(refused);
}

function problems(refused) {
  byId("problem").textContent = refused.map((one) => `LINE が断りました ${one.status}: ${one.why.join("、")}`).join("\n");
}

byId("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value;
  if (!text.trim()) return;
  byId("text").value = "";
  act("say", { text });
});
byId("sticker").addEventListener("click", () => act("sticker"));
byId("follow").addEventListener("click", () => act("follow"));
byId("photo").addEventListener("change", async () => {
  const [file] = byId("photo").files;
  if (file) await fetch(`photo?who=${encodeURIComponent(who)}`, { method: "POST", body: file, headers: { "Content-Type": file.type } });
  byId("photo").value = "";
  await look();
});
byId("who").addEventListener("change", () => {
  who = byId("who").value.trim() || "花子";
  after = 0;
  byId("talk").replaceChildren();
  byId("quick").replaceChildren();
  look();
});

async function forever() {
  try {
    await look();
  } catch {
    byId("problem").textContent = "にせの LINE が止まっています。";
  }
  setTimeout(forever, 500);
}
forever();
