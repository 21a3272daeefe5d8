// What is plugged in, for whoever sets the till up: which device is which, how it
// fares, and which one is the scanner. The agent watches beside the system, and
// takes nothing from anybody while it does.
import { h, icon } from './dom.js';
import { Panel } from './panel.js';

const modes = ['keyboard', 'hid-pos', 'serial', 'printer', 'in use'];

export class Devices {
  #listening = false;
  #closed = false;

  constructor(parent, { api, language, status, onClose }) {
    Object.assign(this, { api, language, status });
    const t = (key) => language.t(key);
    this.panel = new Panel(parent, language, { name: 'devices', title: t('devices.title'), onClose: () => { this.#closed = true; onClose?.(); } });
    this.go = h('button', { class: 'button primary', type: 'button', 'data-do': 'learn', onclick: () => this.#learn() }, t('devices.learn'));
    this.said = h('div', { class: 'learnt', 'aria-live': 'polite' }, h('p', {}, t('devices.how')));
    this.list = h('div', { class: 'device-list' });
    this.panel.fill(h('section', { class: 'learn' }, this.said, this.go), this.list);
    this.load();
  }

  // listening tells that what is scanned is for learning, not for a sale.
  get listening() { return this.#listening; }

  key(name) { return this.panel.key(name); }

  typed() { this.panel.typed(); }

  untype() { this.panel.untype(); }

  async load() {
    try {
      const { devices } = await this.api.devices();
      this.list.replaceChildren(...devices.map((d) => this.#row(d)));
    } catch (problem) {
      this.list.replaceChildren(h('p', { class: 'form-wrong' }, problem.detail ?? String(problem)));
    }
  }

  #row(d) {
    const t = (key, values) => this.language.t(key, values);
    const state = d.status || (d.name ? 'unknown' : 'unused');
    const words = t(this.language.has(`devices.${state}`) ? `devices.${state}` : 'devices.failed'); // the detail says it
    const printer = d.mode === 'printer' || this.status.devices?.find((s) => s.name === d.name)?.kind === 'printer';
    return h('article', { class: 'device', 'data-device': d.name || `${d.vendor}:${d.product} ${d.serial ?? ''}`.trim(), 'data-state': state },
      icon(printer ? 'printer' : 'scanner'),
      h('h3', {}, titleOf(d)),
      h('p', { class: 'device-about' }, this.#about(d)),
      h('p', { class: 'device-state' }, words),
      d.detail && !['ready', 'blind'].includes(state) ? h('p', { class: 'device-detail' }, d.detail) : null);
  }

  #about(d) {
    const mode = modes.includes(d.mode) ? this.language.t(`devices.mode.${d.mode}`) : '';
    const numbers = d.vendor ? `${d.vendor} ${d.product}${d.serial ? ` ${d.serial}` : ''}` : '';
    return [mode, numbers, d.place].filter(Boolean).join(' · ');
  }

  // learn listens until a scanner scanned, or the sheet is closed. What was typed by
  // hand or is no code is said, and listened past.
  async #learn() {
    if (this.#listening) return;
    this.#listening = true;
    this.go.disabled = true;
    this.panel.body.focus({ preventScroll: true }); // the scanner's Enter is for no button
    this.#say('wait', h('p', {}, this.language.t('devices.scan')));
    try {
      for (let done = false; !done && !this.#closed;) {
        const answer = await this.api.learn();
        if (!this.#closed) done = this.#heard(answer);
      }
    } catch (problem) {
      this.#say('refused', h('p', {}, problem.detail ?? String(problem)));
    }
    this.#listening = false;
    this.go.disabled = false;
    if (!this.#closed) this.load();
  }

  // heard draws an answer, and tells whether that was the scanner.
  #heard({ seen, not_watched: blind }) {
    const t = (key) => this.language.t(key);
    const hidden = blind.map((d) => h('p', { class: 'device-detail', 'data-blind': d.place }, `${titleOf(d)}: ${d.detail}`));
    if (!seen) {
      this.#say('wait', h('p', {}, t('devices.scan')), hidden);
      return false;
    }
    const about = seen.vendor ? h('p', { class: 'device-about' }, this.#about(seen)) : null;
    const read = seen.text ? h('p', { class: 'device-about' }, seen.text) : null;
    const stanza = seen.stanza ? [h('pre', { class: 'stanza', tabindex: '0' }, seen.stanza), h('p', { class: 'device-about' }, t('devices.write'))] : [];
    this.#say(seen.refused ? 'refused' : 'found', h('h3', {}, titleOf(seen)), about, read, h('p', { class: 'learnt-say' }, seen.message), stanza, seen.refused ? hidden : []);
    return !seen.refused || seen.refused === 'configured';
  }

  #say(state, ...content) {
    this.said.dataset.learn = state;
    this.said.replaceChildren(...content.flat().filter(Boolean));
  }
}

function titleOf(d) {
  return [d.maker, d.model].filter(Boolean).join(' ') || d.name || `${d.vendor ?? ''} ${d.product ?? ''}`.trim();
}
