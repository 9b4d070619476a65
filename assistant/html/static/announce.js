import { element } from "./page.js";
import { cards } from "./reply.js";

// A reply is announced once, when nothing of it changes any more; not word by word while it grows.
const SETTLED_MS = 150; // the parts of one step arrive one after another
const status = element("div", "da-hidden");
status.setAttribute("role", "status");
let working = false; // what comes without work, as a kept chat does, is no news
let told = "";
let settling;

function spoken(node) {
  const copy = node.cloneNode(true);
  for (const other of copy.querySelectorAll(".da-hidden, .da-actions, .da-cards, .da-go-on")) other.remove();
  for (const sup of copy.querySelectorAll("sup")) sup.textContent = ` [${sup.textContent.trim()}]`;
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function announce() {
  const reply = [...document.querySelectorAll("#da-chat .da-reply")].pop();
  const asked = document.querySelectorAll("#da-chat .da-question");
  const idle = document.querySelector("#da-question .submit-button");
  if (!reply || !idle || reply.matches(".da-draft")) return;
  const text = spoken(reply);
  const seen = `${asked.length} ${text}`;
  if (seen === told) return;
  told = seen;
  if (!working && !reply.matches(".da-error")) return;
  working = false;
  status.lang = reply.querySelector(".da-text [lang]")?.lang ?? document.documentElement.lang;
  status.textContent = text.slice(0, 1000);
  const detail = {
    kind: ["answer", "abstention", "error"].find((one) => reply.matches(`.da-${one}`)) ?? "none",
    question: asked[asked.length - 1]?.textContent ?? "",
    text: spoken(reply.querySelector(".da-text") ?? reply),
    citations: cards(reply).map(({ number, title, link }) => ({ number: Number(number), title, link })),
  };
  document.dispatchEvent(new CustomEvent("da-reply", { detail }));
}

export function settle() {
  const log = document.querySelector("#da-chat [role=log]");
  if (log && log.ariaLive !== "off") log.ariaLive = "off";
  if (!status.isConnected) document.querySelector("main")?.prepend(status);
  working ||= document.querySelector("#da-question .stop-button") !== null;
  clearTimeout(settling);
  settling = setTimeout(announce, SETTLED_MS);
}
