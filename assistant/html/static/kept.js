import { element, run, words } from "./page.js";

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

export function putAside() {
  const state = read();
  if (!isEmpty(state.now)) state.earlier = [state.now, ...state.earlier].slice(0, EARLIER);
  write({ ...state, now: "" });
}

export function listEarlier() {
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

export function open(index) {
  const state = read();
  chosen = state.earlier.splice(index, 1)[0] ?? "";
  write(state);
  putAside();
  run("open");
}

export function remove(index) {
  const state = read();
  state.earlier.splice(index, 1);
  write(state);
  listEarlier();
  document.querySelector(".da-earlier :is(button, summary)")?.focus();
}
