// What pages do beyond links; without it everything is there too, one click further away.
const page = document.documentElement;
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// Light, dark, or as the system has it.
const themes = document.getElementById("theme");
if (themes) {
  const order = ["auto", "light", "dark"];
  const tell = () => { themes.title = themes.dataset[page.dataset.theme ?? "auto"]; };
  themes.hidden = false;
  tell();
  themes.addEventListener("click", () => {
    const next = order[(order.indexOf(page.dataset.theme ?? "auto") + 1) % order.length];
    if (next === "auto") delete page.dataset.theme; else page.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // The choice holds for this page only.
    }
    tell();
  });
}

// Pictures open in place; arrows lead to the one before and the one behind.
const pictures = [...document.querySelectorAll("a[data-lightbox]")];
if (pictures.length && window.HTMLDialogElement) {
  const image = make("img", { alt: "" });
  const caption = make("p", { class: "small", dir: "auto" });
  const button = (name, label, sign) => make("button", { type: "button", class: name, "aria-label": label }, sign);
  const close = button("close", page.dataset.close, "×");
  const previous = button("previous", page.dataset.previous, "‹");
  const next = button("next", page.dataset.next, "›");
  const box = make("dialog", { id: "lightbox", "aria-label": "" }, close, previous, make("figure", {}, image, caption), next);
  let at = 0;
  const shown = () => pictures.filter((link) => link.offsetParent !== null);
  const show = (links, place) => {
    at = (place + links.length) % links.length;
    const inner = links[at].querySelector("img");
    image.src = links[at].href;
    image.alt = inner.alt;
    caption.textContent = inner.alt;
    box.setAttribute("aria-label", inner.alt || links[at].getAttribute("aria-label"));
    previous.hidden = next.hidden = links.length < 2;
  };
  const step = (by) => show(shown(), at + by);
  document.body.append(box);
  for (const link of pictures) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const links = shown();
      show(links, links.indexOf(link));
      box.showModal();
    });
  }
  close.addEventListener("click", () => box.close());
  previous.addEventListener("click", () => step(-1));
  next.addEventListener("click", () => step(1));
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  box.addEventListener("keydown", (event) => {
    const forward = page.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = page.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    if (event.key === forward) step(1);
    if (event.key === back) step(-1);
  });
  box.addEventListener("close", () => { shown()[at]?.focus(); });
}

// A citation shows its message below the words that cite it.
for (const link of document.querySelectorAll("a.cite")) {
  const message = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!message) continue;
  link.setAttribute("aria-expanded", "false");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const place = link.closest("li, p") ?? link;
    const open = link.getAttribute("aria-expanded") === "true";
    link.setAttribute("aria-expanded", String(!open));
    if (open) {
      place.nextElementSibling?.remove();
      return;
    }
    place.nextElementSibling?.matches(".here") && place.nextElementSibling.remove();
    const tag = place.tagName === "LI" ? "li" : "div";
    const copy = make(tag, { class: "here", role: tag === "li" ? "listitem" : "note" });
    for (const child of message.children) copy.append(child.cloneNode(true));
    place.after(copy);
    copy.scrollIntoView({ block: "nearest" });
  });
}

// Rows of a list by what they have: pictures by kind, links by site.
for (const filter of document.querySelectorAll("[data-filter]")) {
  const buttons = [...filter.querySelectorAll("button")];
  const rows = [...document.querySelectorAll(`li[data-${filter.dataset.filter}]`)];
  filter.hidden = false;
  filter.addEventListener("click", (event) => {
    const pressed = event.target.closest("button");
    if (!pressed) return;
    for (const each of buttons) each.setAttribute("aria-pressed", String(each === pressed));
    for (const row of rows) {
      row.hidden = pressed.dataset.value !== "" && row.dataset[filter.dataset.filter] !== pressed.dataset.value;
    }
  });
}
