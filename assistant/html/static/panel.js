// The source of a citation beside the chat, or over it on a small screen: the document at the very words.
import { element, words } from "./page.js";

const WIDE = matchMedia("(min-width: 1000px)");
let panel; // null while nothing is open
let opener; // the link that opened it, where the focus goes back to
let links = []; // of the reply, one for each citation
let at = 0;

function button(css, label, sign, does) {
  const made = element("button", `da-panel-button ${css}`, sign);
  made.ariaLabel = made.title = label;
  made.addEventListener("click", does);
  return made;
}

function build() {
  const said = words();
  const made = element("section", "da-panel");
  made.id = "da-panel";
  made.lang = said.language;
  made.ariaLabel = said.panel;
  const title = element("h2", "da-panel-title");
  title.tabIndex = -1;
  const bar = element("div", "da-panel-bar");
  bar.append(
    title,
    button("da-panel-previous", said.previous, "‹", () => show(at - 1)),
    button("da-panel-next", said.next, "›", () => show(at + 1)),
    button("da-panel-close", said.close, "×", close),
  );
  made.append(bar);
  document.querySelector(".gradio-container").append(made);
  return made;
}

// Over the chat it is a dialog, and what is under it cannot be reached.
function place() {
  if (!panel) return;
  document.documentElement.classList.toggle("da-beside", WIDE.matches);
  panel.role = WIDE.matches ? "complementary" : "dialog";
  panel.ariaModal = WIDE.matches ? null : "true";
  for (const other of panel.parentElement.children) if (other !== panel) other.inert = !WIDE.matches;
}

function show(index) {
  at = index;
  const said = words();
  panel.querySelector(".da-panel-title").textContent = `${said.panel} ${at + 1} / ${links.length}`;
  panel.querySelector(".da-panel-previous").disabled = at === 0;
  panel.querySelector(".da-panel-next").disabled = at === links.length - 1;
  const address = new URL(links[at]);
  address.searchParams.set("panel", "1");
  address.searchParams.set("lang", said.language);
  // A frame of its own each time: the browser's "Back" stays the page's.
  const frame = element("iframe", "da-panel-frame");
  frame.title = said.panel;
  frame.src = address.href;
  panel.querySelector("iframe")?.remove();
  panel.append(frame);
}

function open(link) {
  const reply = link.closest(".da-reply");
  links = [...new Set([...reply.querySelectorAll(".da-inside")].map((each) => each.href))];
  opener = link;
  panel ??= build();
  place();
  show(Math.max(0, links.indexOf(link.href)));
  panel.querySelector(".da-panel-title").focus({ preventScroll: true });
}

function close() {
  for (const other of panel.parentElement.children) other.inert = false;
  panel.remove();
  panel = undefined;
  document.documentElement.classList.remove("da-beside");
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

WIDE.addEventListener("change", place);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#da-chat :is(a.da-marker, a.da-inside)");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(link);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel && !event.defaultPrevented) close();
});
// Inside the frame, Escape is the frame's: document.js hands it on.
addEventListener("message", (event) => {
  if (event.origin === location.origin && event.data === "da-close" && panel) close();
});
