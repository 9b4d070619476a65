// What Gradio leaves to be done in the browser: names for assistive technology, and copying an answer as text.
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
  const BELOW_CLEAR_BUTTON_PX = 36;
  let questions = 0;
  let released = false;

  function follow() {
    const rows = document.querySelectorAll("#da-chat .user-row");
    if (rows.length !== questions) released = false;
    questions = rows.length;
    const log = document.querySelector("#da-chat [role=log]");
    if (released || !log || !questions) return;
    const top = rows[questions - 1].getBoundingClientRect().top - log.getBoundingClientRect().top;
    log.scrollTop += top - BELOW_CLEAR_BUTTON_PX;
  }
  for (const gesture of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    addEventListener(gesture, () => (released = true), { capture: true, passive: true });
  }

  function plainText(reply) {
    const text = reply.querySelector(".da-text").cloneNode(true);
    for (const marker of text.querySelectorAll("sup")) {
      marker.textContent = ` [${[...marker.querySelectorAll(".da-marker")].map((m) => m.childNodes[1].data)}]`;
    }
    const sources = [...reply.querySelectorAll(".da-card")].map((card) => {
      const part = (css) => card.querySelector(css)?.textContent ?? "";
      return `[${part(".da-number")}] ${part(".da-title")} – ${card.querySelector(".da-links a").href}`;
    });
    return [text.textContent.replace(/\s+/g, " ").trim(), "", ...sources].join("\n");
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

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".da-copy");
    if (button) copy(button);
  });
  new MutationObserver(() => {
    tidy();
    follow();
  }).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributeFilter: ["aria-label"],
  });
  tidy();
})();
