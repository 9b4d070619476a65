// A link to the page may come without #quote; the mark is still brought into view.
const quote = document.getElementById("quote");
if (quote && location.hash !== "#quote") {
  quote.scrollIntoView({ block: "center" });
}
