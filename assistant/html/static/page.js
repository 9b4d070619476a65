// The words of the page in the reader's language, and elements.
export const words = () => document.querySelector(".da-header")?.dataset ?? {};

export function element(tag, css, text) {
  const made = document.createElement(tag);
  made.className = css;
  if (text) made.textContent = text;
  if (tag === "button") made.type = "button";
  return made;
}

export const part = (node, css) => node.querySelector(css)?.textContent ?? "";

// What Gradio does on the server is behind its own buttons, which are not shown.
export const run = (name) => document.getElementById(`da-do-${name}`)?.click();
