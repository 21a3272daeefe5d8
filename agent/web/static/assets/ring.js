// The countdown to the moment when the agent stops waiting for the customer.
import { h, svg, onlyIfChanged } from './dom.js';

const radius = 88;
const round = 2 * Math.PI * radius;

export class Ring {
  #span = null;
  #timer = 0;

  constructor(language) {
    this.language = language;
    this.hand = svg('circle', { class: 'ring-hand', cx: 100, cy: 100, r: radius, 'stroke-dasharray': round });
    this.number = h('span', { class: 'ring-number' });
    this.unit = h('span', { class: 'ring-unit' });
    this.el = h('div', { class: 'ring', role: 'timer', 'aria-live': 'off' },
      svg('svg', { viewBox: '0 0 200 200', 'aria-hidden': 'true' },
        svg('circle', { class: 'ring-track', cx: 100, cy: 100, r: radius }), this.hand),
      h('div', { class: 'ring-words' }, this.number, this.unit));
  }

  // show counts down to span.until; with null it stands still.
  show(span) {
    this.#span = span;
    clearInterval(this.#timer);
    if (!span) return;
    this.#timer = setInterval(() => this.#tick(), 250);
    this.#tick();
  }

  #tick() {
    const { from, until } = this.#span;
    const left = Math.max(0, until - Date.now());
    this.hand.style.strokeDashoffset = String(round * (1 - Math.min(1, left / (until - from))));
    const seconds = Math.ceil(left / 1000);
    const long = seconds >= 100; // an order in an app has minutes
    onlyIfChanged(this.number, left > 0 ? clock(seconds, long) : '…');
    onlyIfChanged(this.unit, this.language.t(left <= 0 ? 'ring.last' : long ? 'ring.minutes' : 'ring.left'));
  }
}

function clock(seconds, long) {
  return long ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` : String(seconds);
}
