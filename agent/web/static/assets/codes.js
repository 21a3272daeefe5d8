// A payment code from a scanner that types: it is sent, or kept for seconds for
// the amount that is being keyed, or dropped. Nothing else on the page keeps one.

const holdCode = 20000; // ms, as long as the agent holds a code from its own scanners

export class Codes {
  #held = null;

  constructor(say) { this.say = say; } // say(key, kind)

  hold(text) {
    this.take();
    const timer = setTimeout(() => { this.#held = null; this.say('key.dropped', 'error'); }, holdCode);
    this.#held = { text, timer };
    this.say('key.held', 'held');
  }

  // drop tells that a code is not for what comes next.
  drop() { if (this.take()) this.say('key.dropped', 'error'); }

  // take hands the code out, once; '' where there is none.
  take() {
    const held = this.#held;
    this.#held = null;
    clearTimeout(held?.timer);
    return held?.text ?? '';
  }
}
