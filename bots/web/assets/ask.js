// Requests to the chat's API. No cookie ever goes along.

export class Refused extends Error {
  constructor(status, wait) {
    super(`status ${status}`);
    this.status = status;
    this.wait = wait; // seconds, from Retry-After
  }
}

const PATIENCE = 15_000;

export async function ask(path, { token, body, method } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(path, {
      method: method || (body === undefined ? "GET" : "POST"),
      headers: { ...authorised(token), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: stop.signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
    });
    if (!response.ok) throw new Refused(response.status, Number(response.headers.get("Retry-After")) || 0);
    return response.status === 204 ? {} : await response.json();
  } finally {
    clearTimeout(timer);
  }
}

export function authorised(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

// A file, with its progress (fetch tells none). Resolves with the answer; `stopped` ends it.
export function upload(path, { token, file, progress, stopped }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.timeout = 180_000;
    request.responseType = "json";
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name.slice(-120)));
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status === 202) resolve(request.response);
      else reject(new Refused(request.status, Number(request.getResponseHeader("Retry-After")) || 0));
    };
    request.onerror = request.ontimeout = request.onabort = () => reject(new TypeError("no answer"));
    stopped.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages without TLS have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
