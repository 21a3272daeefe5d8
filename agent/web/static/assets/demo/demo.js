// The demo page: the real cashier's page, and around it what a shop has: a
// customer with a phone, a scanner, and trouble at the flick of a switch.
import { Till } from '../till.js';
import { h, svg, icon } from '../dom.js';
import words from './demo-words.js';
import { Phone } from './phone.js';

const modes = ['instant', 'pin', 'poor', 'expired'];
const faults = ['network_down', 'platform_busy', 'answer_lost'];
const goods = '4006381333931'; // a real EAN-13: what lands under the scanner by mistake
const beamTime = 420;

class Demo {
  #state = null;
  #steps = new Set();
  #asked = false;

  constructor(guide, root, props) {
    this.till = new Till(root, { words, key: (name) => this.#key(name), drawn: () => this.draw(), seen: (sale) => this.#seen(sale) });
    this.guide = guide;
    this.phone = new Phone(this.till.language, (path, body) => this.#post(path, body));
    this.gun = this.#gun();
    this.goods = h('button', { type: 'button', class: 'small', 'data-do': 'goods', onclick: () => this.#scan({ text: goods }) });
    this.modeTitle = h('h2', { id: 'mode-title' });
    this.modes = h('div', { class: 'choices', role: 'group', 'aria-labelledby': 'mode-title' }, modes.map((mode) => h('button', {
      type: 'button', 'data-mode': mode, onclick: () => this.#post('/demo/phone/mode', { mode }),
    })));
    this.faultTitle = h('h2', { id: 'fault-title' });
    this.faults = h('div', { class: 'choices', role: 'group', 'aria-labelledby': 'fault-title' }, faults.map((fault) => h('button', {
      type: 'button', role: 'switch', 'data-fault': fault,
      onclick: () => this.#post('/demo/faults', { [fault]: !this.#state?.faults[fault] }),
    }, h('span', {}), h('i', { class: 'knob' }))));
    props.append(h('div', { class: 'bench' }, this.gun, this.goods, this.modeTitle, this.modes, this.faultTitle, this.faults), this.phone.el);
  }

  async start() {
    await this.till.start();
    const source = new EventSource('/demo/events');
    source.addEventListener('demo', (event) => this.#take(JSON.parse(event.data)));
    source.addEventListener('open', () => this.#load());
  }

  async #load() {
    try { this.#take(await this.till.api.get('/demo/state')); } catch { /* the till says that the agent is away */ }
  }

  #take(state) {
    this.#state = state;
    if (state.phone.asking) this.#asked = true;
    this.draw();
  }

  #seen(sale) {
    if (sale.state === 'paid') {
      this.#steps.add(1);
      if (this.#asked) this.#steps.add(2);
    }
    if (this.#asked && sale.payments?.some((p) => p.state === 'revoked')) this.#steps.add(3);
    this.draw();
  }

  #key(name) {
    if (name.toLowerCase() !== 's') return false;
    this.#scan({});
    return true;
  }

  #scan(body) {
    this.gun.classList.remove('firing');
    void this.gun.getBoundingClientRect(); // starts the beam anew
    this.gun.classList.add('firing');
    setTimeout(() => this.gun.classList.remove('firing'), beamTime);
    this.#post('/demo/scan', body);
  }

  async #post(path, body) {
    try {
      await this.till.api.post(path, body);
    } catch (problem) {
      this.till.stage.say(problem.detail ?? String(problem), 'error');
    }
  }

  #gun() {
    this.gunWord = h('span', {});
    return h('button', { type: 'button', class: 'gun', 'data-do': 'scan', onclick: () => this.#scan({}) },
      svg('svg', { viewBox: '0 0 168 108', 'aria-hidden': 'true' },
        svg('path', { class: 'gun-beam', d: 'M112 33 L168 6 V60 Z' }),
        svg('path', { class: 'gun-body', d: 'M22 14h68c14 0 22 8 22 19s-8 18-22 18H68l-7 47a6 6 0 0 1-6 5H35a6 6 0 0 1-6-7l7-45H22c-8 0-13-5-13-12V26c0-7 5-12 13-12z' }),
        svg('path', { class: 'gun-face', d: 'M94 20c8 1 12 6 12 13s-4 12-12 13z' }),
        svg('path', { class: 'gun-trigger', d: 'M68 54c7 2 8 12 2 17' }),
        svg('circle', { class: 'gun-lamp', cx: 28, cy: 27, r: 4 })),
      h('span', { class: 'gun-word' }, this.gunWord, h('kbd', { 'aria-hidden': 'true' }, 'S')));
  }

  draw() {
    const t = (key) => this.till.language.t(key);
    this.#drawGuide(t);
    this.gunWord.textContent = t('demo.scanner');
    this.goods.textContent = t('demo.goods');
    this.modeTitle.textContent = t('demo.phone');
    this.faultTitle.textContent = t('demo.trouble');
    for (const b of this.modes.children) {
      b.textContent = t(`mode.${b.dataset.mode}`);
      b.setAttribute('aria-pressed', String(b.dataset.mode === this.#state?.phone.mode));
    }
    for (const b of this.faults.children) {
      b.firstChild.textContent = t(`fault.${b.dataset.fault}`);
      b.setAttribute('aria-checked', String(Boolean(this.#state?.faults[b.dataset.fault])));
    }
    if (this.#state && this.till.status) this.phone.show(this.#state.phone, this.till.status.till);
  }

  #drawGuide(t) {
    const drawn = `${this.till.language.tag} ${[...this.#steps]}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.guide.replaceChildren(h('p', { class: 'guide-title' }, t('demo.title')), h('ol', {}, [1, 2, 3].map((n) => h('li', {
      'data-done': this.#steps.has(n) ? '' : null,
    }, h('b', {}, this.#steps.has(n) ? icon('check') : String(n)),
    h('span', {}, t(`demo.step${n}`)), this.#steps.has(n) ? h('span', { class: 'unseen' }, t('demo.done')) : null))));
  }
}

new Demo(document.getElementById('guide'), document.getElementById('till'), document.getElementById('props')).start();
