// A day compared with the platforms' own statements: what differs first, each with
// what to do; what agrees is only counted.
import { h } from './dom.js';
import { money } from './money.js';
import { dayOf } from './language.js';
import { Panel } from './panel.js';

const dayLong = 86400000;

export class Reconcile {
  constructor(parent, { api, language, till, onClose }) {
    Object.assign(this, { api, language, till });
    this.panel = new Panel(parent, language, { name: 'reconcile', title: language.t('reconcile.title'), onClose });
    this.day = h('input', { class: 'field date', id: 'reconcile-day', type: 'date', 'data-own-keys': '', max: dayOf(Date.now(), 'Asia/Shanghai'), 'aria-label': language.t('reconcile.day') });
    this.day.value = dayOf(Date.now() - dayLong, 'Asia/Shanghai'); // the platforms' yesterday
    this.go = h('button', { class: 'button primary', type: 'button', 'data-do': 'compare', onclick: () => this.#compare() }, language.t('do.compare'));
    this.found = h('div', { class: 'reconcile-found' });
    this.panel.fill(h('div', { class: 'reconcile-ask' }, this.day, this.go, h('p', {}, language.t('reconcile.zone'))), this.found);
  }

  key(name) { return this.panel.key(name); }

  typed() { this.panel.typed(); }

  untype() { this.panel.untype(); }

  async #compare() {
    if (!this.day.value) { this.day.focus(); return; }
    this.go.disabled = true;
    this.found.replaceChildren(h('p', { class: 'panel-none' }, this.language.t('reconcile.asking')));
    try {
      this.#draw(await this.api.reconcile(this.day.value));
    } catch (problem) {
      this.found.replaceChildren(h('p', { class: 'panel-none' }, problem.detail ?? String(problem)));
    }
    this.go.disabled = false;
  }

  #draw(r) {
    this.found.replaceChildren(...r.channels.map((c) => this.#channel(c)),
      ...r.without.map((w) => h('section', { class: 'compared', 'data-channel': w.channel }, h('h3', {}, w.channel), h('p', {}, w.message))));
  }

  #channel(c) {
    const t = (key, values) => this.language.t(key, values);
    const wrong = c.rows.filter((row) => row.result !== 'matched');
    const count = (key, n) => h('li', { 'data-count': key, 'data-none': String(n === 0) }, h('b', {}, String(n)), h('span', {}, t(`reconcile.${key}`)));
    return h('section', { class: 'compared', 'data-channel': c.channel },
      h('h3', {}, c.channel),
      h('ul', { class: 'counts' }, count('matched', c.matched), count('different', c.different), count('only_here', c.only_here), count('only_there', c.only_there)),
      c.warning ? h('p', { class: 'form-wrong' }, c.warning) : null,
      wrong.length === 0 ? h('p', { class: 'compared-good' }, t('reconcile.good')) : this.#table(wrong));
  }

  #table(rows) {
    const t = (key) => this.language.t(key);
    const side = (s) => (s ? money(s.amount, s.currency, this.till) : '–');
    return h('table', {},
      h('thead', {}, h('tr', {}, ['reconcile.order', 'reconcile.here', 'reconcile.there', 'reconcile.todo'].map((key) => h('th', { scope: 'col' }, t(key))))),
      h('tbody', {}, rows.map((row) => h('tr', { 'data-result': row.result },
        h('td', { class: 'number' }, row.refund_no || row.out_trade_no || row.platform_id || ''),
        h('td', { class: 'sum' }, side(row.here)), h('td', { class: 'sum' }, side(row.there)), h('td', {}, row.message)))));
  }
}
