/** GTINs: GS1 item numbers of 8, 12, 13 or 14 digits, all one number once padded to 14. */

/** Is the last digit right? Weights 3 and 1 from the right (GS1 General Specifications §7.9). */
export function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let i = digits.length - 2, weight = 3; i >= 0; i--, weight = 4 - weight) sum += (digits.charCodeAt(i) - 48) * weight
  return (10 - (sum % 10)) % 10 === digits.charCodeAt(digits.length - 1) - 48
}

/** The 14 digits under which a GTIN is matched, or null when the text has not 8, 12, 13 or 14 digits. The check digit is not judged. */
export function normaliseGtin(text: string): string | null {
  return /^(?:\d{8}|\d{12,14})$/.test(text) ? text.padStart(14, '0') : null
}
