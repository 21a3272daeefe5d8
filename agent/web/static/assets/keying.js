// What is keyed before there is a sale: the amount, whether it is a deposit, and
// the request that was sent and not answered yet.
import { Keypad } from './keypad.js';
import { Keyed, exponentOf } from './money.js';

export class Keying {
  #keyed = new Keyed();
  #deposit = false;
  #sent = null; // sent and not answered: the same request goes again under the same reference

  // on: changed() draws; cleared() is the next customer; charge() wants a sale; deposits() tells whether the till holds any.
  constructor(language, on) {
    this.on = on;
    this.keypad = new Keypad(language, {
      type: (digits) => this.typed(digits), erase: () => this.#erase(), charge: () => on.charge(), deposit: () => this.#toggle(),
    });
  }

  get empty() { return this.#keyed.empty; }

  get amount() { return this.#keyed.amount; }

  typed(digits) {
    this.#keyed.type(digits);
    this.on.changed();
  }

  untype() {
    this.#keyed.clear();
    this.on.changed();
  }

  #erase() {
    this.#keyed.erase();
    this.on.changed();
  }

  #toggle() {
    this.#deposit = this.on.deposits() && !this.#deposit;
    this.on.changed();
  }

  // clear is for the next customer.
  clear() {
    this.#keyed.clear();
    this.#deposit = false;
    this.keypad.description.value = '';
  }

  // key reports whether it used the key.
  key(name) {
    if (name === 'Enter') this.on.charge();
    else if (name === 'Backspace') this.#erase();
    else if (name === 'Escape') { this.answered(); this.on.cleared(); } else if (name.toLowerCase() === 'd') this.#toggle();
    else return false;
    return true;
  }

  // request is the sale to open.
  request(till) {
    const body = { amount: this.amount, currency: till.currency, description: this.keypad.description.value.trim() || till.store_name };
    if (this.#deposit) body.kind = 'deposit';
    if (!this.#sent || !same(this.#sent, body)) this.#sent = { reference: `page-${crypto.randomUUID()}`, ...body };
    return this.#sent;
  }

  // asked is the reference of a sale that was asked for and not answered.
  get asked() { return this.#sent?.reference ?? ''; }

  // answered ends a request, with its answer or because the customer has gone.
  answered() {
    this.#sent = null;
    this.clear();
  }

  show(till) {
    this.keypad.show(this.amount, till.currency, exponentOf(till.currency, till), this.on.deposits() ? this.#deposit : null);
  }
}

function same(a, b) { return ['amount', 'currency', 'description', 'kind'].every((key) => a[key] === b[key]); }
