// Runs before the first paint, so that a chosen theme does not flash. The rest is in src/lib/theme.svelte.ts.
try {
  const chosen = localStorage.getItem('vidette-theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
} catch (error) {
  console.info('The theme cannot be remembered here:', error);
}
