// The day's sales beside the stage, newest first.
import { Kept, h } from './dom.js';
import { money } from './money.js';
import { dayOf } from './language.js';

export class Day {
  #sales = new Map();
  #cursor = '';
  #day = '';

  constructor(api, language, on) {
    this.api = api;
    this.language = language;
    this.on = on; // pick(sale), failed(problem)
    this.title = h('h2', { class: 'day-title' });
    this.close = h('button', { class: 'day-close', type: 'button', onclick: () => this.toggle(false) }, '×');
    this.list = h('ol', { class: 'day-list' });
    this.rows = new Kept(this.list);
    this.none = h('p', { class: 'day-none' });
    this.more = h('button', { class: 'day-more', type: 'button', hidden: true, onclick: () => this.#page() });
    this.el = h('aside', { class: 'day' }, h('div', { class: 'day-head' }, this.title, this.close),
      this.none, this.list, this.more);
  }

  get sales() { return [...this.#sales.values()].sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at)); }

  toggle(open = !this.el.hasAttribute('data-open')) {
    const now = this.el.toggleAttribute('data-open', open);
    if (now) this.close.focus();
  }

  // load starts over: after a lost connection nobody knows what was missed.
  async load(till) {
    this.till = till;
    this.#day = dayOf(Date.now(), till.time_zone);
    const page = await this.api.sales(this.#day);
    this.#sales.clear();
    this.#take(page);
  }

  put(sale) {
    if (!this.till) return;
    if (dayOf(Date.now(), this.till.time_zone) !== this.#day) { // midnight
      this.#day = dayOf(Date.now(), this.till.time_zone);
      this.#sales.clear();
    }
    const known = this.#sales.has(sale.id);
    if (!known && dayOf(Date.parse(sale.created_at), this.till.time_zone) !== this.#day) return;
    this.#sales.set(sale.id, sale);
    this.show();
  }

  async #page() {
    try {
      this.#take(await this.api.sales(this.#day, this.#cursor));
    } catch (problem) {
      this.on.failed(problem);
    }
  }

  #take(page) {
    for (const sale of page?.sales ?? []) this.#sales.set(sale.id, sale);
    this.#cursor = page?.next_cursor ?? '';
    this.show();
  }

  show(picked = this.picked) {
    this.picked = picked;
    if (!this.till) return;
    this.el.setAttribute('aria-label', this.language.t('bar.day'));
    this.title.textContent = this.language.t('day.title');
    this.close.setAttribute('aria-label', this.language.t('do.close'));
    this.more.textContent = this.language.t('do.earlier');
    this.more.hidden = !this.#cursor;
    this.none.textContent = this.#sales.size ? '' : this.language.t('day.none');
    this.rows.show(this.sales.map((sale) => ({
      name: sale.id, draw: () => this.#row(sale),
      from: [sale.state, sale.amount, sale.currency, sale.created_at, sale.id === this.picked, this.language.tag],
    })));
  }

  #row(sale) {
    return h('li', {}, h('button', {
      type: 'button', class: 'day-row', 'data-sale': sale.id, 'data-state': sale.state,
      'aria-current': sale.id === this.picked ? 'true' : null,
      onclick: () => { this.toggle(false); this.on.pick(this.#sales.get(sale.id) ?? sale); },
    },
    h('span', { class: 'day-amount' }, money(sale.amount, sale.currency, this.till)),
    h('time', { class: 'day-time' }, this.language.time(sale.created_at, this.till.time_zone)),
    h('span', { class: 'day-state' }, this.language.t(`state.${sale.state}`))));
  }
}
