"use strict";
// Without this script the page shows everything: it only filters, copies, and draws pictures in place of text ladders when they are opened.
(() => {
  const cards = [...document.querySelectorAll("details.connection")];
  const search = document.getElementById("search");
  const boxes = [...document.querySelectorAll("input[name=severity]")];
  const told = document.getElementById("told");

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const card of cards) {
      const fits = wanted.has(card.dataset.severity) && words.every((word) => card.dataset.words.includes(word));
      card.classList.toggle("hidden", !fits);
      shown += fits;
    }
    told.textContent = `${shown} of ${cards.length} shown`;
  };

  const unpack = async () => {
    const store = document.getElementById("packed");
    if (!store || !("DecompressionStream" in window)) return {};
    const bytes = Uint8Array.from(atob(store.textContent.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };
  const unpacked = unpack();

  const draw = async (card) => {
    const packed = (await unpacked)[card.id] || {};
    for (const name of ["ladder", "printed", "machine"]) {
      const place = card.querySelector(`[data-picture=${name}]`);
      if (place && packed[name] && !place.querySelector("svg")) place.replaceChildren(drawing[name](packed[name]));
    }
    if (packed.ladder) card.dataset.drawn = "";
  };

  const copy = async (button) => {
    const card = button.closest("details.connection");
    const packed = (await unpacked)[card.id] || {};
    const text = button.dataset.text || packed[button.dataset.copy] || "";
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    button.dataset.copied = text;
    setTimeout(() => { button.textContent = label; }, 1500);
  };

  const open = (id) => {
    const card = document.getElementById(id);
    if (!card) return;
    card.classList.remove("hidden");
    card.open = true;
    draw(card);
    card.scrollIntoView();
    card.querySelector("summary").focus();
  };

  search.addEventListener("input", filter);
  boxes.forEach((box) => box.addEventListener("change", filter));
  cards.forEach((card) => {
    card.addEventListener("toggle", () => { if (card.open) draw(card); });
    if (card.open) draw(card);
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a");
    if (!target) return;
    if (target.dataset.copy) copy(target);
    else if (target.dataset.cause !== undefined) {
      search.value = target.dataset.cause;
      boxes.forEach((box) => { box.checked = true; });
      filter();
      document.getElementById("connections").scrollIntoView();
      search.focus();
    } else if (target.hash && target.hash.startsWith("#s")) {
      event.preventDefault();
      open(target.hash.slice(1));
    }
  });
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    const shown = cards.filter((card) => !card.classList.contains("hidden")).slice(0, 20);
    unfolded = shown.filter((card) => !card.open);
    shown.forEach((card) => { card.open = true; draw(card); });
  });
  window.addEventListener("afterprint", () => unfolded.forEach((card) => { card.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
    if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  filter();
  if (location.hash) open(location.hash.slice(1));
})();
