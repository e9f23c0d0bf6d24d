/** The time, once a second, for everything that says "3 min ago". */
class Now {
  ms = $state(Date.now());
  constructor() {
    setInterval(() => {
      this.ms = Date.now();
    }, 1000);
  }
}
export const now = new Now();
