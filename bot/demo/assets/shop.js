// The shop: its sign-in form and the sessions that are open at it.

import { post } from "./api.js";
import { byID, clock, el, icon } from "./dom.js";
import { attempt } from "./notices.js";

const form = byID("sign-in");
const result = byID("result");
const welcome = byID("signed-in");
const rows = byID("sessions");
const { identifier, password } = form.elements;
const sample = document.body.dataset;

// setSessions shows the sessions as the shop sees them now.
export function setSessions(sessions) {
  rows.replaceChildren(...sessions.filter(({ device, state }) => device === "laptop" || state !== "none").map(row));
  const here = sessions.find((session) => session.device === "browser" && session.state === "open");
  form.hidden = Boolean(here);
  welcome.hidden = !here;
  byID("customer").textContent = here ? `Hello, ${here.name}` : "Sign in";
}

const states = {
  none: () => "not signed in",
  open: ({ since }) => `signed in since ${clock(since)}`,
  ended: () => "signed out: the password changed",
};
const devices = { laptop: "Laptop", browser: "This browser" };

function row(session) {
  return el("li", { class: `session ${session.state}` },
    icon(session.device),
    el("span", { class: "device" },
      el("b", { text: session.name ? `${devices[session.device]} · ${session.name}` : devices[session.device] }),
      el("span", { text: states[session.state](session) })),
    el("i", { class: "light" }));
}

async function signIn(device, name, secret) {
  const answer = await attempt(() => post("/shop/sign-in", { device, identifier: name, password: secret }));
  if (!answer) return;
  setSessions(answer.sessions);
  if (device === "browser" || !answer.ok) tell(answer, secret === sample.password);
}

function tell(answer, old) {
  const which = old ? "the old password" : "this password";
  result.className = answer.ok ? "result accepted" : "result refused";
  result.textContent = answer.ok
    ? `✓ Accepted: ${which} signs in.`
    : `✗ Refused: ${which} does not sign in here.`;
  result.hidden = false;
  if (answer.ok) password.value = "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  signIn("browser", identifier.value, password.value);
});
byID("reveal").addEventListener("click", (event) => {
  const shown = password.type === "text";
  password.type = shown ? "password" : "text";
  event.currentTarget.setAttribute("aria-pressed", String(!shown));
});
byID("laptop").addEventListener("click", () => signIn("laptop", sample.identifier, sample.password));
byID("fill").addEventListener("click", async () => {
  if (form.hidden) await signOut();
  identifier.value = sample.identifier;
  password.value = sample.password;
  form.querySelector("[type=submit]").focus();
});
byID("sign-out").addEventListener("click", signOut);

async function signOut() {
  const answer = await attempt(() => post("/shop/sign-out", { device: "browser" }));
  if (!answer) return;
  result.hidden = true;
  setSessions(answer.sessions);
  identifier.focus();
}
