// The agent's events. The browser resumes a broken stream by itself and tells
// the agent the last id it saw; this adds what it does not do: coming back
// after a refusal, and saying how things stand.

const names = ['sale', 'payment', 'refund', 'receipt', 'scan', 'device', 'status', 'attention'];
const pause = 2000;

export class Live {
  #source = null;
  #timer = 0;

  constructor({ onEvent, onUp, onDown }) {
    this.on = { onEvent, onUp, onDown };
  }

  open() {
    clearTimeout(this.#timer);
    const source = new EventSource('/v1/events');
    this.#source = source;
    source.addEventListener('open', () => this.on.onUp());
    source.addEventListener('error', () => {
      this.on.onDown();
      if (source.readyState !== EventSource.CLOSED || source !== this.#source) return;
      this.#timer = setTimeout(() => this.open(), pause);
    });
    for (const name of names) {
      source.addEventListener(name, (event) => {
        const data = parsed(event.data);
        if (data !== null) this.on.onEvent(name, data);
      });
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}
