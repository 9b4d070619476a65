// A reply as text: to copy, to save as Markdown, to be spoken.
import { part, words } from "./page.js";

const numbers = (sup) => [...sup.querySelectorAll(".da-marker")].map((marker) => marker.childNodes[1].data);
export const cards = (reply) =>
  [...reply.querySelectorAll(".da-card")].map((card) => ({
    number: part(card, ".da-number"),
    title: part(card, ".da-title"),
    quote: part(card, "mark"),
    link: card.querySelector(".da-links a").href,
  }));

export function plainText(reply) {
  const text = reply.querySelector(".da-text").cloneNode(true);
  for (const sup of text.querySelectorAll("sup")) sup.textContent = ` [${numbers(sup)}]`;
  const sources = cards(reply).map((card) => `[${card.number}] ${card.title} – ${card.link}`);
  return [text.textContent.replace(/\s+/g, " ").trim(), "", ...sources].join("\n");
}

// Nothing of a document or a question may mean something in Markdown.
const plain = (text) =>
  text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\\`*_{}[\]<>#|~$&!]/g, "\\$&")
    .replace(/^([-+]|\d+[.)])/, (first) => `${first.slice(0, -1)}\\${first.slice(-1)}`);
const address = (link) => link.replace(/[()<> \\]/g, encodeURIComponent);

function markdown() {
  const bubbles = document.querySelectorAll("#da-chat :is(.da-question, .da-reply)");
  return [...bubbles]
    .map((bubble) => {
      if (bubble.matches(".da-question")) return `## ${plain(bubble.textContent)}`;
      const links = new Map(cards(bubble).map((card) => [card.number, address(card.link)]));
      const text = bubble.querySelector(".da-text")?.cloneNode(true);
      const marks = [];
      for (const sup of text?.querySelectorAll("sup") ?? []) {
        marks.push(numbers(sup).map((number) => ` [\\[${number}\\]](${links.get(number)})`).join(""));
        sup.textContent = `\u0000${marks.length - 1}\u0000`;
      }
      const said = [part(bubble, ".da-notice"), part(bubble, ".da-verdict")].filter(Boolean).map(plain);
      if (text) said.push(plain(text.textContent).replace(/\u0000(\d+)\u0000/g, (_, n) => marks[n]));
      else said.push(plain([...bubble.querySelectorAll(":scope > p:not([class])")].map((p) => p.textContent).join(" ")));
      const sources = cards(bubble).map(
        (card) => `- \\[${card.number}\\] [${plain(card.title)}](${address(card.link)}): “${plain(card.quote)}”`,
      );
      return [...said.filter(Boolean), sources.join("\n")].filter(Boolean).join("\n\n");
    })
    .join("\n\n");
}

export function save() {
  const file = new Blob([`# ${words().product}\n\n${markdown()}\n`], { type: "text/markdown;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${new Date().toISOString().slice(0, 10)}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain http, as on an intranet, browsers have no clipboard but this one.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export async function copy(button) {
  const said = words();
  const label = button.textContent;
  const done = await copied(plainText(button.closest(".da-reply")));
  button.textContent = done ? said.copied : said.copyFailed;
  button.focus();
  setTimeout(() => (button.textContent = label), 2000);
}
