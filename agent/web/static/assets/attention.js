// What needs a person: each matter with what the platform says now, and what can
// be done about it. The agent writes the sentences, and judges every choice.
import { Kept, h } from './dom.js';
import { money } from './money.js';
import { Panel } from './panel.js';

const nameMemory = 'tillpay.name';

export class Attention {
  #chosen = null; // the matter that a choice is being made about

  constructor(parent, { api, language, till, onSale, onClose }) {
    Object.assign(this, { api, language, till, onSale });
    this.panel = new Panel(parent, language, { name: 'attention', title: language.t('attention.title'), onClose });
    this.list = h('div', { class: 'matters' });
    this.cards = new Kept(this.list);
    this.panel.fill(language.t('attention.asking'));
    this.load();
  }

  key(name) { return this.panel.key(name); }

  typed() { this.panel.typed(); }

  untype() { this.panel.untype(); }

  // load asks anew, but not under the hands of somebody who is deciding.
  async load() {
    if (this.#chosen) return;
    try {
      const { matters } = await this.api.attention();
      if (!this.#chosen) this.#draw(matters);
    } catch (problem) {
      if (!this.#chosen) this.panel.fill(problem.detail ?? String(problem));
    }
  }

  #draw(matters) {
    if (matters.length === 0) this.panel.fill(this.language.t('attention.none'));
    else {
      const told = (m) => ({ ...m, platform: m.platform && { ...m.platform, asked_at: '' } }); // asking again is no news
      this.cards.show(matters.map((m) => ({ name: m.id, from: told(m), draw: () => this.#card(m) })));
      this.panel.fill(this.list);
    }
  }

  #card(m) {
    const t = (key, values) => this.language.t(key, values);
    const since = this.language.moment(m.raised_at, this.till.time_zone);
    const card = h('article', { class: 'matter', 'data-matter': m.id, 'data-kind': m.kind },
      h('header', { class: 'matter-head' },
        h('strong', {}, m.currency ? money(m.amount, m.currency, this.till) : ''),
        h('span', {}, t('attention.since', { time: since })),
        m.sale ? h('button', { class: 'link', type: 'button', 'data-do': 'sale', onclick: () => this.#toSale(m.sale) }, t('attention.sale')) : null),
      h('p', { class: 'matter-what' }, m.message),
      m.platform ? h('p', { class: 'matter-platform', 'data-answered': String(m.platform.answered) }, m.platform.message) : null);
    card.append(this.#choices(m, card));
    return card;
  }

  #choices(m, card) {
    const say = { confirm: 'attention.confirm', contradicted: 'attention.contradicted' };
    return h('div', { class: 'matter-choices' }, m.choices.map((c) => h('button', {
      class: 'choice', type: 'button', 'data-choice': c.choice, 'data-standing': c.standing, disabled: c.standing === 'contradicted',
      onclick: () => this.#choose(m, c, card),
    }, h('span', {}, c.message), say[c.standing] ? h('small', {}, this.language.t(say[c.standing])) : null)));
  }

  #choose(m, c, card) {
    const t = (key) => this.language.t(key);
    this.#chosen = m.id;
    const note = h('input', { class: 'field', id: 'note', maxlength: '200', autocomplete: 'off', placeholder: t('attention.note'), 'aria-label': t('attention.note') });
    const by = h('input', { class: 'field', id: 'by', maxlength: '20', autocomplete: 'off', placeholder: t('attention.by'), 'aria-label': t('attention.by') });
    by.value = remembered();
    const sure = c.standing === 'confirm'
      ? h('label', { class: 'sure' }, h('input', { type: 'checkbox', id: 'sure' }), h('span', {}, t('attention.sure'))) : null;
    const wrong = h('p', { class: 'form-wrong', role: 'alert' });
    const back = () => {
      this.#chosen = null;
      form.replaceWith(this.#choices(m, card));
      this.load();
    };
    const go = async () => {
      if (note.value.trim() === '') { wrong.textContent = t('attention.why'); note.focus(); return; }
      if (sure && !sure.firstChild.checked) { wrong.textContent = t('attention.unsure'); return; }
      remember(by.value.trim());
      button.disabled = true;
      try {
        await this.api.resolve(m.id, { choice: c.choice, note: note.value.trim(), by: by.value.trim(), confirm: Boolean(sure) });
        this.#chosen = null;
        this.cards.forget(m.id);
        await this.load();
      } catch (problem) {
        button.disabled = false;
        wrong.textContent = problem.detail ?? String(problem);
        if (problem.code?.startsWith('attention_')) { // it is no longer as it was
          this.#chosen = null;
          this.cards.forget(m.id);
          this.load();
        }
      }
    };
    const button = h('button', { class: 'button primary', type: 'button', 'data-do': 'decide', onclick: go }, t('do.decide'));
    const form = h('div', { class: 'matter-form' }, h('p', { class: 'matter-chosen' }, c.message), sure, note, by, wrong,
      h('div', { class: 'actions' }, h('button', { class: 'button quiet', type: 'button', 'data-do': 'back', onclick: back }, t('do.back')), button));
    form.addEventListener('keydown', (event) => { if (event.key === 'Enter' && event.target.closest('input[id]')) go(); });
    card.lastElementChild.replaceWith(form);
    note.focus();
  }

  async #toSale(id) {
    try {
      const sale = await this.api.sale(id);
      this.panel.el.close();
      this.onSale(sale);
    } catch (problem) {
      this.panel.fill(problem.detail ?? String(problem));
    }
  }
}

function remembered() {
  try { return localStorage.getItem(nameMemory) ?? ''; } catch { return ''; }
}

function remember(name) {
  try { localStorage.setItem(nameMemory, name); } catch { /* typed again next time */ }
}
