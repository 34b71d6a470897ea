// Requests to the chat's API. No cookie ever goes along.

export class Refused extends Error {
  constructor(status, wait) {
    super(`status ${status}`);
    this.status = status;
    this.wait = wait; // seconds, from Retry-After
  }
}

const PATIENCE = 15_000;

export async function ask(path, { token, body } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: { ...authorised(token), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: stop.signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
    });
    if (!response.ok) throw new Refused(response.status, Number(response.headers.get("Retry-After")) || 0);
    return response.status === 204 ? null : await response.json();
  } finally {
    clearTimeout(timer);
  }
}

export function authorised(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
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
