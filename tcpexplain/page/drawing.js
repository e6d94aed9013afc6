"use strict";
// Draws a picture from the rows of shapes that the page carries; tcpexplain/picture/svg.py writes the same rows as markup.
const drawing = (() => {
  const make = (name, attributes, ...inside) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };
  const span = ([look, dx, said]) => make("tspan", { class: look, dx }, said);
  const shapes = {
    rect: (look, x, y, width, height, rx) => make("rect", { class: look, x, y, width, height, rx }),
    circle: (look, cx, cy, r) => make("circle", { class: look, cx, cy, r }),
    path: (look, d) => make("path", { class: look, d }),
    words: (look, x, y, anchor, said, ...spans) =>
      make("text", { class: look, x, y, "text-anchor": anchor }, said, ...spans.map(span)),
    group: (title, down, ...inside) =>
      make("g", down ? { transform: `translate(0 ${down})` } : {}, ...(title ? [make("title", {}, title)] : []), ...inside.map(draw)),
  };
  const draw = ([name, ...given]) => shapes[name](...given);
  const picture = ([look, left, top, width, height, label, inside], ...before) =>
    make("svg", { class: look, viewBox: `${left} ${top} ${width} ${height}`, width, height, role: "img", "aria-label": label }, ...before, ...inside.map(draw));
  return {
    ladder: picture,
    printed: picture,
    machine: (given) => picture(given, make("use", { href: "#machine" })),
  };
})();
