// Shows the posts of the archive that hold every word of the search field.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const field = document.getElementById("find");
if (field) {
  const rows = [...document.querySelectorAll("[data-post]")];
  const texts = new Map(rows.map((row) => [row, plain(POSTS[row.dataset.post] ?? row.textContent)]));
  const hasRows = (part) => part.querySelector("[data-post]:not([hidden])") !== null;
  field.parentElement.hidden = false;
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => texts.get(row).includes(word));
    for (const part of document.querySelectorAll(".month, .year")) part.hidden = !hasRows(part);
    document.getElementById("found").hidden = hasRows(document);
  });
}
