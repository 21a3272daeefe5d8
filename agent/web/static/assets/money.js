// Amounts are whole numbers of the currency's minor unit. They are cut into
// digits as text and never pass through a fraction.

export function exponentOf(currency, till) {
  if (till && currency === till.currency && Number.isInteger(till.exponent)) return till.exponent;
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
}

// plain writes 1234567 with exponent 2 as 12,345.67.
export function plain(amount, exponent) {
  const sign = amount < 0 ? '-' : '';
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent).replace(/\B(?=(\d{3})+$)/g, ',');
  return sign + whole + (exponent ? '.' + digits.slice(-exponent) : '');
}

export function money(amount, currency, till) {
  return `${currency} ${plain(amount, exponentOf(currency, till))}`;
}

// Keyed is an amount typed as on a cash register: 1 2 3 4 is 12.34.
export class Keyed {
  static longest = 9;
  #digits = '';

  get amount() { return Number(this.#digits || '0'); }
  get empty() { return this.#digits === ''; }
  clear() { this.#digits = ''; }
  erase() { this.#digits = this.#digits.slice(0, -1); }

  // type takes digits; those that no longer fit are left out.
  type(digits) {
    for (const d of digits) {
      if (this.#digits.length >= Keyed.longest) return;
      if (this.#digits === '' && d === '0') continue;
      this.#digits += d;
    }
  }
}
