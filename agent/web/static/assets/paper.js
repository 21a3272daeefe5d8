// The receipt as it came out of the printer, sliding out of a slot. The HTML is
// our own renderer's; a shadow root keeps its styles and the page's apart.
import { h, calm } from './dom.js';

const largest = 1.3; // of a narrow receipt's type

export class Paper {
  #shown = '';
  #turn = 0;

  constructor(api, language) {
    this.api = api;
    this.language = language;
    this.sheet = h('div', { class: 'sheet' });
    this.root = this.sheet.attachShadow({ mode: 'open' });
    this.content = h('div');
    this.content.style.width = 'max-content'; // its own width first, then scaled as a whole
    const styles = h('link', { rel: 'stylesheet', href: '/assets/paper.css', onload: () => this.#fit() });
    this.root.append(styles, this.content);
    new ResizeObserver(() => this.#fit()).observe(this.sheet);
    this.feed = h('div', { class: 'feed', tabindex: '0', role: 'region' }, this.sheet);
    this.state = h('p', { class: 'paper-state' });
    this.el = h('div', { class: 'slip' }, h('div', { class: 'slot' }), this.feed, this.state);
  }

  // show fetches and shows the receipt of a sale, once for each version of it.
  async show(sale, mayPrint) {
    this.feed.setAttribute('aria-label', this.language.t('receipt.title'));
    const asking = `receipt.ask.${sale.receipt}`; // who may print no copy is told whom to ask
    this.state.textContent = this.language.t(!mayPrint && this.language.has(asking) ? asking : `receipt.${sale.receipt}`);
    this.state.dataset.receipt = sale.receipt;
    const version = [sale.id, sale.state, sale.refunded_amount, sale.refunds?.length ?? 0].join(' ');
    if (version === this.#shown) return;
    const fresh = !this.#shown.startsWith(`${sale.id} `);
    this.#shown = version;
    const turn = ++this.#turn;
    if (fresh) this.content.replaceChildren();
    this.sheet.classList.toggle('inside', fresh);
    try {
      const html = await this.api.receipt(sale.id);
      if (turn !== this.#turn) return; // another sale is on the stage by now
      this.content.innerHTML = html;
      this.#fit();
      if (fresh) this.#slide();
    } catch {
      if (turn === this.#turn) this.#shown = ''; // the next event tries again
    }
  }

  forget() {
    this.#turn++;
    this.#shown = '';
    this.content.replaceChildren();
  }

  // fit scales the paper to the room that the till leaves, and never wraps a line
  // that the printer would not wrap.
  #fit() {
    this.content.style.zoom = '1';
    const [room, wanted] = [this.sheet.clientWidth, this.content.offsetWidth];
    if (room > 0 && wanted > 0) this.content.style.zoom = String(Math.min(largest, room / wanted));
  }

  #slide() {
    this.feed.scrollTop = 0;
    this.sheet.classList.remove('inside');
    if (calm()) return;
    // A printer feeds line by line: quick steps, with a breath in between.
    this.sheet.animate([{ transform: 'translateY(-101%)' }, { transform: 'translateY(-38%)', offset: 0.55 },
      { transform: 'translateY(-38%)', offset: 0.65 }, { transform: 'none' }],
    { duration: 1100, easing: 'steps(34, end)' });
  }
}
