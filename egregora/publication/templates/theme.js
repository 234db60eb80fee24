// Before the page is drawn: the light or dark that the reader chose last time.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A reader who allows no storage has the system's choice.
}
