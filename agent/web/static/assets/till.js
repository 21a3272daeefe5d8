// The cashier's page: which sale is on the stage, and what keys and buttons do.
// It decides nothing about money: it asks the agent, and shows what it says.
import { API, Problem } from './api.js';
import { ask } from './ask.js';
import { Bar } from './bar.js';
import { Day } from './day.js';
import { Keyboard } from './keys.js';
import { Keypad } from './keypad.js';
import { Keyed, exponentOf, money } from './money.js';
import { Language } from './language.js';
import { Live } from './live.js';
import { Paper } from './paper.js';
import { Stage } from './stage.js';
import { over, viewOf, inFlight } from './view.js';
import { h } from './dom.js';

const pollEvery = 2000;   // ms, while events do not come
const patience = 700;     // ms before a broken stream is called broken
const holdCode = 20000;   // ms, as long as the agent holds a code from its own scanners
const settle = 400;       // ms after a new state in which Enter and Esc may still mean the old one

export class Till {
  status = null;
  sale = null;      // on the stage; null: the number pad
  #live = null;     // the sale that has the scanner or whose payment is under way
  #keyed = new Keyed();
  #held = null;     // a code scanned before its amount: memory only, and not for long
  #pending = null;  // a sale that was sent and not answered: sent again under the same reference
  #busy = false;
  #signedOut = false;
  #changed = 0;
  #events = 0;      // counts what the stream told, so that an older answer does not overwrite it
  #view = null;

  // extra: words of another catalogue; key(name) and drawn() for a page around this one.
  constructor(root, extra = {}) {
    this.root = root;
    this.extra = extra;
    this.language = new Language(extra.words);
    this.api = new API(this.language, () => this.#signOut());
    this.paper = new Paper(this.api, this.language);
    this.keypad = new Keypad(this.language, {
      type: (digits) => this.#typed(digits), erase: () => this.#erase(), charge: () => this.#charge(),
    });
    this.stage = new Stage(this.language, this.paper, this.keypad, { do: (name) => this.#do(name) });
    this.day = new Day(this.api, this.language, { pick: (sale) => this.#show(sale), failed: (p) => this.#failed(p) });
    this.bar = new Bar(this.language, {
      day: () => this.day.toggle(),
      language: (tag) => { this.language.choose(tag); this.draw(); },
    });
    this.stream = new Live({
      onEvent: (name, data) => this.#event(name, data), onUp: () => this.#up(), onDown: () => this.#down(),
    });
    this.keyboard = new Keyboard({
      wantsCode: () => Boolean(this.#view?.wantsCode),
      typed: (digits, field) => (field ? insert(field, digits) : this.#typed(digits)),
      untype: (field) => (field ? clear(field) : this.#untype()),
      dots: (n) => this.stage.dots(n),
      code: (text) => this.#code(text),
      short: () => this.stage.say(this.language.t('wedge.short'), 'error'),
      key: (name) => this.#key(name),
    });
  }

  async start() {
    // A tap moves no focus: Enter must go on meaning the next step, and not press
    // again what was tapped last.
    document.addEventListener('mousedown', (event) => {
      if (event.target.closest('button') && !event.target.closest('[data-own-keys]')) event.preventDefault();
    });
    this.root.append(this.bar.el, h('div', { class: 'floor' }, this.stage.el, this.day.el));
    this.stage.plain('loading', '', this.language.t('page.loading'));
    setInterval(() => this.bar.tick(this.status), 5000);
    await this.#refresh();
    this.stream.open();
  }

  // refresh asks for everything anew.
  async #refresh() {
    try {
      await this.#refreshStatus();
      await this.day.load(this.status.till);
      await this.#refreshSale();
      if (!this.sale && this.#idle()) this.#resume();
      this.draw();
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 0) this.#down();
      else this.#failed(problem);
    }
  }

  async #refreshStatus() {
    this.status = await this.api.status();
    this.language.ofTill(this.status.till.language);
    document.title = `${this.status.till.store_name} · ${this.language.t('page.title')}`;
  }

  async #refreshSale() {
    if (!this.sale) return;
    const before = this.#events;
    const sale = await this.api.sale(this.sale.id);
    if (before === this.#events) this.#seen(sale);
  }

  // resume finds the sale that was under way when the page was closed.
  #resume() {
    const sale = this.day.sales.find((s) => !over(s) && (s.armed || s.state === 'paying'));
    if (sale) this.#seen(sale);
  }

  get offline() { return this.status?.network === 'offline'; }

  #idle() { return !this.sale && this.#keyed.empty && !this.#busy && !this.#signedOut; }

  // ---- what the agent says

  #event(name, data) {
    if (name === 'scan') return this.#scanned(data);
    if (['device', 'status', 'attention'].includes(name)) {
      clearTimeout(this.statusTimer); // they come in flocks
      this.statusTimer = setTimeout(() => this.#quietly(async () => { await this.#refreshStatus(); this.draw(); }), 120);
      return;
    }
    if (!data.id || !data.state) return;
    this.#events++;
    this.#seen(data);
  }

  #scanned(scan) {
    const own = this.language.tag === this.language.till && scan.message;
    const key = this.language.has(`scan.${scan.kind}`) ? `scan.${scan.kind}` : 'scan.other';
    this.stage.say(own || this.language.t(key), scan.kind === 'payment_code' ? 'info' : 'error');
  }

  // seen takes the newest state of any sale. The stage follows its own sale, and
  // a sale that begins elsewhere (the POS) when it has nothing better to show.
  #seen(sale) {
    if (this.sale?.id === sale.id && over(this.sale) && !over(sale)) return; // an echo from before
    this.day.put(sale);
    const active = !over(sale) && (sale.armed || sale.state === 'paying');
    if (active) this.#live = sale;
    else if (this.#live?.id === sale.id) this.#live = null;
    const free = this.sale ? over(this.sale) : this.#idle();
    if (this.sale?.id === sale.id || (free && active)) this.#show(sale);
    else this.draw();
    this.extra.seen?.(sale);
  }

  #up() {
    clearTimeout(this.downTimer);
    clearInterval(this.pollTimer);
    this.pollTimer = 0;
    this.stage.lost = false;
    this.#refresh();
  }

  #down() {
    if (this.#signedOut || this.pollTimer) return;
    clearTimeout(this.downTimer);
    this.downTimer = setTimeout(() => { this.stage.lost = true; this.draw(); }, patience);
    this.pollTimer = setInterval(() => this.#quietly(async () => {
      await this.#refreshStatus();
      await this.#refreshSale();
      this.draw();
    }), pollEvery);
  }

  // quietly does what is tried again anyway, and says nothing when it fails.
  async #quietly(work) {
    try { await work(); } catch { /* the next poll or event */ }
  }

  #signOut() {
    if (this.#signedOut) return;
    this.#signedOut = true;
    this.stream.close();
    clearInterval(this.pollTimer);
    clearTimeout(this.downTimer);
    this.draw();
  }

  // ---- what the cashier does

  #typed(digits) {
    if (this.#signedOut) return;
    if (this.sale && this.#view?.actions[0] === 'new') this.#new(); // the next customer's amount
    if (this.sale) return;
    this.#keyed.type(digits);
    this.draw();
  }

  #untype() {
    this.#keyed.clear();
    this.draw();
  }

  #erase() {
    this.#keyed.erase();
    this.draw();
  }

  #key(name) {
    if (this.#signedOut || document.querySelector('dialog[open]')) return false;
    if (this.extra.key?.(name)) return true;
    if (!this.sale) return this.#padKey(name);
    const actions = this.#view?.actions ?? [];
    const wanted = { Enter: ['new'], Escape: ['stop', 'cancel', 'new'], c: ['check'], p: ['reprint'] };
    const found = wanted[name.length === 1 ? name.toLowerCase() : name]?.find((a) => actions.includes(a));
    if (!found) return false;
    if (name.length > 1 && performance.now() - this.#changed < settle) return true;
    this.#do(found);
    return true;
  }

  #padKey(name) {
    if (name === 'Enter') this.#charge();
    else if (name === 'Backspace') this.#erase();
    else if (name === 'Escape') { this.#keyed.clear(); this.keypad.description.value = ''; this.draw(); }
    else return false;
    return true;
  }

  #do(name) {
    const id = this.sale?.id;
    if (name === 'new') this.#new();
    else if (name === 'live' && this.#live) this.#show(this.#live);
    else if (name === 'check') this.#act(() => this.api.check(id));
    else if (name === 'cancel') this.#act(() => this.api.cancel(id));
    else if (name === 'stop') this.#stop(id);
    else if (name === 'reprint') {
      this.#act(() => this.api.reprint(id), () => this.stage.say(this.language.t('receipt.again')));
    }
  }

  #new() {
    const other = this.#live && this.#live.id !== this.sale?.id ? this.#live : null;
    if (other) return this.#show(other);
    this.sale = null;
    this.#view = null;
    this.paper.forget();
    this.keyboard.reset();
    this.stage.say('');
    this.day.show(null);
    this.draw();
  }

  async #stop(id) {
    const t = (key) => this.language.t(key);
    const yes = await ask(this.root, { title: t('stop.title'), say: t('stop.say'), yes: t('do.stop'), no: t('stop.keep') });
    if (yes && this.sale?.id === id) this.#act(() => this.api.cancel(id));
  }

  async #charge() {
    if (this.#busy) return;
    if (this.#keyed.amount === 0) return this.stage.say(this.language.t('key.zero'), 'error');
    const { currency, store_name: store } = this.status.till;
    const body = { amount: this.#keyed.amount, currency, description: this.keypad.description.value.trim() || store };
    if (!this.#pending || !same(this.#pending, body)) {
      this.#pending = { reference: `page-${crypto.randomUUID()}`, ...body };
    }
    const code = this.#takeHeld();
    await this.#act(() => this.api.open(this.#pending), (sale) => {
      this.#pending = null;
      this.#keyed.clear();
      this.keypad.description.value = '';
      if (sale) this.#show(sale);
      if (code && this.#view?.wantsCode) this.#code(code);
    });
  }

  // code is a whole payment code from a scanner that types. It is sent or
  // dropped; nothing here keeps it but #held, and that for seconds.
  async #code(text) {
    const t = (key) => this.language.t(key);
    if (this.#signedOut) return;
    if (this.offline) return this.stage.say(t('offline.say'), 'error');
    if (!this.sale) return this.#hold(text);
    if (inFlight(this.sale)) return this.stage.say(t('wedge.busy'), 'error');
    if (!this.#view?.wantsCode) return this.stage.say(t('wedge.done'), 'error');
    const id = this.sale.id;
    await this.#act(() => this.api.scan(id, text));
  }

  #hold(text) {
    this.#takeHeld();
    const timer = setTimeout(() => { this.#held = null; this.stage.say(this.language.t('key.dropped'), 'error'); }, holdCode);
    this.#held = { text, timer };
    this.stage.say(this.language.t('key.held'));
  }

  #takeHeld() {
    const held = this.#held;
    this.#held = null;
    clearTimeout(held?.timer);
    return held?.text ?? '';
  }

  // act makes one call at a time. The answer is a sale, or nothing.
  async #act(call, done) {
    if (this.#busy) return;
    this.#busy = true;
    const before = this.#events;
    let answer;
    try {
      answer = await call();
      this.stage.say('');
    } catch (problem) {
      this.#busy = false;
      this.#failed(problem);
      return this.#quietly(() => this.#refreshSale());
    }
    this.#busy = false;
    if (answer?.id && before === this.#events) this.#seen(answer);
    done?.(answer);
    this.draw();
  }

  #failed(problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status !== 401) this.stage.say(problem.detail, 'error');
  }

  // ---- drawing

  #show(sale) {
    this.sale = sale;
    this.draw();
    this.day.show(sale.id);
  }

  draw() {
    const { language, stage } = this;
    const t = (key) => language.t(key);
    this.bar.show(this.status);
    if (this.#signedOut) return stage.plain('signin', t('page.signin'), t('page.signin.how'));
    if (!this.status) {
      stage.warn('', stage.lost ? t('lost.say') : '');
      return;
    }
    if (stage.lost) stage.warn('', t('lost.say'));
    else if (this.offline) stage.warn(t('offline.title'), t('offline.say'));
    else stage.warn('', '');
    if (this.sale) this.#drawSale();
    else this.#drawPad();
    this.day.show();
    this.extra.drawn?.(this);
  }

  #drawSale() {
    const view = viewOf(this.sale, { till: this.status.till, offline: this.offline, language: this.language });
    const drawn = JSON.stringify([this.sale.id, view, this.sale.receipt, this.sale.refunds?.length, this.language.tag]);
    if (drawn === this.drawn) return;
    const turned = this.#view?.tone !== view.tone || this.drawnID !== this.sale.id;
    this.drawn = drawn;
    this.drawnID = this.sale.id;
    this.#view = view;
    this.stage.sale(this.sale, view);
    if (!turned) return;
    this.#changed = performance.now();
    this.keyboard.reset();
    document.querySelector('dialog[open]')?.close(''); // it asked about a state that is gone
    const focus = document.activeElement;
    if (focus === document.body || this.stage.el.contains(focus)) {
      (view.wantsCode ? this.stage.wedge : this.stage.el).focus({ preventScroll: true });
    }
  }

  #drawPad() {
    this.drawn = '';
    const { currency } = this.status.till;
    const exponent = exponentOf(currency, this.status.till);
    const live = this.#live
      && this.language.t('key.other', { amount: money(this.#live.amount, this.#live.currency, this.status.till) });
    this.keypad.show(this.#keyed.amount, currency, exponent);
    this.stage.key(this.offline, live);
  }
}

function same(a, b) { return a.amount === b.amount && a.currency === b.currency && a.description === b.description; }

function clear(field) { field.value = ''; }

// insert puts a person's digits where the caret is.
function insert(field, digits) {
  if (field.value.length + digits.length > field.maxLength) return;
  field.setRangeText(digits, field.selectionStart, field.selectionEnd, 'end');
}
