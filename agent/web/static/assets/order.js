// An order that the customer pays in an app: which platform makes it, and what the
// platform wants to know of the payer. The fields are the driver's, as data.
import { h } from './dom.js';

export class Order {
  constructor(parent, { language, channels, send }) {
    Object.assign(this, { language, channels, send });
    const t = (key) => language.t(key);
    this.picks = h('div', { class: 'picks', role: 'radiogroup', 'aria-label': t('order.channel') }, channels.map((c, i) => h('label', { class: 'pick' },
      h('input', { type: 'radio', name: 'channel', value: c.name, checked: i === 0, onchange: () => this.#fields() }), h('span', {}, c.name))));
    this.fields = h('div', { class: 'order-fields' });
    this.wrong = h('p', { class: 'form-wrong', role: 'alert' });
    this.go = h('button', { class: 'button primary', type: 'button', 'data-do': 'go', onclick: () => this.next() }, t('do.order'));
    this.el = h('dialog', { class: 'ask order', 'aria-labelledby': 'order-title', 'data-form': 'order' },
      h('h2', { id: 'order-title' }, t('order.title')), h('p', {}, t('order.say')), channels.length > 1 ? this.picks : null, this.fields, this.wrong,
      h('div', { class: 'actions' }, h('button', { class: 'button quiet', type: 'button', 'data-do': 'back', onclick: () => this.el.close() }, t('do.back')), this.go));
    this.ended = new Promise((resolve) => {
      this.el.addEventListener('close', () => { this.el.remove(); resolve(); });
    });
    parent.append(this.el);
    this.el.showModal();
    this.#fields();
  }

  get #channel() {
    const picked = this.picks.querySelector('input:checked')?.value;
    return this.channels.find((c) => c.name === picked) ?? this.channels[0];
  }

  #fields() {
    this.wrong.textContent = '';
    this.fields.replaceChildren(...this.#channel.payer.map((f) => this.#field(f)));
    (this.fields.querySelector('input, select') ?? this.go).focus();
  }

  #field(f) {
    const label = f.required ? f.name : `${f.name} (${this.language.t('order.optional')})`;
    const input = f.values
      ? h('select', { class: 'field', name: f.name, 'data-own-keys': '' }, f.values.map((v) => h('option', { value: v }, v)))
      : h('input', { class: 'field', name: f.name, maxlength: '128', autocomplete: 'off', spellcheck: 'false' });
    return h('label', { class: 'order-field' }, h('span', {}, label), input);
  }

  typed() { /* digits that belong to no field */ }

  untype() { /* as above */ }

  key(name) {
    if (name !== 'Enter') return false;
    this.next();
    return true;
  }

  async next() {
    if (this.go.disabled) return;
    const payer = {};
    for (const input of this.fields.querySelectorAll('[name]')) {
      if (input.value.trim() !== '') payer[input.name] = input.value.trim();
    }
    this.go.disabled = true;
    try {
      await this.send({ channel: this.#channel.name, payer });
      this.el.close();
    } catch (problem) {
      this.go.disabled = false;
      this.wrong.textContent = problem.detail ?? String(problem);
    }
  }
}
