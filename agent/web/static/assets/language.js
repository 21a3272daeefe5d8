// The page's language: the till's own, unless somebody chose another here.
import deskWords from './desk-words.js';
import words from './words.js';

export const languages = [
  { tag: 'en', short: 'EN', name: 'English' },
  { tag: 'zh-CN', short: '简', name: '简体中文' },
  { tag: 'zh-HK', short: '繁', name: '繁體中文' },
];
const memory = 'tillpay.language';

export class Language {
  constructor(extra = {}) {
    this.words = { ...words, ...deskWords, ...extra };
    this.chosen = remembered();
    this.till = 'en';
  }

  get tag() { return this.chosen ?? this.till; }

  // ofTill takes the till's language, in which the agent's sentences come.
  ofTill(tag) {
    if (known(tag)) this.till = tag;
    document.documentElement.lang = this.tag;
  }

  choose(tag) {
    if (!known(tag)) return;
    this.chosen = tag;
    document.documentElement.lang = tag;
    try { localStorage.setItem(memory, tag); } catch { /* a locked-down browser: until reload, then */ }
  }

  t(key, values = {}) {
    const all = this.words[key];
    if (!all) return '';
    const text = all[languages.findIndex((l) => l.tag === this.tag)];
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
  }

  has(key) { return key in this.words; }

  time(at, zone) { return this.#format(at, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }); }

  // moment is a day and a time; date a day alone.
  moment(at, zone) { return this.#format(at, zone, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }); }

  date(at, zone) { return this.#format(at, zone, { year: 'numeric', month: 'short', day: 'numeric' }); }

  #format(at, zone, options) {
    try {
      return new Intl.DateTimeFormat(this.tag, { ...options, timeZone: zone }).format(new Date(at));
    } catch { // a zone that this browser does not know
      return new Intl.DateTimeFormat(this.tag, options).format(new Date(at));
    }
  }
}

// dayOf is the date in the till's zone, as the API writes days.
export function dayOf(at, zone) {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' };
  try {
    return new Intl.DateTimeFormat('en-CA', { ...options, timeZone: zone }).format(at);
  } catch {
    return new Intl.DateTimeFormat('en-CA', options).format(at);
  }
}

function known(tag) { return languages.some((l) => l.tag === tag); }

function remembered() {
  try {
    const tag = localStorage.getItem(memory);
    return known(tag) ? tag : null;
  } catch {
    return null;
  }
}
