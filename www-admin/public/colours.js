// Before anything is painted: the colours that the user has chosen, as theme.ts keeps them. A file, as the page may run nothing else.
try {
  const theme = JSON.parse(localStorage.getItem("mobileim-demo/theme"));
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {}
