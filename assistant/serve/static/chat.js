// What Gradio leaves to be done in the browser: names for assistive technology, copying and saving, ratings, questions to
// go on with, and the chats that this browser keeps.
(() => {
  "use strict";

  const words = () => document.querySelector(".da-header")?.dataset ?? {};

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
    if (box && !box.dataset.seen) {
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

  function element(tag, css, text) {
    const made = document.createElement(tag);
    made.className = css;
    if (text) made.textContent = text;
    if (tag === "button") made.type = "button";
    return made;
  }

  // The parts of a reply that copying and saving need.
  const part = (node, css) => node.querySelector(css)?.textContent ?? "";
  const numbers = (sup) => [...sup.querySelectorAll(".da-marker")].map((marker) => marker.childNodes[1].data);
  const cards = (reply) =>
    [...reply.querySelectorAll(".da-card")].map((card) => ({
      number: part(card, ".da-number"),
      title: part(card, ".da-title"),
      quote: part(card, "mark"),
      link: card.querySelector(".da-links a").href,
    }));

  function plainText(reply) {
    const text = reply.querySelector(".da-text").cloneNode(true);
    for (const sup of text.querySelectorAll("sup")) sup.textContent = ` [${numbers(sup)}]`;
    const sources = cards(reply).map((card) => `[${card.number}] ${card.title} – ${card.link}`);
    return [text.textContent.replace(/\s+/g, " ").trim(), "", ...sources].join("\n");
  }

  // Nothing of a document or a question may mean something in Markdown.
  const plain = (text) => text.replace(/\s+/g, " ").trim().replace(/[\\`*_{}[\]<>#|~$&!]|^[-+\d]/g, "\\$&");
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

  function save() {
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

  async function copy(button) {
    const said = words();
    const label = button.textContent;
    const done = await copied(plainText(button.closest(".da-reply")));
    button.textContent = done ? said.copied : said.copyFailed;
    button.focus();
    setTimeout(() => (button.textContent = label), 2000);
  }

  // A reply is announced once, when nothing of it changes any more; not word by word while it grows.
  const SETTLED_MS = 150; // the parts of one step arrive one after another
  const status = element("div", "da-hidden");
  status.setAttribute("role", "status");
  let touched = false; // what stands here before anyone did anything is no news
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
    if (!touched) return;
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

  function settle() {
    const log = document.querySelector("#da-chat [role=log]");
    if (log && log.ariaLive !== "off") log.ariaLive = "off";
    if (!status.isConnected) document.querySelector("main")?.prepend(status);
    clearTimeout(settling);
    settling = setTimeout(announce, SETTLED_MS);
  }
  for (const gesture of ["keydown", "pointerdown"]) addEventListener(gesture, () => (touched = true), { capture: true });
  addEventListener("message", ({ data }) => (touched ||= data?.type === "ask")); // by the page around

  // What Gradio does on the server is behind its own buttons, which are not shown.
  const run = (name) => document.getElementById(`da-do-${name}`)?.click();

  // A reply's token is in a class of its actions.
  const tokenOf = (actions) => /da-token-(\S+)/.exec(actions?.className ?? "")?.[1];

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

  async function rated(button) {
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

  // Chats that this browser keeps: the present one, and earlier ones. Where storage is denied, none.
  const KEY = "document-assistant";
  const EARLIER = 20;
  let chosen = "";

  function read() {
    try {
      return { now: "", earlier: [], ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
    } catch {
      return { now: "", earlier: [] };
    }
  }

  function write(state) {
    try {
      localStorage.setItem(KEY, JSON.stringify(state));
    } catch {
      // It is denied or full: then this chat lasts as long as the page.
    }
  }

  const isEmpty = (kept) => !kept || kept === "[]";
  function titled(kept) {
    try {
      return JSON.parse(kept)[0].question;
    } catch {
      return "";
    }
  }

  window.documentAssistant = {
    stored: () => read().now,
    opened: () => chosen,
    keep(kept) {
      write({ ...read(), now: kept });
      listEarlier();
    },
  };

  function putAside() {
    const state = read();
    if (!isEmpty(state.now)) state.earlier = [state.now, ...state.earlier].slice(0, EARLIER);
    write({ ...state, now: "" });
  }

  function listEarlier() {
    const { earlier } = read();
    const part = document.querySelector(".da-earlier");
    if (!part) return;
    part.hidden = !earlier.length;
    part.querySelector("ul").replaceChildren(
      ...earlier.map((kept, index) => {
        const item = element("li", "");
        const open = element("button", "da-open", titled(kept));
        const remove = element("button", "da-action da-remove", words().remove);
        remove.setAttribute("aria-label", `${words().remove}: ${titled(kept)}`);
        open.dataset.index = remove.dataset.index = index;
        item.append(open, remove);
        return item;
      }),
    );
  }

  function open(index) {
    const state = read();
    chosen = state.earlier.splice(index, 1)[0] ?? "";
    write(state);
    putAside();
    run("open");
  }

  function remove(index) {
    const state = read();
    state.earlier.splice(index, 1);
    write(state);
    listEarlier();
    document.querySelector(".da-earlier :is(button, summary)")?.focus();
  }

  // What a marker cites, beside it: seen by pointer and keyboard, gone with Escape.
  let tip;
  function showTip(marker) {
    hideTip();
    const number = marker.childNodes[1].data;
    const card = [...marker.closest(".da-reply").querySelectorAll(".da-card")].find(
      (each) => part(each, ".da-number") === number,
    );
    if (!card) return;
    tip = element("div", "da-tip");
    tip.setAttribute("aria-hidden", "true"); // the card itself is read where it stands
    for (const css of ["h3", ".da-meta", "blockquote"]) tip.append(card.querySelector(css).cloneNode(true));
    document.querySelector(".gradio-container").append(tip);
    const at = marker.getBoundingClientRect();
    const below = at.bottom + 6 + tip.offsetHeight <= innerHeight;
    tip.style.top = `${below ? at.bottom + 6 : Math.max(4, at.top - 6 - tip.offsetHeight)}px`;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
    card.classList.add("da-pointed");
  }
  function hideTip() {
    tip?.remove();
    tip = undefined;
    document.querySelector(".da-pointed")?.classList.remove("da-pointed");
  }
  const markerAt = (event) => event.target.closest?.("#da-chat .da-marker");
  for (const [kind, shows] of [["mouseover", true], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(kind, (event) => {
      const marker = markerAt(event);
      if (marker && shows) showTip(marker);
      else if (!event.target.closest?.(".da-tip")) hideTip();
    });
  }
  document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
  addEventListener("scroll", hideTip, { capture: true, passive: true });

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
    attributeFilter: ["aria-label"],
  });
  tidy();
})();
