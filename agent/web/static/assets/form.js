// A step that moves money: an amount is keyed, what it means is said beside it,
// and it is looked at a second time before it is done.
import { h, icon, onlyIfChanged } from './dom.js';
import { Keyed, exponentOf, money, plain } from './money.js';

const settle = 400; // ms in which a second Enter may still be the first one's
const keys = ['7', '8', '9', '4', '5', '6', '1', '2', '3', '00', '0', 'erase'];

export class Form {
  #keyed = new Keyed();
  #sending = false;
  #second = false; // it is being looked at
  #turned = 0;

  // about: title, currency, most (all there is), all (the word for it), means(amount)
  // under the figure, reasons (offered beside a field; empty: none is asked),
  // review(amount), yes (the word on the last button), send(amount, reason),
  // late(problem) where the form was closed over its answer.
  constructor(parent, language, till, about) {
    Object.assign(this, { language, till, about });
    const t = (key) => language.t(key);
    this.figure = h('output', { class: 'form-figure', id: 'form-figure' });
    this.means = h('p', { class: 'form-means', id: 'form-means' });
    this.wrong = h('p', { class: 'form-wrong', role: 'alert', id: 'form-wrong' });
    this.reason = h('input', { class: 'field', id: 'reason', maxlength: '80', autocomplete: 'off', placeholder: t('form.reason'), 'aria-label': t('form.reason') });
    this.whole = h('button', { class: 'button quiet', type: 'button', 'data-do': 'all', onclick: () => this.all() }, about.all);
    this.stay = h('button', { class: 'button quiet', type: 'button', 'data-do': 'back', onclick: () => this.#back() }, t('do.back'));
    this.go = h('button', { class: 'button primary', type: 'button', 'data-do': 'go', autofocus: true, onclick: () => this.next() });
    this.first = h('div', { class: 'form-first' },
      h('div', { class: 'form-words' }, this.figure, this.means, this.whole, this.#reasons()),
      h('div', { class: 'pad', role: 'group', 'aria-label': t('key.pad') }, keys.map((key) => this.#key(key))));
    this.second = h('p', { class: 'form-review', id: 'form-review' });
    this.el = h('dialog', { class: 'ask form', 'aria-labelledby': 'form-title', 'data-form': about.name },
      h('h2', { id: 'form-title' }, about.title), this.first, this.second, this.wrong, h('div', { class: 'actions' }, this.stay, this.go));
    this.el.addEventListener('cancel', (event) => { if (this.#sending) event.preventDefault(); }); // its answer is to be seen
    this.ended = new Promise((resolve) => {
      this.el.addEventListener('close', () => { this.el.remove(); resolve(); });
    });
    parent.append(this.el);
    this.el.showModal();
    this.#draw();
  }

  #reasons() {
    if (!this.about.reasons) return null;
    return h('div', { class: 'form-reasons' }, this.reason, h('div', { class: 'chips' }, this.about.reasons.map((text) => h('button', {
      class: 'small-chip', type: 'button', 'data-reason': '', onclick: () => { this.reason.value = text; this.wrong.textContent = ''; },
    }, text))));
  }

  #key(key) {
    return h('button', { class: 'key', type: 'button', tabindex: '-1', 'data-key': key, 'aria-label': key === 'erase' ? this.language.t('key.erase') : null,
      onclick: () => (key === 'erase' ? this.erase() : this.typed(key)) }, key === 'erase' ? icon('erase') : key);
  }

  typed(digits) {
    if (this.#second) return;
    this.#keyed.type(digits);
    this.#draw();
  }

  untype() {
    if (this.#second) return;
    this.#keyed.clear();
    this.#draw();
  }

  erase() {
    if (this.#second) return; // what is looked at is what is done
    this.#keyed.erase();
    this.#draw();
  }

  all() {
    this.#keyed.clear();
    this.#keyed.type(String(this.about.most));
    this.#draw();
  }

  // key reports whether the form used it. Escape is the dialog's own.
  key(name) {
    if (name === 'Enter') this.next();
    else if (name === 'Backspace') this.erase();
    else return false;
    return true;
  }

  next() {
    const { most, currency, reasons } = this.about;
    const { amount } = this.#keyed;
    const t = (key, values) => this.language.t(key, values);
    if (this.#sending) return;
    if (this.#second) {
      if (performance.now() - this.#turned > settle) this.#send();
      return;
    }
    if (amount === 0) this.wrong.textContent = t('key.zero');
    else if (amount > most) this.wrong.textContent = t('form.most', { amount: money(most, currency, this.till) });
    else if (reasons && this.reason.value.trim() === '') {
      this.wrong.textContent = t('form.why');
      this.reason.focus();
    } else {
      this.#second = true;
      this.#turned = performance.now();
      this.#draw();
      this.go.focus();
    }
  }

  #back() {
    if (this.#sending) return;
    if (!this.#second) { this.el.close(); return; }
    this.#second = false;
    this.#draw();
  }

  // send leaves the form open where it failed, so that trying again is the same
  // request and not a second one.
  async #send() {
    this.#sending = true;
    this.#draw();
    try {
      await this.about.send(this.#keyed.amount, this.reason.value.trim());
      this.el.close();
    } catch (problem) {
      if (!this.el.isConnected) return this.about.late(problem);
      this.#sending = false;
      this.#draw();
      this.wrong.textContent = problem.detail ?? String(problem);
    }
  }

  #draw() {
    const { currency, most, means, review, yes } = this.about;
    const { amount } = this.#keyed;
    this.wrong.textContent = '';
    this.first.hidden = this.#second;
    this.second.hidden = !this.#second;
    this.second.textContent = this.#second ? review(amount) : '';
    onlyIfChanged(this.figure, `${currency} ${plain(amount, exponentOf(currency, this.till))}`);
    this.figure.dataset.over = String(amount > most);
    onlyIfChanged(this.means, amount > 0 && amount <= most ? means(amount) : this.language.t('form.upto', { amount: money(most, currency, this.till) }));
    this.go.textContent = this.#second ? yes : this.language.t('do.next');
    this.go.disabled = this.#sending;
    this.stay.disabled = this.#sending;
  }
}
