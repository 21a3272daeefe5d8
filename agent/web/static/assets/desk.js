// What goes beyond taking a payment: money back, deposits, orders for apps, and
// the manager's sheets. Each is a dialog or a sheet over the page; one at a time.
import { ask } from './ask.js';
import { Attention } from './attention.js';
import { Channels } from './channels.js';
import { Devices } from './devices.js';
import { Form } from './form.js';
import { Order } from './order.js';
import { Reconcile } from './reconcile.js';
import { money } from './money.js';
import { left } from './view.js';

export class Desk {
  #open = null; // the form or sheet that is open
  #channels = [];
  #refunds = new Map(); // asked for and not answered, by sale

  // on: act(call, done) makes one call of the page's; seen(sale) takes a newer
  // state; show(sale) puts one on the stage; closed() draws what was held back.
  constructor(root, { api, language, on }) {
    Object.assign(this, { root, api, language, on });
    this.may = new Set();
    this.status = null;
  }

  get till() { return this.status.till; }

  // refresh learns whose page this is, and what the channels can do.
  async refresh(status) {
    this.status = status;
    const [session, sheets] = await Promise.all([this.api.session(), this.api.channels()]);
    this.role = session.role;
    this.may = new Set(session.may);
    this.#channels = sheets.channels;
  }

  // can tells what may be done with a sale, by whom it is looked at.
  can(sale) {
    const takes = (c) => c.currencies.includes(sale.currency);
    return {
      may: this.may,
      order: this.#channels.some((c) => c.prepared && takes(c) && c.capture === (sale.kind === 'deposit')),
    };
  }

  get deposits() { return this.#channels.some((c) => c.routes.includes('deposit') && c.currencies.includes(this.till.currency)); }

  // sheet tells that what is open is about no sale.
  get sheet() { return Boolean(this.#open?.panel); }

  // learning tells that a scan is for the technician's sheet.
  get learning() { return this.#open instanceof Devices && this.#open.listening; }

  // device tells the open list that it changed.
  device() { if (this.#open instanceof Devices) this.#open.load(); }

  // busy tells whether something of the desk's has the keys.
  get busy() { return this.#open !== null; }

  typed(digits) { this.#open.typed(digits); }

  untype() { this.#open.untype(); }

  key(name) { return this.#open.key(name); }

  // do reports whether name was the desk's.
  do(name, sale) {
    const steps = {
      refund: () => this.#refund(sale), capture: () => this.#capture(sale), release: () => this.#release(sale), order: () => this.#order(sale),
      'print-order': () => this.on.act(() => this.api.printOrder(sale.id), () => this.on.say(this.language.t('order.printing'))),
      attention: () => this.#sheet((closed) => new Attention(this.root, { ...this.#parts(closed), onSale: (found) => this.on.show(found) })),
      channels: () => this.#sheet((closed) => new Channels(this.root, { ...this.#parts(closed), status: this.status })),
      devices: () => this.#sheet((closed) => new Devices(this.root, { ...this.#parts(closed), status: this.status })),
      reconcile: () => this.#sheet((closed) => new Reconcile(this.root, this.#parts(closed))),
      leave: () => this.#leave(),
    };
    if (!steps[name]) return false;
    steps[name]();
    return true;
  }

  #parts(onClose) { return { api: this.api, language: this.language, till: this.till, onClose }; }

  #sheet(open) {
    if (this.busy) return;
    this.#open = open(() => { this.#open = null; this.on.closed(); });
  }

  // attention tells the open list that it changed.
  attention() { if (this.#open instanceof Attention) this.#open.load(); }

  async #form(form) {
    this.#open = form;
    await form.ended;
    this.#open = null;
    this.on.closed();
  }

  #amountForm(sale, about) {
    const late = (problem) => this.on.say(problem.detail ?? String(problem), 'error');
    return this.#form(new Form(this.root, this.language, this.till, { currency: sale.currency, late, ...about }));
  }

  #refund(sale) {
    const t = (key, values) => this.language.t(key, values);
    const say = (amount) => money(amount, sale.currency, this.till);
    const most = left(sale);
    this.#amountForm(sale, {
      name: 'refund', title: t('refund.title'), most, all: t('refund.all', { amount: say(most) }), yes: t('do.refund'),
      means: (amount) => (amount === most ? t('refund.whole') : t('refund.keeps', { amount: say(most - amount) })),
      reasons: [t('refund.returned'), t('refund.wrong'), t('refund.kindness')],
      review: (amount) => t('refund.review', { amount: say(amount) }),
      send: async (amount, reason) => {
        const answer = await this.api.refund(sale.id, this.#refundOf(sale.id, amount, reason));
        this.#refunds.delete(sale.id);
        this.on.seen(answer);
      },
    });
  }

  // refundOf is the request: until one is answered the same again is the same
  // refund, also from a form that was opened anew.
  #refundOf(sale, amount, reason) {
    const asked = this.#refunds.get(sale);
    if (asked?.amount === amount && asked.reason === reason) return asked;
    const request = { reference: `page-${crypto.randomUUID()}`, amount, reason };
    this.#refunds.set(sale, request);
    return request;
  }

  #capture(sale) {
    const t = (key, values) => this.language.t(key, values);
    const say = (amount) => money(amount, sale.currency, this.till);
    const most = sale.amount;
    this.#amountForm(sale, {
      name: 'capture', title: t('capture.title'), most, all: t('capture.all', { amount: say(most) }), yes: t('do.capture'),
      means: (amount) => (amount === most ? t('capture.whole') : t('capture.back', { amount: say(most - amount) })),
      review: (amount) => (amount === most ? t('capture.review.whole', { amount: say(amount) })
        : t('capture.review', { amount: say(amount), back: say(most - amount) })),
      send: async (amount) => this.on.seen(await this.api.capture(sale.id, amount)),
    });
  }

  // leave signs the manager out: who works on here has a link of his own.
  async #leave() {
    if (this.busy) return;
    const t = (key) => this.language.t(key);
    const yes = await ask(this.root, { title: t('menu.leave'), say: t('leave.say'), yes: t('menu.leave'), no: t('do.back') });
    if (yes) this.on.act(() => this.api.leave(), () => this.api.onSignedOut());
  }

  async #release(sale) {
    const t = (key, values) => this.language.t(key, values);
    const yes = await ask(this.root, {
      title: t('release.title'), say: t('release.say', { amount: money(sale.amount, sale.currency, this.till) }), yes: t('do.release'), no: t('release.keep'),
    });
    if (yes) this.on.act(() => this.api.release(sale.id));
  }

  #order(sale) {
    const able = this.#channels.filter((c) => c.prepared && c.currencies.includes(sale.currency) && c.capture === (sale.kind === 'deposit'));
    if (able.length === 0) return;
    this.#form(new Order(this.root, {
      language: this.language, channels: able,
      send: async (order) => {
        await this.api.prepare(sale.id, order);
        this.on.seen(await this.api.sale(sale.id));
      },
    }));
  }
}
