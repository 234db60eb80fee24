// Finds posts by every word that is typed; each quarter's script hands its posts over by POSTS.push(...).
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const POSTS = [];

document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("find");
  if (!field) return;
  const most = 50;
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const list = document.getElementById("found");
  const count = document.getElementById("count");
  let rows;

  const ranked = (words) => {
    rows ??= POSTS.map(([path, title, day, text]) => ({ path, title, day, text, head: plain(title), body: plain(text) }));
    const found = [];
    for (const row of rows) {
      let score = 0;
      for (const word of words) {
        const inTitle = row.head.includes(word);
        if (!inTitle && !row.body.includes(word)) { score = 0; break; }
        score += inTitle ? 3 : 1;
      }
      if (score) found.push([score, row]);
    }
    return found.sort((one, other) => other[0] - one[0]).map(([, row]) => row);
  };

  // The part of a text around the first word found, with every word found marked. Folding may change lengths, so
  // places are looked for in the text itself where it can be done.
  const excerpt = (text, words) => {
    const lower = text.toLowerCase();
    const first = Math.min(...words.map((word) => lower.indexOf(word)).filter((at) => at >= 0), text.length);
    const start = first === text.length ? 0 : Math.max(0, text.lastIndexOf(" ", Math.max(0, first - 60)) + 1);
    return marked((start ? "… " : "") + text.slice(start, start + 220) + (start + 220 < text.length ? " …" : ""), words);
  };

  const marked = (text, words) => {
    const shown = document.createElement("p");
    shown.dir = "auto";
    const lower = text.toLowerCase();
    let at = 0;
    while (at < text.length) {
      const next = words.map((word) => [lower.indexOf(word, at), word]).filter(([place]) => place >= 0).sort((a, b) => a[0] - b[0])[0];
      if (!next || lower.length !== text.length) break;
      shown.append(text.slice(at, next[0]));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(next[0], next[0] + next[1].length);
      shown.append(mark);
      at = next[0] + next[1].length;
    }
    shown.append(text.slice(at));
    return shown;
  };

  const item = (row, words) => {
    const entry = document.createElement("li");
    const day = document.createElement("time");
    day.textContent = row.day;
    const link = document.createElement("a");
    link.href = row.path;
    link.dir = "auto";
    link.textContent = row.title;
    const box = document.createElement("div");
    box.append(link, excerpt(row.text, words));
    entry.append(day, box);
    return entry;
  };

  const show = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    const found = words.length ? ranked(words) : [];
    list.replaceChildren(...found.slice(0, most).map((row) => item(row, words)));
    const noun = count.dataset[plural.select(found.length)] ?? count.dataset.other;
    count.textContent = !words.length ? "" : found.length ? `${found.length} ${noun}` : count.dataset.nothing;
    try {
      history.replaceState(null, "", words.length ? `#${encodeURIComponent(field.value.trim())}` : location.pathname);
    } catch {
      // A page that was opened from a folder may not change its address.
    }
  };

  field.parentElement.hidden = false;
  field.addEventListener("input", show);
  try {
    field.value = decodeURIComponent(location.hash.slice(1));
  } catch {
    // An address that somebody mistyped searches for nothing.
  }
  if (field.value) show();
});
