/** Short messages at the edge of the page; also read out by screen readers. */
interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'bad';
}

class Notices {
  list = $state.raw<Notice[]>([]);
  #next = 0;

  say(text: string, tone: Notice['tone'] = 'plain'): void {
    const id = this.#next++;
    this.list = [...this.list.filter((notice) => notice.text !== text), { id, text, tone }].slice(-3);
    setTimeout(() => this.dismiss(id), tone === 'bad' ? 9000 : 4500);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
