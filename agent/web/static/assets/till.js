// The cashier's page: which sale is on the stage, and what keys and buttons do.
// It decides nothing about money: it asks the agent, and shows what it says.
import { API, Problem } from './api.js';
import { ask } from './ask.js';
import { Bar } from './bar.js';
import { Codes } from './codes.js';
import { Day } from './day.js';
import { Desk } from './desk.js';
import { Keyboard } from './keys.js';
import { Keying } from './keying.js';
import { money } from './money.js';
import { Language } from './language.js';
import { Live } from './live.js';
import { Paper } from './paper.js';
import { Stage } from './stage.js';
import { over, viewOf, inFlight } from './view.js';
import { h } from './dom.js';

const pollEvery = 2000;   // ms, while events do not come
const patience = 700;     // ms before a broken stream is called broken
const settle = 400;       // ms after a new state in which Enter and Esc may still mean the old one

export class Till {
  status = null;
  sale = null;      // on the stage; null: the number pad
  #busy = false;
  #signedOut = false;
  #changed = 0;
  #view = null;

  // extra: words of another catalogue; key(name) and drawn() for a page around this one.
  constructor(root, extra = {}) {
    this.root = root;
    this.extra = extra;
    this.language = new Language(extra.words);
    this.api = new API(this.language, () => this.#signOut());
    this.paper = new Paper(this.api, this.language);
    this.keying = new Keying(this.language, {
      changed: () => this.draw(), cleared: () => this.#cleared(),
      charge: () => this.#charge(), deposits: () => this.desk.deposits,
    });
    this.codes = new Codes((key, kind) => this.stage.say(this.language.t(key), kind));
    this.desk = new Desk(root, { api: this.api, language: this.language, on: {
      act: (call, done) => this.#act(call, done), seen: (sale) => this.#seen(sale), show: (sale) => this.#show(sale),
      say: (text, kind) => this.stage.say(text, kind), closed: () => this.draw(),
    } });
    this.stage = new Stage(this.language, this.paper, this.keying.keypad, { do: (name) => this.#do(name) });
    this.day = new Day(this.api, this.language, { pick: (sale) => this.#show(sale), failed: (p) => this.#failed(p) });
    this.bar = new Bar(this.language, {
      day: () => this.day.toggle(),
      desk: (name) => this.desk.do(name),
      language: (tag) => { this.language.choose(tag); this.draw(); },
    });
    this.stream = new Live({
      onEvent: (name, data) => this.#event(name, data), onUp: () => this.#up(), onDown: () => this.#down(),
    });
    this.keyboard = new Keyboard({
      wantsCode: () => Boolean(this.#view?.wantsCode) && !this.desk.busy,
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
      await this.desk.refresh(this.status);
      await this.day.load(this.status.till);
      this.#claim();
      await this.#refreshSale();
      if (!this.sale && this.#idle() && this.#live) this.#show(this.#live);
      this.draw();
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 0) this.#down();
      else this.#failed(problem);
    }
  }

  async #refreshStatus() {
    this.status = await this.api.status();
    this.desk.status = this.status;
    this.language.ofTill(this.status.till.language);
    document.title = `${this.status.till.store_name} · ${this.language.t('page.title')}`;
  }

  async #refreshSale() {
    if (this.sale) this.#seen(await this.api.sale(this.sale.id));
  }

  // refreshSoon asks for what changes with no event of the sale's own: which one the
  // scanner is for follows from the other sales and from the network.
  #refreshSoon() {
    clearTimeout(this.soonTimer); // events come in flocks
    this.soonTimer = setTimeout(() => this.#quietly(async () => {
      await this.#refreshStatus();
      if (this.sale && !over(this.sale)) await this.#refreshSale();
      for (const { id } of this.#open(this.sale).slice(0, 5)) this.day.put(await this.api.sale(id));
      this.draw();
    }), 120);
  }

  // open lists what is not over, save one.
  #open(but) { return this.day.sales.filter((s) => !over(s) && s.id !== but?.id); }

  // live is another sale that has the scanner or whose payment is under way.
  get #live() { return this.#open(this.sale).find(active) ?? null; }

  get offline() { return this.status?.network === 'offline'; }

  #idle() { return !this.sale && this.keying.empty && !this.#busy && !this.#signedOut; }

  // ---- what the agent says

  #event(name, data) {
    if (name === 'scan') return this.#scanned(data);
    if (name === 'attention') this.desk.attention();
    if (name === 'device') this.desk.device();
    if (['device', 'status', 'attention'].includes(name)) return this.#refreshSoon();
    if (!data.id || !data.state) return;
    this.#seen(data);
    if (this.#open(data).length > 0) this.#refreshSoon();
  }

  #scanned(scan) {
    const own = this.language.tag === this.language.till && scan.message;
    const late = scan.refused === 'code_expired'; // no sale came in time
    const key = [late ? 'key.dropped' : `scan.${scan.kind}`, 'scan.other'].find((k) => this.language.has(k));
    const question = scan.kind === 'order_number' && scan.sale;
    this.stage.say(own || this.language.t(key), scan.kind === 'payment_code' && !late || question ? 'info' : 'error');
    if (question && this.#free) this.#quietly(() => this.#asked(scan));
  }

  // asked shows the sale of a receipt that was scanned, and what its platform says now.
  async #asked(scan) {
    const sale = await this.api.sale(scan.sale);
    if (!this.#free) return; // the next customer has the stage
    this.#show(sale);
    const { live } = await this.api.lookup(scan.text);
    if (live && this.sale?.id === sale.id) this.stage.say(live.message, live.verified ? 'info' : 'error');
  }

  // free tells that the stage has nothing better to show.
  get #free() { return this.sale ? over(this.sale) : this.#idle(); }

  // seen takes a state of any sale, unless a newer one is known. The stage follows
  // its own sale, and one that begins elsewhere (the POS) when it is free.
  #seen(sale) {
    if (!this.day.put(sale)) return;
    if (this.#claim()) return;
    if (this.sale?.id === sale.id || (this.#free && active(sale))) this.#show(sale);
    else this.draw();
    this.extra.seen?.(sale);
  }

  // claim finds the sale that was asked for here, in the answer or in the event of one
  // whose answer did not come: it must not be what the next customer's Enter hears.
  #claim() {
    const sale = !this.#busy && this.keying.asked && this.day.sales.find((s) => s.reference === this.keying.asked);
    if (sale) this.#opened(sale);
    return Boolean(sale);
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
    if (this.desk.busy) { this.desk.typed(digits); return; }
    if (this.sale && this.#view?.actions[0] === 'new') this.#new(); // the next customer's amount
    if (this.sale) return;
    this.keying.typed(digits);
  }

  #untype() {
    if (this.desk.busy) this.desk.untype();
    else this.keying.untype();
  }

  #key(name) {
    if (this.desk.busy) return this.desk.key(name);
    if (this.#signedOut || document.querySelector('dialog[open]')) return false;
    if (this.extra.key?.(name)) return true;
    if (!this.sale) return this.keying.key(name);
    const actions = this.#view?.actions ?? [];
    const wanted = {
      Enter: ['new'], Escape: ['stop', 'cancel', 'new'], c: ['check', 'capture'], p: ['reprint', 'print-order'], r: ['refund', 'release'], o: ['order'],
    };
    const found = wanted[name.length === 1 ? name.toLowerCase() : name]?.find((a) => actions.includes(a));
    if (!found) return false;
    if (name.length > 1 && performance.now() - this.#changed < settle) return true;
    this.#do(found);
    return true;
  }

  #do(name) {
    const id = this.sale?.id;
    const live = this.#live;
    if (name === 'new') this.#new();
    else if (name === 'live' && live) this.#show(live);
    else if (name === 'check') this.#act(() => this.api.check(id));
    else if (name === 'cancel') this.#act(() => this.api.cancel(id));
    else if (name === 'stop') this.#stop(id);
    else if (name === 'reprint') {
      this.#act(() => this.api.reprint(id), () => this.stage.say(this.language.t('receipt.again')));
    } else this.desk.do(name, this.sale);
  }

  #new() {
    const other = this.#live;
    if (other) return this.#show(other);
    this.sale = null;
    this.#view = null;
    this.paper.forget();
    this.keyboard.reset();
    this.stage.say('');
    this.day.show(null);
    this.draw();
  }

  // cleared is for the next customer, whom a code that is held is not of.
  #cleared() {
    this.codes.drop();
    this.draw();
  }

  async #stop(id) {
    const t = (key) => this.language.t(key);
    const yes = await ask(this.root, { title: t('stop.title'), say: t('stop.say'), yes: t('do.stop'), no: t('stop.keep') });
    if (yes && this.sale?.id === id) this.#act(() => this.api.cancel(id));
  }

  async #charge() {
    if (this.#busy) return;
    if (this.keying.amount === 0) return this.stage.say(this.language.t('key.zero'), 'error');
    await this.#act(() => this.api.open(this.keying.request(this.status.till)));
    if (this.keying.asked && !this.#claim()) this.codes.take(); // refused: whoever pays in the end scans then
  }

  // opened puts the sale that was keyed on the stage. A code that was scanned before
  // it, or while its answer was under way, is this sale's and never the next one's.
  #opened(sale) {
    const code = this.codes.take();
    this.keying.answered();
    this.#show(sale);
    if (code && this.#view?.wantsCode) this.#code(code);
    else if (code) this.stage.say(this.language.t('key.dropped'), 'error');
  }

  // code is a whole payment code from a scanner that types.
  async #code(text) {
    const t = (key) => this.language.t(key);
    if (this.#signedOut) return;
    if (this.desk.learning) return;
    if (this.desk.busy) return this.stage.say(t('wedge.done'), 'error');
    if (this.offline) return this.stage.say(t('offline.say'), 'error');
    if (!this.sale) return this.codes.hold(text);
    if (inFlight(this.sale) || this.#busy) return this.stage.say(t('wedge.busy'), 'error');
    if (!this.#view?.wantsCode) return this.stage.say(t('wedge.done'), 'error');
    const id = this.sale.id;
    await this.#act(() => this.api.scan(id, text));
  }

  #works(busy) {
    this.#busy = busy;
    this.stage.el.ariaBusy = String(busy);
  }

  // act makes one call at a time. The answer is a sale, or nothing.
  async #act(call, done) {
    if (this.#busy) return;
    this.#works(true);
    let answer;
    try {
      answer = await call();
      this.stage.say('');
    } catch (problem) {
      this.#works(false);
      this.#failed(problem);
      return this.#quietly(() => this.#refreshSale());
    }
    this.#works(false);
    if (answer?.id) this.#seen(answer);
    done?.(answer);
    this.draw();
  }

  #failed(problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status !== 401) this.stage.say(problem.detail, 'error');
  }

  // ---- drawing

  #show(sale) {
    if (sale.id !== this.sale?.id) this.codes.drop();
    this.sale = this.day.newest(sale);
    this.draw();
    this.day.show(sale.id);
  }

  draw() {
    const { language, stage } = this;
    const t = (key) => language.t(key);
    this.bar.show(this.status, this.desk.may);
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
    const view = viewOf(this.sale, {
      till: this.status.till, offline: this.offline, language: this.language, can: this.desk.can(this.sale),
    });
    const drawn = JSON.stringify([this.sale.id, view, this.sale.receipt, this.language.tag]);
    if (drawn === this.drawn) return;
    const fromPad = !this.#view;
    const turned = this.#view?.tone !== view.tone || this.drawnID !== this.sale.id;
    this.drawn = drawn;
    this.drawnID = this.sale.id;
    this.#view = view;
    this.stage.sale(this.sale, view);
    if (!turned) return;
    this.#changed = performance.now();
    if (fromPad && view.wantsCode) this.keyboard.carry();
    else this.keyboard.reset();
    if (!this.desk.sheet) document.querySelector('dialog[open]')?.close(''); // it asked about a state that is gone
    const focus = document.activeElement;
    if (focus === document.body || this.stage.el.contains(focus)) {
      (view.wantsCode ? this.stage.wedge : this.stage.el).focus({ preventScroll: true });
    }
  }

  #drawPad() {
    this.drawn = '';
    const other = this.#live;
    const live = other && this.language.t('key.other', { amount: money(other.amount, other.currency, this.status.till) });
    this.keying.show(this.status.till);
    this.stage.key(this.offline, live);
  }
}

// active tells a sale that has the scanner or whose payment is under way.
function active(sale) { return !over(sale) && (sale.armed || sale.state === 'paying'); }

function clear(field) { field.value = ''; }

// insert puts a person's digits where the caret is.
function insert(field, digits) {
  if (field.value.length + digits.length > field.maxLength) return;
  field.setRangeText(digits, field.selectionStart, field.selectionEnd, 'end');
}
