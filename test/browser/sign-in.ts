/** The person that browser tests sign in as. */
import type { Page } from 'playwright-core';

export const ANNA = { name: 'anna', password: 'correct horse battery', role: 'admin' } as const;
/** Who may change everything, where the other may not. */
export const ADA = { name: 'ada', password: 'wrong horse battery', role: 'admin' } as const;

/** Opens the page and signs in by name and password. @param url of the hub */
export async function signIn(
  page: Page,
  url: string,
  who: Pick<typeof ANNA | typeof ADA, 'name' | 'password'> = ANNA,
): Promise<void> {
  await page.goto(url);
  await page.getByTestId('sign-in-name').fill(who.name);
  await page.getByTestId('sign-in-password').fill(who.password);
  await page.getByTestId('sign-in-submit').click();
}
