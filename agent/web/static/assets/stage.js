// The stage: one sale, in words that carry across the counter on the left, and
// the thing to look at (the number pad, a countdown, the receipt) on the right.
import { h, svg, icon, onlyIfChanged } from './dom.js';
import { path, side } from './qr.js';
import { Ring } from './ring.js';

const shortcut = {
  new: 'Enter', check: 'C', reprint: 'P', cancel: 'Esc', stop: 'Esc', live: 'Enter',
  refund: 'R', capture: 'C', release: 'R', order: 'O', 'print-order': 'P',
};

export class Stage {
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
    this.el = h('main', { class: 'stage', id: 'stage', tabindex: '-1' },
      this.aloud, this.banner, this.inner, this.notice);
  }

  // loading, signed out: nothing but words.
  plain(name, word, sentence) {
    this.#tone(name);
    this.#fill(h('div', { class: 'words' }, icon(name === 'signin' ? 'signin' : 'wait', 'icon badge'),
      h('h1', { class: 'word' }, word), h('p', { class: 'sentence' }, sentence)), null);
    onlyIfChanged(this.aloud, `${word} ${sentence}`);
  }

  // key shows the number pad; live is another sale that is still under way.
  key(offline, live) {
    this.#tone(offline ? 'offline' : 'key');
    if (this.inner.firstChild !== this.keypad.words) this.#fill(this.keypad.words, this.keypad.thing);
    const chip = this.keypad.words.querySelector('.chip');
    const same = (chip?.firstChild.textContent ?? '') === (live || ''); // then it stays under a finger
    if (!same) chip?.remove();
    if (live && !same) this.keypad.words.append(h('p', { class: 'chip' }, live, ' ', this.#button('live', 'quiet')));
    onlyIfChanged(this.aloud, '');
  }

  sale(sale, view) {
    this.#tone(view.tone);
    this.el.dataset.sale = sale.id;
    this.#fill(this.#words(view), this.#thing(view));
    this.ring.show(view.countdown);
    if (view.paper) this.paper.show(sale, view.mayPrint);
    onlyIfChanged(this.aloud, `${view.word}. ${view.amount}. ${view.sentence}`);
  }

  #words(view) {
    this.wedge.setAttribute('aria-label', this.language.t('wedge.label'));
    this.wedge.placeholder = this.language.t('wedge.ready');
    return h('div', { class: 'words' },
      h('h1', { class: 'word' }, view.word),
      h('p', { class: 'amount', id: 'amount', 'data-long': view.amount.length > 10 }, view.amount),
      h('p', { class: 'sentence', id: 'sentence' }, view.sentence),
      view.note ? h('p', { class: 'note' }, view.note) : null,
      view.facts.length ? h('ul', { class: 'facts' }, view.facts.map((f) => h('li', { 'data-fact': f.kind }, f.text))) : null,
      view.ask ? h('p', { class: 'note ask-manager' }, view.ask) : null,
      h('div', { class: 'actions' },
        view.wantsCode ? this.wedgeBox : null,
        view.actions.map((name, i) => this.#button(name, i === 0 && !view.wantsCode ? 'primary' : 'quiet'))));
  }

  #button(name, weight) {
    return h('button', { class: `button ${weight}`, type: 'button', 'data-do': name, onclick: () => this.on.do(name) },
      this.language.t(`do.${name}`), h('kbd', { 'aria-hidden': 'true' }, shortcut[name]));
  }

  #thing(view) {
    if (view.code) return this.#code(view);
    if (view.paper) return h('div', { class: 'thing paper' }, this.paper.el);
    if (view.countdown) return h('div', { class: 'thing' }, this.ring.el);
    return h('div', { class: 'thing' }, h('div', { class: 'badge-round' }, icon(view.icon, 'icon badge')));
  }

  // code is what the customer scans off the screen, and for how long.
  #code(view) {
    const wide = side(view.code) + 8; // four light modules around it
    return h('div', { class: 'thing shown' },
      svg('svg', { class: 'code', id: 'code', role: 'img', 'aria-label': this.language.t('word.show'), viewBox: `-4 -4 ${wide} ${wide}`, 'shape-rendering': 'crispEdges' },
        svg('path', { d: path(view.code) })),
      view.countdown ? this.ring.el : null);
  }

  #fill(words, thing) {
    const hadFocus = this.inner.contains(document.activeElement);
    const again = hadFocus ? document.activeElement.dataset.do : '';
    this.inner.replaceChildren(...[words, thing].filter(Boolean));
    // A button that is gone must not leave the keyboard in nowhere.
    if (again) this.inner.querySelector(`[data-do="${again}"]`)?.focus();
    if (hadFocus && !this.inner.contains(document.activeElement)) this.el.focus({ preventScroll: true });
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
    if (text) this.noticeTimer = setTimeout(() => this.say(''), kind === 'error' ? 9000 : 5000);
  }

  warn(title, text) {
    this.banner.hidden = !title && !text;
    if (this.banner.textContent === title + text) return;
    this.banner.replaceChildren(icon('offline'), h('strong', {}, title), h('span', {}, text));
  }
}
