// Calls to the agent. A failure is always a Problem with a sentence to show.

export class Problem extends Error {
  // status 0: no answer came, so nobody knows whether the call was carried out.
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

export class API {
  constructor(language, onSignedOut) {
    this.language = language;
    this.onSignedOut = onSignedOut;
  }

  status() { return this.#json('GET', '/v1/status'); }
  sale(id) { return this.#json('GET', `/v1/sales/${encodeURIComponent(id)}`); }
  sales(day, cursor) {
    const query = new URLSearchParams(cursor ? { day, cursor } : { day });
    return this.#json('GET', `/v1/sales?${query}`);
  }
  lookup(number) { return this.#json('GET', `/v1/lookup?${new URLSearchParams({ number })}`); }
  open(sale) { return this.#json('POST', '/v1/sales', sale); }
  scan(id, code) { return this.#act(id, 'scan', { code }); }
  cancel(id) { return this.#act(id, 'cancel', {}); }
  check(id) { return this.#act(id, 'check', {}); }
  reprint(id) { return this.#act(id, 'reprint', {}); }
  refund(id, body) { return this.#act(id, 'refunds', body); }
  capture(id, amount) { return this.#act(id, 'capture', { amount }); }
  release(id) { return this.#act(id, 'release', {}); }
  prepare(id, body) { return this.#act(id, 'prepare', body); }
  printOrder(id) { return this.#act(id, 'print-order', {}); }
  session() { return this.#json('GET', '/v1/session'); }
  leave() { return this.#json('POST', '/v1/session/end', {}); }
  channels() { return this.#json('GET', '/v1/channels'); }
  attention() { return this.#json('GET', '/v1/attention'); }
  resolve(id, body) { return this.#json('POST', `/v1/attention/${encodeURIComponent(id)}/resolve`, body); }
  reconcile(day) { return this.#json('POST', `/v1/days/${encodeURIComponent(day)}/reconcile`, {}); }

  devices() { return this.#json('GET', '/v1/devices'); }
  learn() { return this.#json('POST', '/v1/devices/learn?wait=20s'); }

  async receipt(id) {
    const answer = await this.#call('GET', `/v1/sales/${encodeURIComponent(id)}/receipt`, undefined, 'text/html');
    return answer.text();
  }

  async post(path, body) { await this.#call('POST', path, body, 'application/json'); }
  get(path) { return this.#json('GET', path); }

  #act(id, verb, body) {
    return this.#json('POST', `/v1/sales/${encodeURIComponent(id)}/${verb}`, body);
  }

  async #json(method, path, body) {
    const answer = await this.#call(method, path, body, 'application/json');
    if (answer.status === 204) return null;
    const text = await answer.text();
    if (text === '') return null;
    try {
      return JSON.parse(text);
    } catch {
      throw new Problem(answer.status, 'answer', this.language.t('fault.answer'));
    }
  }

  async #call(method, path, body, accept) {
    const headers = { Accept: accept, 'Accept-Language': this.language.tag };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let answer;
    try {
      answer = await fetch(path, {
        method, headers, cache: 'no-store', credentials: 'same-origin', redirect: 'error',
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      throw new Problem(0, 'network', this.language.t('fault.network'));
    }
    if (answer.ok) return answer;
    if (answer.status === 401) this.onSignedOut();
    throw await this.#problem(answer);
  }

  async #problem(answer) {
    let told = {};
    try { told = await answer.json(); } catch { /* not a problem document: the sentence below */ }
    return new Problem(answer.status, told.code ?? '', told.detail || told.title || this.language.t('fault.answer'));
  }
}
