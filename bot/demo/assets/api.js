// The page's line to its server: actions go as JSON, news come as events.

const who = document.body.dataset.as;

// post performs an action as the person of this page. It throws with the
// server's words when the action is refused.
export const post = (path, body = {}) => ask(path, {
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ as: who, ...body }),
});

// upload hands a file over and gives what a message attaches it as.
export const upload = async (kind, file) => (await ask(`/file/${kind}?name=${encodeURIComponent(file.name)}`, { body: file })).kind;

async function ask(path, request) {
  const response = await fetch(path, { method: "POST", ...request }).catch(() => Response.error());
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || "The demo does not answer. Is it still running?");
  return answer;
}

// listen calls the handler that is named like each event. The first event of a
// connection is a snapshot of everything, so a lost connection loses nothing.
export function listen(handlers) {
  const stream = new EventSource(`/events?as=${encodeURIComponent(who)}`);
  for (const [name, handle] of Object.entries(handlers)) {
    stream.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
  stream.addEventListener("open", () => document.body.classList.remove("offline"));
  stream.addEventListener("error", () => document.body.classList.add("offline"));
  addEventListener("pagehide", () => stream.close());
}
