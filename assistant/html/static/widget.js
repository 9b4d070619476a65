// The document assistant in any page; docs/widget.md says how. Nothing is loaded before it is opened.
(() => {
  "use strict";

  const WORDS = {
    en: {
      title: "Document assistant",
      close: "Close",
      loading: "The assistant is opening …",
      refused: "This page is not allowed to show the assistant. Whoever runs the assistant can allow it.",
      down: "The assistant does not answer at the moment.",
      again: "Try again",
    },
    pl: {
      title: "Asystent dokumentów",
      close: "Zamknij",
      loading: "Otwieram asystenta …",
      refused: "Ta strona nie ma zgody na pokazywanie asystenta. Może jej udzielić osoba, która go prowadzi.",
      down: "Asystent w tej chwili nie odpowiada.",
      again: "Spróbuj ponownie",
    },
    vi: {
      title: "Trợ lý tài liệu",
      close: "Đóng",
      loading: "Đang mở trợ lý …",
      refused: "Trang này không được phép hiển thị trợ lý. Người quản lý trợ lý có thể cho phép.",
      down: "Hiện trợ lý không phản hồi.",
      again: "Thử lại",
    },
  };
  const LOG = "Document assistant:";
  const CONNECT_MS = 20000;
  const SILENT_MS = 3000; // what loads and says nothing is not the assistant
  const START_MS = 40000;

  const script = document.currentScript ?? [...document.querySelectorAll('script[src*="/widget.js"]')].pop();
  const given = script.dataset;
  const base = new URL(".", script.src);

  const inline = given.mode === "inline";
  const corner = ["top-left", "top-right", "bottom-left"].find((one) => one === given.position) ?? "bottom-right";
  const name = given.name ?? (inline ? String(given.target) : corner);
  const registry = (window.DocumentAssistant ??= {
    widgets: [],
    get: (wanted) => registry.widgets.find((widget) => widget.name === wanted),
    ...Object.fromEntries(
      ["open", "close", "ask", "on"].map((verb) => [verb, (...said) => registry.widgets[0][verb](...said)]),
    ),
  });
  if (registry.get(name)) {
    console.warn(`${LOG} widget.js is loaded twice for "${name}"; the second is ignored.`);
    return;
  }

  const asked = (given.language ?? document.documentElement.lang).toLowerCase().split(/[-_]/)[0];
  const language = WORDS[asked] ? asked : "en";
  const words = WORDS[language];
  const title = given.title?.trim() || words.title;
  const accent = /^#[0-9a-f]{6}$/i.test(given.accent) ? given.accent : "#17606b";

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  const button = (properties, ...children) => make("button", { type: "button", ...properties }, ...children);

  function size(wanted, fallback) {
    const found = /^(\d{1,4})(px|em|rem|vw|vh|%)?$/.exec(wanted?.trim());
    return found ? found[1] + (found[2] ?? "px") : fallback;
  }

  // Black or white, whichever has more contrast (WCAG's relative luminance).
  function onAccent() {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = parseInt(accent.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
  }

  function styles() {
    const [edge, side] = corner.split("-");
    const dark = ":host{--ground:#1d2326;--ink:#e8eaea;--line:#56616a}";
    const themes = { light: "", dark };
    // "!important" inside a shadow root wins over the page's own.
    return `
:host{all:initial!important;display:block!important;--ground:#fff;--ink:#1d2429;--line:#8a9299;
${inline ? "" : `position:fixed!important;z-index:2147483000!important;${edge}:16px!important;${side}:16px!important`}}
${themes[given.theme] ?? `@media(prefers-color-scheme:dark){${dark}}`}
*{box-sizing:border-box}
[hidden]{display:none!important}
section{color:var(--ink);font:1em/1.5 system-ui,sans-serif}
button{min-width:44px;min-height:44px;padding:0 .75em;border:2px solid #0000;border-radius:8px;
background:${accent};color:${onAccent()};font:inherit;font-weight:600;cursor:pointer}
button:focus-visible{outline:2px solid #fff;box-shadow:0 0 0 5px #000}
svg{display:block;width:28px;height:28px;margin:auto;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}
.launch{width:56px;height:56px;padding:0;border-color:#fff;border-radius:50%}
.launch:not(:focus-visible){box-shadow:0 2px 10px #0006}
.panel{display:flex;flex-direction:column;overflow:hidden;border:1px solid var(--line);border-radius:12px;
background:var(--ground)}
.inline{width:${size(given.width, "100%")};max-width:100%;height:${size(given.height, "480px")}}
.floating{position:fixed;${edge}:84px;${side}:16px;width:${size(given.width, "420px")};max-width:calc(100vw - 32px);
height:${size(given.height, "640px")};max-height:calc(100vh - 100px);box-shadow:0 8px 32px #0005}
header{display:flex;flex:none;align-items:center;justify-content:space-between;min-height:48px;
padding:2px 2px 2px 16px;background:${accent};color:${onAccent()}}
h2{margin:0;overflow:hidden;font:inherit;font-weight:600;text-overflow:ellipsis;white-space:nowrap}
header button:focus-visible{outline-offset:-4px;outline-color:currentColor;box-shadow:none}
.panel:not(:has(iframe)){height:auto}
iframe{flex:1;width:100%;min-height:0;border:0}
.note{padding:0 16px}
.note p{margin:12px 0}
.note button{margin-bottom:12px}
@media(max-width:30em),(max-height:30em){.floating{inset:0;width:auto;max-width:none;height:auto;max-height:none;
border:0;border-radius:0}}`;
  }

  function icon(path) {
    const [svg, line] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function address() {
    const url = new URL("widget", base);
    const { greeting, theme, site, languageFilter: doc_language } = given;
    for (const [key, value] of Object.entries({ lang: language, title, greeting, accent, theme, site, doc_language })) {
      if (value) url.searchParams.set(key, value);
    }
    for (const question of (given.suggestions ?? "").split("|")) {
      if (question.trim()) url.searchParams.append("suggestion", question.trim());
    }
    return url.href;
  }

  const handlers = { open: [], close: [], answer: [], error: [] };
  let frame = null;
  let ready = false; // the chat takes questions
  let heard = false; // the assistant's page has spoken
  let focusing = false;
  let pending = null; // a question for when it is ready
  let timer;

  const note = make("div", { className: "note", role: "status" });
  const close = button({ ariaLabel: words.close }, icon("M6 6l12 12M18 6L6 18"));
  const panel = make(
    "div",
    { className: `panel ${inline ? "inline" : "floating"}`, hidden: !inline },
    make("header", {}, make("h2", { textContent: title }), ...(inline ? [] : [close])),
    note,
  );
  const launch = button(
    { className: "launch", ariaLabel: title, title, ariaExpanded: "false" },
    icon("M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5"),
  );
  launch.setAttribute("aria-controls", "panel");
  if (!inline) Object.assign(panel, { role: "dialog", ariaLabel: title, id: "panel" });
  const section = make("section", { lang: language, ariaLabel: title }, ...(inline ? [] : [launch]), panel);
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles());
  root.adoptedStyleSheets = [sheet];
  root.append(section);

  function emit(event, detail = {}) {
    for (const handler of handlers[event]) {
      try {
        handler(detail);
      } catch (error) {
        console.error(error);
      }
    }
  }

  function say(text, again) {
    note.replaceChildren(...(text ? [make("p", { textContent: text })] : []));
    if (again) note.append(button({ textContent: words.again, onclick: () => show() }));
  }

  function send(type, more) {
    frame.contentWindow.postMessage({ assistant: 1, type, ...more }, base.origin);
  }

  function watch(ms) {
    clearTimeout(timer);
    timer = setTimeout(fail, ms, "unavailable", words.down);
  }

  function fail(code, message) {
    clearTimeout(timer);
    frame?.remove();
    frame = null;
    ready = false;
    pending = null;
    say(message, code === "unavailable");
    // What was focused is gone with the frame.
    if (!inline && !panel.hidden && focusing) (note.querySelector("button") ?? close).focus();
    emit("error", { code, message });
  }

  function load() {
    say(words.loading);
    heard = ready = false;
    frame = make("iframe", { title, allow: "clipboard-write", src: address() });
    frame.addEventListener("load", () => heard || watch(SILENT_MS));
    watch(CONNECT_MS);
    panel.append(frame);
  }

  function focus() {
    frame.focus();
    send("focus");
  }

  function start() {
    clearTimeout(timer);
    ready = true;
    say("");
    if (focusing && root.activeElement) focus();
    if (pending !== null) send("ask", { text: pending });
    pending = null;
  }

  function show(take = true) {
    const opens = panel.hidden;
    panel.hidden = false;
    launch.ariaExpanded = "true";
    focusing = take;
    if (take && !inline) close.focus();
    if (!frame) load();
    else if (take && ready) focus();
    if (opens || inline) emit("open");
  }

  function hide() {
    if (inline || panel.hidden) return;
    const inside = root.activeElement; // hiding drops the focus
    panel.hidden = true;
    focusing = false;
    launch.ariaExpanded = "false";
    if (inside) launch.focus();
    emit("close");
  }

  function ask(text) {
    show(false);
    if (ready) send("ask", { text: String(text) });
    else pending = String(text);
  }

  const cut = (value) => String(value).slice(0, 20000);

  // What the frame may say; nothing else is listened to.
  const messages = {
    here() {
      heard = true;
      watch(START_MS);
      send("hello");
    },
    ready: start,
    refused() {
      const where = `the setting serve.origins of ${base.href}`;
      console.error(`${LOG} this page may not embed it; add "${location.origin}" to ${where}`);
      fail("refused", words.refused);
    },
    close: hide,
    height({ height }) {
      const wanted = Math.min(Number(height) + 50, innerHeight * 0.85); // with the title bar
      if (inline && !given.height && wanted > panel.offsetHeight) panel.style.height = `${wanted}px`;
    },
    answer({ kind, question, text, citations }) {
      emit("answer", {
        kind: kind === "abstention" ? kind : "answer",
        question: cut(question),
        text: cut(text),
        citations: citations.map(({ number, title, link }) => ({
          number: Number(number),
          title: cut(title),
          link: /^https?:/.test(link) ? cut(link) : "",
        })),
      });
    },
    error: ({ code, message }) => emit("error", { code: code === "busy" ? code : "failed", message: cut(message) }),
  };

  addEventListener("message", ({ source, origin, data }) => {
    if (!frame || source !== frame.contentWindow || origin !== base.origin || data?.assistant !== 1) return;
    if (Object.hasOwn(messages, data.type)) messages[data.type](data);
  });
  launch.addEventListener("click", () => (panel.hidden ? show() : hide()));
  close.addEventListener("click", hide);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });

  function attach() {
    const place = inline ? document.querySelector(given.target) : document.body;
    if (!place) throw Error(`${LOG} there is no element ${given.target} in this page.`);
    place.append(host);
    if (inline || given.open !== undefined) show(false);
  }

  registry.widgets.push({
    name,
    open: () => show(),
    close: hide,
    ask,
    on: (event, handler) => handlers[event].push(handler),
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", attach);
  else attach();
})();
