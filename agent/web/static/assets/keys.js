// The keyboard has two users: a person, and a scanner that types ("wedge"). They
// are told apart by speed, because a code that lands in the amount charges a
// fortune, and one that lands in a text is a secret on the screen. No digit is
// shown or passed on before it is known whose it is.

const gap = 80;         // ms; a scanner's keys follow each other faster, a person's slower
const scanned = 10;     // digits in one burst that no person types
const slowGap = 300;    // ms; a wireless scanner, or a till with much to do, leaves gaps like a person's,
const longRun = 13;     // but no amount has as many digits as this
const wholeCode = 8;    // fewer, and Enter ends a misread
const shortest = 16;    // digits of the shortest payment code: with them and silence a code is whole
const silence = 600;    // ms, where the scanner sends no Enter
const forgotten = 8000; // ms; half a code left lying must not spoil the next one

export class Keyboard {
  #digits = '';
  #run = '';
  #began = 0;
  #last = 0;
  #timer = 0;
  #taken = false; // the last key was a digit, and handled

  // on: wantsCode() tells whether digits are a code whatever their speed;
  // typed(digits, field) a person's; untype(field) takes those back; dots(n) how much of a code there is; code(text) a whole
  // one; short() a misread; key(name) any other key, true if it was used.
  constructor(on) {
    this.on = on;
    document.addEventListener('keydown', (event) => this.#down(event), true);
    document.addEventListener('beforeinput', (event) => this.#input(event), true);
    document.addEventListener('paste', (event) => this.#paste(event), true);
  }

  // reset forgets what was typed, when what the page waits for changes.
  reset() {
    clearTimeout(this.#timer);
    this.#digits = '';
    this.#run = '';
    this.on.dots(0);
  }

  // carry keeps what a scanner has begun to type, when a code is waited for from now on.
  carry() {
    this.#run = '';
    if (this.#digits !== '') this.#wait();
  }

  #down(event) {
    const target = event.target;
    if (target.closest?.('[data-own-keys]') || event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = digitOf(event);
    this.#taken = digit !== null;
    if (digit !== null) return this.#digit(event, digit);
    if ((event.key === 'Enter' || event.key === 'Tab') && this.#enter(event)) return stop(event);
    if (event.key === 'Backspace' && this.#digits !== '' && this.on.wantsCode()) {
      this.#digits = this.#digits.slice(0, -1);
      this.on.dots(this.#digits.length);
      return stop(event);
    }
    this.#settle();
    this.#run = '';
    if (textField(target) && event.key !== 'Enter' && event.key !== 'Escape') return;
    if (event.key === 'Enter' && target.closest?.('button')) { // the button's own, once
      if (event.repeat) stop(event);
      return;
    }
    if (!event.repeat && this.on.key(event.key)) stop(event);
    else if (event.repeat && event.key === 'Backspace' && this.on.key(event.key)) stop(event);
  }

  #digit(event, digit) {
    stop(event);
    if (event.repeat) return; // a key that is held down, or a cat
    clearTimeout(this.#timer);
    if (this.#digits === '') this.#began = event.timeStamp;
    this.#digits += digit;
    this.#run = (event.timeStamp - this.#last > slowGap ? '' : this.#run) + digit;
    this.#last = event.timeStamp;
    const field = textField(event.target) ? event.target : null;
    if (this.on.wantsCode() && !field) this.#wait();
    else this.#timer = setTimeout(() => this.#settle(field), gap);
  }

  // wait is for the rest of a code. A scanner that sends no Enter has sent all
  // when it falls silent; a person takes his time.
  #wait() {
    clearTimeout(this.#timer);
    this.on.dots(this.#digits.length);
    const whole = this.#digits.length >= shortest && this.#last - this.#began < gap * this.#digits.length;
    this.#timer = setTimeout(() => this.#end(this.#digits, whole), whole ? silence : forgotten);
  }

  #end(digits, whole) {
    this.reset();
    if (whole) this.on.code(digits);
    else this.on.short();
  }

  // input sees digits that no key brought: a keyboard on the screen, a scanner
  // that poses as an input method. They take the same way.
  #input(event) {
    if (!textField(event.target) || event.target.closest('[data-own-keys]') || !/^[0-9]+$/.test(event.data ?? '')) return;
    if (this.#taken) return stop(event);
    for (const digit of event.data) this.#digit(event, digit);
  }

  // enter reports whether Enter belonged to a code.
  #enter(event) {
    const asked = this.on.wantsCode() && !textField(event.target);
    const slow = !asked && this.#brokenRun() && event.timeStamp - this.#last <= slowGap;
    const digits = slow ? this.#run : this.#digits;
    if (slow) this.on.untype(textField(event.target) ? event.target : null);
    if (digits === '' || (!asked && digits.length < scanned)) return false;
    this.#end(digits, digits.length >= wholeCode);
    return true;
  }

  // brokenRun tells that digits of one long run were taken for a person's.
  #brokenRun() { return this.#run.length >= longRun && this.#run.length > this.#digits.length; }

  // settle ends a burst: a person's digits go where they belong, a scanner's
  // that sent no Enter are a code.
  #settle(field = textField(document.activeElement) ? document.activeElement : null) {
    if (this.#digits === '' || (this.on.wantsCode() && !field)) return;
    clearTimeout(this.#timer);
    const digits = this.#digits;
    const broken = this.#brokenRun();
    this.#digits = '';
    if (digits.length >= scanned && broken) {
      this.on.untype(field);
      this.on.short();
    } else if (digits.length >= scanned) this.on.code(digits);
    else {
      const run = this.#run;
      this.on.typed(digits, field);
      this.#run = run; // a first digit that opens the next sale is still a code's, if it is one
    }
  }

  #paste(event) {
    if (event.target.closest?.('[data-own-keys]')) return;
    const text = event.clipboardData?.getData('text').trim() ?? '';
    if (!/^\d+$/.test(text)) return;
    stop(event);
    if (text.length >= scanned) this.on.code(text);
    else if (!this.on.wantsCode()) this.on.typed(text, textField(event.target) ? event.target : null);
  }
}

// digitOf reads the key and not the character where an input method took it:
// with a Chinese one open, a scanner's digits arrive as "Process".
function digitOf(event) {
  if (/^[0-9]$/.test(event.key)) return event.key;
  if (event.key !== 'Process' && event.key !== 'Unidentified') return null;
  const found = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  return found ? found[1] : null;
}

function textField(el) { return el instanceof HTMLInputElement && el.type === 'text' && !el.readOnly; }

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
