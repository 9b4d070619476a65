// The inside of the widget's frame: the page at /widget, and the chat with ?embed=1. It speaks with the page around
// by postMessage; docs/widget.md lists the messages. Alone in a window it does nothing but go on to the chat.
(() => {
  "use strict";

  const root = document.documentElement;
  const given = new URLSearchParams(location.search);
  const gate = root.dataset.chat;
  if (window.parent === window) {
    if (gate) location.replace("./");
    return;
  }
  if (!gate && given.get("embed") !== "1") return;

  let host = null; // the origin of the page around, once it is known to be allowed

  function post(type, more, origin = host) {
    if (origin) window.parent.postMessage({ assistant: 1, type, ...more }, origin);
  }

  async function allowed(origin) {
    if (origin === location.origin) return true;
    const answer = await fetch(`widget/allowed?origin=${encodeURIComponent(origin)}`);
    return (await answer.json()).allowed === true;
  }

  addEventListener("message", async ({ source, origin, data }) => {
    if (source !== window.parent || data?.assistant !== 1) return;
    if (data.type === "hello" && host === null) {
      // A failing request rejects here: the page around is told nothing, and says that the service does not answer.
      if (await allowed(origin)) greeted(origin);
      else if (gate) post("refused", {}, "*");
    } else if (origin === host) {
      if (data.type === "ask" && typeof data.text === "string") ask(data.text.slice(0, 20000));
      if (data.type === "focus" && !matchMedia("(pointer: coarse)").matches) box()?.focus();
    }
  });

  function greeted(origin) {
    if (gate) {
      location.replace(gate);
      return;
    }
    host = origin;
    update();
  }

  // Says no more than that a page is here, so anyone may hear it.
  post("here", {}, "*");
  if (gate) return;

  const box = () => document.querySelector("#da-question textarea:not([disabled])");
  const idle = () => document.querySelector("#da-question .submit-button");
  const log = () => document.querySelector("#da-chat [role=log]");
  const limited = (name, length) => (given.get(name) ?? "").slice(0, length);

  const title = limited("title", 80);
  const greeting = limited("greeting", 300);
  const suggestions = given
    .getAll("suggestion")
    .slice(0, 6)
    .map((question) => question.slice(0, 200));
  // Not among Gradio's own: it would rewrite the selectors so that they no longer begin at the root.
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "ui/embed.css" }));
  root.classList.add("da-embed");
  root.classList.toggle("da-suggests", suggestions.length > 0);

  const heading = Object.assign(document.createElement("h1"), { className: "da-hidden", textContent: title });
  let ready = false;
  let height = 0;

  function ask(question) {
    const field = box();
    if (!field || !idle()) {
      post("error", { code: "busy", message: "The assistant is answering another question." });
      return;
    }
    field.value = question;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => idle()?.click());
  }

  function welcome() {
    const place = document.querySelector("#da-chat .da-welcome");
    if (!place) return;
    const words = place.querySelector("h2");
    if (greeting && words.textContent !== greeting) words.textContent = greeting;
    if (!suggestions.length || place.querySelector("ul")) return;
    const list = document.createElement("ul");
    for (const question of suggestions) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: question });
      button.addEventListener("click", () => ask(question));
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    }
    place.append(list);
  }

  // chat.js tells of a reply when nothing of it changes any more.
  document.addEventListener("da-reply", ({ detail }) => {
    const { kind, text } = detail;
    if (kind === "answer" || kind === "abstention") post("answer", detail);
    else if (kind === "error") post("error", { code: "failed", message: text });
  });

  function update() {
    const words = document.querySelector(".da-header")?.dataset;
    // chat.js names the page after these words, so it must find the title there, or the two would never agree.
    if (title && words && words.product !== title) document.title = words.product = title;
    welcome();
    colour();
    const messages = log();
    if (host && !ready && idle() && box()) {
      ready = true;
      (document.querySelector("main") ?? document.body).prepend(heading);
      post("ready");
    }
    if (ready && messages) {
      const wanted = innerHeight + messages.scrollHeight - messages.clientHeight;
      if (wanted !== height) post("height", { height: wanted });
      height = wanted;
    }
  }

  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const mixed = (one, other, share) => one.map((part, at) => Math.round(part * share + other[at] * (1 - share)));
  const css = (colour) => `rgb(${colour})`;

  const BLACK = [0, 0, 0];
  const WHITE = [255, 255, 255];
  const READABLE = 4.5;
  const readableOn = (ground) => (contrast(ground, BLACK) > contrast(ground, WHITE) ? BLACK : WHITE);

  /** The accent, darker or lighter until text in it can be read on every ground of chat.css where it stands. */
  function colour() {
    const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(given.get("accent") ?? "");
    const dark = document.body?.classList.contains("dark");
    if (!found || !document.body || document.body.dataset.accent === String(dark)) return;
    document.body.dataset.accent = String(dark);
    const surface = dark ? [29, 35, 38] : WHITE;
    const ground = dark ? surface : [246, 245, 241];
    const chosen = found.slice(1).map((part) => parseInt(part, 16));
    let accent = chosen;
    const soft = () => mixed(accent, surface, 0.14);
    while ([surface, ground, soft()].some((behind) => contrast(accent, behind) < READABLE)) {
      accent = mixed(accent, dark ? WHITE : BLACK, 0.92);
    }
    for (const [name, value] of Object.entries({
      "--da-accent": accent,
      "--da-on-accent": readableOn(accent),
      "--da-accent-soft": soft(),
      "--da-bubble": chosen,
      "--da-on-bubble": readableOn(chosen),
    })) {
      document.body.style.setProperty(name, css(value));
    }
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) post("close");
  });
  addEventListener("resize", update);
  new MutationObserver(update).observe(root, {
    subtree: true,
    childList: true,
    attributeFilter: ["class"],
  });
})();
