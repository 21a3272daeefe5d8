// The customer's phone: its payment code, the question for a PIN, and what became
// of the money. It shows what /demo/state says and posts what is tapped.
import { h, svg, icon, onlyIfChanged } from '../dom.js';
import { money } from '../money.js';
import { drawing } from './code128.js';
import { path } from '../qr.js';

const showResult = 3800; // ms
const pinLength = 6;
const pad = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0', 'erase'];
const good = new Set(['paid', 'refunded', 'not_charged']);

export class Phone {
  #state = null;
  #pin = '';
  #drawn = '';
  #asked = '';
  #renewed = '';
  #result = null;

  constructor(language, post) {
    this.language = language;
    this.post = post; // (path, body)
    this.screen = h('div', { class: 'screen', role: 'status', 'aria-live': 'polite' });
    this.el = h('section', { class: 'phone', 'data-own-keys': '', onkeydown: (e) => this.#key(e) },
      h('div', { class: 'ear' }), this.screen);
    setInterval(() => this.#tick(), 500);
  }

  show(phone, till) {
    this.till = till;
    const newest = latest(phone)[0];
    const before = this.#state && latest(this.#state)[0];
    if (this.#state && newest && newest.at !== before?.at) {
      this.#result = newest;
      setTimeout(() => { if (this.#result === newest) { this.#result = null; this.draw(); } }, showResult);
    }
    if (phone.asking?.out_trade_no !== this.#asked) {
      this.#asked = phone.asking?.out_trade_no;
      this.#pin = '';
    }
    if (phone.asking) this.#result = null;
    this.#state = phone;
    this.draw();
  }

  draw() {
    const phone = this.#state;
    if (!phone) return;
    this.el.setAttribute('aria-label', this.language.t('demo.phone'));
    const drawn = JSON.stringify([phone.code, phone.asking, phone.history, this.#result, this.#pin.length, this.language.tag]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const again = this.screen.contains(document.activeElement) ? document.activeElement.dataset.tap : '';
    this.screen.replaceChildren(...(phone.asking ? this.#asking(phone.asking)
      : this.#result ? this.#done(this.#result) : this.#code(phone)));
    if (again) this.screen.querySelector(`[data-tap="${again}"]`)?.focus();
    this.#tick();
  }

  #code(phone) {
    const t = (key, values) => this.language.t(key, values);
    const bars = drawing(phone.code);
    this.left = h('i', {});
    this.fresh = h('span', {});
    return [
      h('h2', {}, t('phone.pay')),
      h('div', { class: 'code-card' },
        svg('svg', { class: 'bars', viewBox: `0 0 ${bars.width} 1`, preserveAspectRatio: 'none', 'aria-hidden': 'true', 'shape-rendering': 'crispEdges' }, svg('path', { d: bars.d })),
        h('p', { class: 'digits', id: 'phone-code' }, phone.code.replace(/(\d{4})(?=\d)/g, '$1 ')),
        svg('svg', { class: 'qr', viewBox: '0 0 21 21', 'aria-hidden': 'true', 'shape-rendering': 'crispEdges' }, svg('path', { d: path(phone.code) })),
        h('div', { class: 'life' }, this.left),
        h('p', { class: 'fresh' }, this.fresh,
          h('button', { type: 'button', 'data-tap': 'renew', onclick: () => this.post('/demo/phone/renew', {}) }, t('phone.renew')))),
      h('div', { class: 'history' }, h('h3', {}, t('phone.history')), this.#history(phone)),
    ];
  }

  #history(phone) {
    const lines = latest(phone).slice(0, 3);
    if (lines.length === 0) return h('p', { class: 'nothing' }, this.language.t('phone.nothing'));
    return h('ul', {}, lines.map((line) => h('li', { 'data-kind': line.text_key },
      h('span', {}, this.#word(line)), h('b', {}, money(line.amount, line.currency, this.till)))));
  }

  #word(line) { return this.language.t(`phone.${line.text_key}`); }

  #asking(asking) {
    const t = (key, values) => this.language.t(key, values);
    return [
      h('div', { class: 'asking' },
        h('p', { class: 'payto' }, t('phone.payto', { shop: this.till.store_name })),
        h('p', { class: 'sum' }, money(asking.amount, asking.currency, this.till)),
        asking.description && asking.description !== this.till.store_name ? h('p', { class: 'what' }, asking.description) : null,
        h('p', { class: 'hint' }, t('phone.pin')),
        h('p', { class: 'pin', 'aria-label': t('phone.pins', { n: this.#pin.length }) },
          Array.from({ length: pinLength }, (_, i) => h('i', { class: i < this.#pin.length ? 'full' : null })))),
      h('div', { class: 'pinpad' }, pad.map((key) => (key === '' ? h('span', {}) : h('button', {
        type: 'button', 'data-tap': key, 'aria-label': key === 'erase' ? t('phone.erase') : null, onclick: () => this.#tap(key),
      }, key === 'erase' ? icon('erase') : key)))),
      h('div', { class: 'choice' },
        h('button', { type: 'button', 'data-tap': 'reject', onclick: () => this.post('/demo/phone/reject', {}) }, t('phone.reject')),
        h('button', { type: 'button', class: 'yes', 'data-tap': 'confirm', disabled: this.#pin.length < pinLength, onclick: () => this.#confirm() }, t('phone.confirm'))),
    ];
  }

  #done(line) {
    return [h('div', { class: 'result', 'data-kind': line.text_key },
      h('div', { class: 'result-icon' }, icon(line.text_key === 'refunded' ? 'back' : good.has(line.text_key) ? 'check' : 'cross')),
      h('p', { class: 'result-word' }, this.#word(line)),
      h('p', { class: 'sum' }, money(line.amount, line.currency, this.till)))];
  }

  #tap(key) {
    this.#pin = key === 'erase' ? this.#pin.slice(0, -1) : (this.#pin + key).slice(0, pinLength);
    this.draw();
  }

  #confirm() {
    const pin = this.#pin;
    if (pin.length < pinLength) return;
    this.#pin = '';
    this.post('/demo/phone/confirm', { pin });
  }

  #key(event) {
    if (!this.#state?.asking || event.ctrlKey || event.metaKey) return;
    if (/^[0-9]$/.test(event.key)) this.#tap(event.key);
    else if (event.key === 'Backspace') this.#tap('erase');
    else if (event.key === 'Enter' && !event.target.closest('button')) this.#confirm();
    else return;
    event.preventDefault();
  }

  #tick() {
    const phone = this.#state;
    if (!phone || !this.left) return;
    const left = Math.max(0, Date.parse(phone.expires_at) - Date.now());
    this.left.style.width = `${Math.min(100, left / phone.life_seconds / 10)}%`;
    onlyIfChanged(this.fresh, left > 0
      ? this.language.t('phone.fresh', { n: Math.ceil(left / 1000) }) : this.language.t('phone.old'));
    if (left > 0 || phone.mode === 'expired' || phone.asking || this.#renewed === phone.code) return;
    this.#renewed = phone.code;
    this.post('/demo/phone/renew', {});
  }
}

function latest(phone) { return [...(phone.history ?? [])].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)); }
