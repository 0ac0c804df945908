// Posts a form to be kept and says in one word what came of it. keep.js acts on it.

const PATIENCE = 30_000;
const REASONS = {
  403: "you may not change this",
  404: "this assistant isn't there any more",
  413: "the text is larger than Greenroom accepts",
};

export async function post(form, about) {
  const answer = await send(form, about);
  if (answer.kind !== "stale-token") return answer;
  // Signing in elsewhere has made a new token; the form needs it for its own saving too.
  form.elements.csrf_token.value = answer.token;
  const second = await send(form, about);
  return second.kind === "stale-token" ? { kind: "refused", why: answer.why } : second;
}

async function send(form, about) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(about)) body.set(name, value);
  try {
    const response = await fetch(form.dataset.keepUrl, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return await outcome(response);
  } catch {
    return { kind: "failed" };
  }
}

// Only a revision number from the server means that the text is kept.
async function outcome(response) {
  const { status } = response;
  if (response.type === "opaqueredirect" || status === 401) return { kind: "signed-out" };
  const answer = await response.json().catch(() => ({}));
  if (response.ok && Number.isInteger(answer.revision)) {
    return { kind: "kept", revision: answer.revision, at: answer.kept_at };
  }
  const why = answer.error?.message ?? REASONS[status] ?? `the server answered ${status}`;
  if (answer.csrf_token) return { kind: "stale-token", token: answer.csrf_token, why };
  if (status === 409 && answer.error?.code === "other_tab") {
    return { kind: "other-tab", revision: answer.revision, at: answer.kept_at };
  }
  if (status === 429) {
    return { kind: "failed", status, why: "the server is busy", wait: Number(response.headers.get("Retry-After")) || undefined };
  }
  if (status >= 500) return { kind: "failed", status, why: `the server answered ${status}` };
  return { kind: "refused", status, why };
}
