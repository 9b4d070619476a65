import { element, words } from "./page.js";

// A reply's token is in a class of its actions.
export const tokenOf = (actions) => /da-token-(\S+)/.exec(actions?.className ?? "")?.[1];

// Rating: kept at once, and again with what was wrong.
async function rate(actions, rating, comment) {
  const body = JSON.stringify({ token: tokenOf(actions), rating, comment });
  try {
    const headers = { "Content-Type": "application/json" };
    return (await fetch("chat/feedback", { method: "POST", headers, body })).ok;
  } catch {
    return false;
  }
}

function say(actions, text) {
  let status = actions.querySelector("[role=status]");
  if (!status) {
    status = element("span", "da-status");
    status.setAttribute("role", "status");
    actions.append(status);
  }
  status.textContent = text;
}

export async function rated(button) {
  const actions = button.closest(".da-actions");
  const up = button.matches(".da-up");
  const kept = await rate(actions, up ? "up" : "down", "");
  for (const other of actions.querySelectorAll(".da-up, .da-down")) {
    other.setAttribute("aria-pressed", String(kept && other === button));
  }
  actions.querySelector(".da-comment")?.remove();
  say(actions, kept ? words().thanks : words().notKept);
  if (!kept || up) return;
  const form = element("form", "da-comment");
  const label = element("label", "", words().comment);
  const box = element("textarea", "");
  box.maxLength = 2000;
  label.append(box);
  form.append(label, element("button", "da-action", words().send));
  form.lastChild.type = "submit";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const done = await rate(actions, "down", box.value);
    say(actions, done ? words().thanks : words().notKept);
    if (done) form.remove();
  });
  actions.append(form);
  box.focus();
}
