import { element, part } from "./page.js";

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

