// The field of a composer. It grows with the text, Enter sends, and a banner
// above it tells which message the text is to change or to answer.

import { icon } from "./dom.js";

// bindField runs the field of a form. send takes the text and its subject: null,
// or the message and what to do with it, "edit" or "reply". lastOwn gives the
// message that the arrow up edits.
export function bindField(form, { send, lastOwn }) {
  const field = form.querySelector("textarea");
  const banner = form.querySelector(".banner");
  const [title, quoted] = banner.querySelectorAll("b, span span");
  let subject = null;

  function turn(next) {
    subject = next;
    banner.hidden = !next;
    if (!next) return;
    const edits = next.act === "edit";
    banner.querySelector(".icon").replaceWith(icon(edits ? "pencil" : "reply"));
    title.textContent = edits ? "Edit message" : `Answer to ${next.message.from}`;
    quoted.textContent = next.message.text;
  }

  function write(text) {
    field.value = text;
    fit();
  }

  function fit() {
    field.rows = 1;
    while (field.rows < 6 && field.scrollHeight > field.clientHeight) field.rows += 1;
    form.classList.toggle("filled", field.value.trim() !== "");
  }

  function edit(message) {
    turn({ act: "edit", message });
    write(message.text);
    field.focus();
  }

  function reply(message) {
    turn({ act: "reply", message });
    field.focus();
  }

  function cancel() {
    if (subject.act === "edit") write("");
    turn(null);
    field.focus();
  }

  // take empties the field and gives what was in it.
  function take() {
    const text = field.value.trim();
    turn(null);
    write("");
    return text;
  }

  function submit(event) {
    event.preventDefault();
    if (field.value.trim() === "") return;
    const about = subject;
    send(take(), about);
    field.focus();
  }

  form.addEventListener("submit", submit);
  banner.querySelector("button").addEventListener("click", cancel);
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
    if (event.key === "ArrowUp" && field.value === "" && lastOwn()) {
      event.preventDefault();
      edit(lastOwn());
    }
    if (event.key === "Escape" && subject) cancel();
  });

  return { edit, reply, take, focus: () => field.focus() };
}
