// Keying an amount: the number pad, the figure above it, and what is sold.
import { h, icon, onlyIfChanged } from './dom.js';
import { plain } from './money.js';

const keys = ['7', '8', '9', '4', '5', '6', '1', '2', '3', '00', '0', 'erase'];

export class Keypad {
  constructor(language, on) {
    this.language = language;
    this.on = on; // type(digits), erase(), charge()
    this.currency = h('span', { class: 'keyed-currency' });
    this.figure = h('output', { class: 'keyed-figure', id: 'keyed' });
    this.label = h('p', { class: 'label' });
    this.description = h('input', { class: 'field', id: 'description', maxlength: '60', autocomplete: 'off', spellcheck: 'false' });
    this.deposit = h('button', { class: 'switch', type: 'button', role: 'switch', 'data-do': 'deposit', 'aria-checked': 'false', hidden: true, onclick: () => on.deposit() },
      h('i', { class: 'knob' }), h('span', {}), h('kbd', { 'aria-hidden': 'true' }, 'D'));
    this.words = h('div', { class: 'words keyed' },
      this.label, h('p', { class: 'keyed-line' }, this.currency, this.figure), this.description, this.deposit);
    this.charge = h('button', { class: 'button primary charge', type: 'button', 'data-do': 'charge', onclick: () => on.charge() });
    this.pad = h('div', { class: 'pad', role: 'group' }, keys.map((key) => this.#key(key)));
    this.thing = h('div', { class: 'thing keys' }, this.pad, this.charge);
  }

  #key(key) {
    const el = h('button', {
      class: 'key', type: 'button', tabindex: '-1', 'data-key': key,
      onclick: () => (key === 'erase' ? this.on.erase() : this.on.type(key)),
    }, key === 'erase' ? icon('erase') : key);
    return el;
  }

  // show draws the figure; deposit is null where the till takes none.
  show(amount, currency, exponent, deposit) {
    const t = (key) => this.language.t(key);
    onlyIfChanged(this.label, t('key.amount'));
    onlyIfChanged(this.currency, currency);
    onlyIfChanged(this.figure, plain(amount, exponent));
    this.figure.classList.toggle('zero', amount === 0);
    this.figure.dataset.size = plain(amount, exponent).length > 9 ? 'long' : 'short';
    this.deposit.hidden = deposit === null;
    this.deposit.setAttribute('aria-checked', String(deposit === true));
    onlyIfChanged(this.deposit.children[1], t('key.deposit'));
    onlyIfChanged(this.charge, t(deposit ? 'key.hold' : 'key.charge'));
    this.charge.toggleAttribute('data-empty', amount === 0);
    this.description.placeholder = t('key.description');
    this.description.setAttribute('aria-label', t('key.description'));
    this.pad.setAttribute('aria-label', t('key.pad'));
    this.pad.querySelector('[data-key="erase"]').setAttribute('aria-label', t('key.erase'));
  }
}
