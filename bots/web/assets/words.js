// Text into nodes. Addresses and telephone numbers in what the bot or staff say become links; nothing is ever parsed
// as HTML, and only http, https and tel are linked.

const PARTS = /https?:\/\/[^\s<>"'「」『』（）()、。]+|[#\d][\d-]*/g;
const READING = /([\u3005\u4e00-\u9fff]+)（([\u3041-\u3096ー]+)）/g;
const NUMBER = /^(0\d{1,4}-\d{1,4}-\d{3,4}|0\d{9,10}|#\d{4}|110|118|119|188|189)$/;
const NO_NUMBER_BEFORE = /^([年月日円歳人件時分%％.:：]|番[地\d])/;

export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function telephone(number) {
  return `tel:${number.replace(/[^\d#+*]/g, "").replace("#", "%23")}`;
}

export function linked(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(PARTS)) {
    const link = linkFor(found[0], text.slice(found.index + found[0].length));
    if (!link) continue;
    nodes.push(...read(text.slice(done, found.index)), link);
    done = found.index + found[0].length;
  }
  return [...nodes, ...read(text.slice(done))];
}

// Nodes: a reading in brackets after its kanji stands above them; the settings of easy Japanese can take it away.
export function read(text) {
  return text.split(READING).map((part, at, all) => {
    if (at % 3 === 0) return part;
    if (at % 3 === 2) return "";
    return element("ruby", {}, part, element("rp", {}, "（"), element("rt", {}, all[at + 1]), element("rp", {}, "）"));
  });
}

function linkFor(part, rest) {
  if (part.startsWith("http")) return webLink(part, part);
  if (!NUMBER.test(part) || NO_NUMBER_BEFORE.test(rest)) return null;
  return element("a", { href: telephone(part), textContent: part });
}

export function webLink(address, label) {
  if (!/^https?:\/\//.test(address)) return null;
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer", textContent: label });
}

export function length(text) {
  return Array.from(text).length; // code points, as the server counts
}

export function storable(text) {
  return text.replace(/\0/g, "").replace(/\p{Cs}/gu, "\ufffd");
}
