// In the panel of the chat, Escape closes the panel.
if (window.parent !== window) {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") window.parent.postMessage("da-close", location.origin);
  });
}
// A page that cannot be drawn is not shown; its text is.
const drawn = document.querySelector(".original img");
const drop = () => drawn.closest(".original").remove();
if (drawn?.complete && !drawn.naturalWidth) drop();
drawn?.addEventListener("error", drop);
// A link to the page may come without #quote; the mark is still brought into view.
const quote = document.getElementById("quote");
if (quote && location.hash !== "#quote") {
  quote.scrollIntoView({ block: "center" });
}
