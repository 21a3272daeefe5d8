// The stage: one sale, in words that carry across the counter on the left, and
// the thing to look at (the number pad, a countdown, the receipt) on the right.
import { Kept, h, svg, icon, onlyIfChanged } from './dom.js';
import { path, side } from './qr.js';
import { Ring } from './ring.js';

const shortcut = {
  new: 'Enter', check: 'C', reprint: 'P', cancel: 'Esc', stop: 'Esc', live: 'Enter',
  refund: 'R', capture: 'C', release: 'R', order: 'O', 'print-order': 'P',
};

const lasting = { error: 9000, held: 20000 }; // ms that a notice stays; others 5000

export class Stage {
  #turn = ''; // what the words and buttons are about: they stay while it does
  #words = null;
  #actions = null;

  constructor(language, paper, keypad, on) {
    this.language = language;
    this.paper = paper;
    this.keypad = keypad;
    this.on = on; // do(action)
    this.ring = new Ring(language);
    this.aloud = h('div', { class: 'unseen', role: 'status', 'aria-live': 'assertive', 'aria-atomic': 'true', id: 'aloud' });
    this.banner = h('div', { class: 'banner', role: 'alert', hidden: true });
    this.notice = h('p', { class: 'notice', role: 'status', hidden: true });
    this.wedge = h('input', { class: 'wedge', id: 'wedge', 'data-do': 'wedge', readonly: true, inputmode: 'none', autocomplete: 'off' });
    this.wedgeBox = h('label', { class: 'wedge-box' }, icon('scanner'), this.wedge);
    this.inner = h('div', { class: 'stage-inner' });
    this.halves = new Kept(this.inner);
    this.el = h('main', { class: 'stage', id: 'stage', tabindex: '-1' },
      this.aloud, this.banner, this.inner, this.notice);
  }

  // loading, signed out: nothing but words.
  plain(name, word, sentence) {
    this.#tone(name);
    this.#fill([{ name: 'plain', from: [name, word, sentence], draw: () => h('div', { class: 'words' },
      icon(name === 'signin' ? 'signin' : 'wait', 'icon badge'), h('h1', { class: 'word' }, word), h('p', { class: 'sentence' }, sentence)) }]);
    onlyIfChanged(this.aloud, `${word} ${sentence}`);
  }

  // key shows the number pad; live is another sale that is still under way.
  key(offline, live) {
    this.#tone(offline ? 'offline' : 'key');
    this.#fill([{ name: 'key', from: '', draw: () => this.keypad.words }, { name: 'pad', from: '', draw: () => this.keypad.thing }]);
    const chip = this.keypad.words.querySelector('.chip');
    const same = (chip?.firstChild.textContent ?? '') === (live || ''); // then it stays under a finger
    if (!same) chip?.remove();
    if (live && !same) this.keypad.words.append(h('p', { class: 'chip' }, live, ' ', this.#button('live', 'quiet')));
    onlyIfChanged(this.aloud, '');
  }

  // sale draws anew what changed. While it is the same sale in the same tone, a
  // button is the same button: a press that is under way counts.
  sale(sale, view) {
    this.#tone(view.tone);
    this.el.dataset.sale = sale.id;
    const turn = [sale.id, view.tone, this.language.tag];
    if (JSON.stringify(turn) !== this.#turn) {
      this.#turn = JSON.stringify(turn);
      this.#words = new Kept(h('div', { class: 'words' }));
      this.#actions = new Kept(h('div', { class: 'actions' }));
    }
    const focus = this.#focused();
    this.#say(view);
    this.#fill([{ name: 'words', from: turn, draw: () => this.#words.el }, this.#thing(view, turn)], focus);
    this.ring.show(view.countdown);
    if (view.paper) this.paper.show(sale, view.mayPrint);
    onlyIfChanged(this.aloud, `${view.word}. ${view.amount}. ${view.sentence}`);
  }

  #say(view) {
    this.wedge.setAttribute('aria-label', this.language.t('wedge.label'));
    this.wedge.placeholder = this.language.t('wedge.ready');
    const piece = (name, from, draw) => ({ name, from, draw });
    this.#words.show([
      piece('word', view.word, () => h('h1', { class: 'word' }, view.word)),
      piece('amount', view.amount, () => h('p', { class: 'amount', id: 'amount', 'data-long': view.amount.length > 10 }, view.amount)),
      piece('sentence', view.sentence, () => h('p', { class: 'sentence', id: 'sentence' }, view.sentence)),
      view.note && piece('note', view.note, () => h('p', { class: 'note' }, view.note)),
      view.facts.length && piece('facts', view.facts, () => h('ul', { class: 'facts' }, view.facts.map((f) => h('li', { 'data-fact': f.kind }, f.text)))),
      view.ask && piece('ask', view.ask, () => h('p', { class: 'note ask-manager' }, view.ask)),
      piece('actions', '', () => this.#actions.el),
    ].filter(Boolean));
    const weight = (i) => (i === 0 && !view.wantsCode ? 'primary' : 'quiet');
    this.#actions.show([
      view.wantsCode && piece('wedge', '', () => this.wedgeBox),
      ...view.actions.map((name, i) => piece(name, weight(i), () => this.#button(name, weight(i)))),
    ].filter(Boolean));
  }

  #button(name, weight) {
    return h('button', { class: `button ${weight}`, type: 'button', 'data-do': name, onclick: () => this.on.do(name) },
      this.language.t(`do.${name}`), h('kbd', { 'aria-hidden': 'true' }, shortcut[name]));
  }

  #thing(view, turn) {
    if (view.code) return { name: 'code', from: [turn, view.code, Boolean(view.countdown)], draw: () => this.#code(view) };
    if (view.paper) return { name: 'paper', from: turn, draw: () => h('div', { class: 'thing paper' }, this.paper.el) };
    if (view.countdown) return { name: 'ring', from: turn, draw: () => h('div', { class: 'thing' }, this.ring.el) };
    return { name: 'badge', from: turn, draw: () => h('div', { class: 'thing' }, h('div', { class: 'badge-round' }, icon(view.icon, 'icon badge'))) };
  }

  // code is what the customer scans off the screen, and for how long.
  #code(view) {
    const wide = side(view.code) + 8; // four light modules around it
    return h('div', { class: 'thing shown' },
      svg('svg', { class: 'code', id: 'code', role: 'img', 'aria-label': this.language.t('word.show'), viewBox: `-4 -4 ${wide} ${wide}`, 'shape-rendering': 'crispEdges' },
        svg('path', { d: path(view.code) })),
      view.countdown ? this.ring.el : null);
  }

  // focused is what in the stage has the focus, before it is drawn.
  #focused() { return this.inner.contains(document.activeElement) ? document.activeElement : null; }

  #fill(halves, focus = this.#focused()) {
    this.halves.show(halves);
    if (!focus || this.inner.contains(document.activeElement)) return;
    // A button that is gone must not leave the keyboard in nowhere.
    (this.inner.querySelector(`[data-do="${focus.dataset.do}"]`) ?? this.el).focus({ preventScroll: true });
  }

  #tone(tone) {
    if (this.el.dataset.tone === tone) return;
    this.el.dataset.tone = tone;
    delete this.el.dataset.sale;
  }

  // dots shows how much of a code the scanner has typed, never the code.
  dots(n) { this.wedge.value = '*'.repeat(n); }

  say(text, kind = 'info') {
    clearTimeout(this.noticeTimer);
    this.notice.hidden = !text;
    this.notice.dataset.kind = kind;
    this.notice.setAttribute('role', kind === 'error' ? 'alert' : 'status');
    this.notice.textContent = text;
    if (text) this.noticeTimer = setTimeout(() => this.say(''), lasting[kind] ?? 5000);
  }

  warn(title, text) {
    this.banner.hidden = !title && !text;
    if (this.banner.textContent === title + text) return;
    this.banner.replaceChildren(icon('offline'), h('strong', {}, title), h('span', {}, text));
  }
}
