// What Gradio leaves to be done in the browser: names for assistive technology, the place in view, and the buttons.
import { settle } from "./announce.js";
import { listEarlier, open, putAside, remove } from "./kept.js";
import { element, run, words } from "./page.js";
import "./panel.js";
import { rated, tokenOf } from "./rate.js";
import { copy, save } from "./reply.js";
import "./tip.js";

function tidy() {
  const said = words();
  // Only what differs is written: every write is a change that comes back here.
  if (said.language && document.documentElement.lang !== said.language) {
    document.documentElement.lang = said.language;
  }
  if (said.product && document.title !== said.product) {
    document.title = said.product;
  }
  const log = document.querySelector("#da-chat [role=log]");
  if (log && said.conversation && log.getAttribute("aria-label") !== said.conversation) {
    log.setAttribute("aria-label", said.conversation);
  }
  // Gradio labels a message with its source, which here is HTML; the content speaks for itself.
  for (const message of document.querySelectorAll("#da-chat [data-testid][aria-label]")) {
    message.removeAttribute("aria-label");
  }
  const toolbar = document.querySelector(".da-toolbar");
  if (toolbar?.hidden) {
    toolbar.hidden = false;
    listEarlier();
  }
  for (const date of document.querySelectorAll(".da-date input:not([type=date])")) date.type = "date";
  // Its buttons are no items of a list.
  document.querySelector("#da-chat .examples[role=list]")?.removeAttribute("role");
  const box = document.querySelector("#da-question textarea");
  // Its <label> holds the button too, which would be read as part of the name.
  if (box && said.question && box.ariaLabel !== said.question) {
    box.ariaLabel = said.question;
  }
  if (box && !box.disabled && !box.dataset.seen) {
    box.dataset.seen = "yes";
    // Not on touch screens: the keyboard would cover the page before it is read. Not in another page's frame: it
    // would take the focus from that page.
    if (window.parent === window && !matchMedia("(pointer: coarse)").matches) box.focus({ preventScroll: true });
  }
}

// An answer is read from its first line: the newest question stays at the top while the answer grows under
// it, until the reader scrolls.
const ABOVE_PX = 8;
let questions = 0;
let released = false;

function follow() {
  const rows = document.querySelectorAll("#da-chat .user-row");
  if (rows.length !== questions) released = false;
  questions = rows.length;
  const log = document.querySelector("#da-chat [role=log]");
  if (released || !log || !questions) return;
  const top = rows[questions - 1].getBoundingClientRect().top - log.getBoundingClientRect().top;
  log.scrollTop += top - ABOVE_PX;
}
for (const gesture of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  addEventListener(gesture, () => (released = true), { capture: true, passive: true });
}

function ask(text) {
  const box = document.querySelector("#da-question textarea");
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  // Gradio takes the text over before the next frame.
  requestAnimationFrame(() => document.querySelector("#da-question .submit-button")?.click());
}

// Questions to go on with, under the last reply.
const suggested = new Set();
async function suggest() {
  const all = document.querySelectorAll("#da-chat .da-reply");
  const token = tokenOf(all[all.length - 1]?.querySelector(".da-actions"));
  if (!token || suggested.has(token)) return;
  suggested.add(token);
  try {
    const { questions } = await (await fetch(`chat/suggestions?token=${encodeURIComponent(token)}`)).json();
    const reply = document.querySelector(`#da-chat .da-token-${token}`)?.closest(".da-reply");
    if (!reply || !questions?.length) return;
    const list = element("section", "da-go-on");
    list.append(element("h2", "", words().goOn));
    for (const question of questions) list.append(element("button", "da-suggestion", question));
    reply.append(list);
  } catch {
    // Without them the reply is as good.
  }
}

const CLICKS = {
  ".da-copy": copy,
  ".da-up": rated,
  ".da-down": rated,
  ".da-again": () => run("again"),
  ".da-edit": () => run("edit"),
  ".da-suggestion": (button) => ask(button.textContent),
  ".da-new": () => (putAside(), run("clear"), listEarlier()),
  ".da-clear": () => run("clear"),
  ".da-save": save,
  ".da-open": (button) => open(Number(button.dataset.index)),
  ".da-remove": (button) => remove(Number(button.dataset.index)),
};
document.addEventListener("click", (event) => {
  for (const [css, does] of Object.entries(CLICKS)) {
    const button = event.target.closest?.(css);
    if (button) does(button);
  }
});
new MutationObserver(() => {
  tidy();
  follow();
  suggest();
  settle();
}).observe(document.documentElement, {
  subtree: true,
  childList: true,
  attributeFilter: ["aria-label", "disabled"],
});
tidy();
