/** Dark, light, or as the system says. `public/theme.js` applies a remembered choice before the first paint. */
export type Choice = 'system' | 'dark' | 'light';
const KEY = 'vidette-theme';

function remembered(): Choice {
  const { theme } = document.documentElement.dataset;
  return theme === 'dark' || theme === 'light' ? theme : 'system';
}

class Theme {
  choice = $state<Choice>(remembered());

  choose(choice: Choice): void {
    this.choice = choice;
    if (choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try {
      if (choice === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch (error) {
      console.info('The theme cannot be remembered here:', error);
    }
  }
}

export const theme = new Theme();
