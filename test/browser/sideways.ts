/** Whether a page would have to be scrolled sideways. */
import type { Page } from 'playwright-core';

/** Pixels by which anything on the page stands out of the window; what lies in something that scrolls or cuts by itself does not. */
export function standsOut(page: Page): Promise<number> {
  return page.evaluate(() => {
    const scrolls = (element: Element): boolean => getComputedStyle(element).overflowX !== 'visible';
    const rights = [...document.querySelectorAll('main *')].flatMap((element) => {
      for (let up = element.parentElement; up && up !== document.body; up = up.parentElement)
        if (scrolls(up)) return [];
      return element.getBoundingClientRect().right;
    });
    return Math.max(0, ...rights) - document.documentElement.clientWidth;
  });
}
