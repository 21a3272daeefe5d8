// The day's sales beside the stage, newest first.
import { Kept, h } from './dom.js';
import { money } from './money.js';
import { dayOf } from './language.js';
import { over } from './view.js';

export class Day {
  #sales = new Map();
  #cursor = '';
  #day = '';
  #meanwhile = null; // what came while the day was being asked for

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
    this.#meanwhile = [];
    const page = await this.api.sales(this.#day);
    const told = this.#meanwhile;
    this.#meanwhile = null;
    this.#sales.clear();
    this.#take(page);
    told.forEach((sale) => this.put(sale));
  }

  // put takes a state of a sale, unless a newer one is known: answers and events
  // overtake each other.
  put(sale) {
    if (this.newest(sale) !== sale) return false;
    this.#meanwhile?.push(sale);
    if (this.till) this.#list(sale);
    return true;
  }

  // newest is what is known of a sale, if it is newer.
  newest(sale) {
    const known = this.#sales.get(sale.id);
    return known?.version > sale.version ? known : sale;
  }

  // list has today's sales, and older ones that are not over.
  #list(sale) {
    const today = dayOf(Date.now(), this.till.time_zone);
    if (today !== this.#day) { // midnight
      this.#day = today;
      for (const [id, s] of this.#sales) if (over(s)) this.#sales.delete(id);
    }
    if (!this.#sales.has(sale.id) && over(sale) && dayOf(Date.parse(sale.created_at), this.till.time_zone) !== today) return;
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
    for (const sale of page?.sales ?? []) this.#sales.set(sale.id, this.newest(sale));
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
