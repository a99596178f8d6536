/**
 * A canonical moment as a FHIR R4 dateTime (R4 §2.24.0.1: a time of day needs seconds and a zone). What lacks a zone is cut to
 * its day: a zone must not be made up, and the event keeps the moment as it was sent. Undefined when it is no moment.
 */
export function dateTimeOf(moment: string): string | undefined {
  const match = /^(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:T(\d{2}:\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(moment)
  if (match === null) return undefined
  const [, day = '', minute, second = '00', fraction = '', zone] = match
  return minute === undefined || zone === undefined ? day : `${day}T${minute}:${second}${fraction}${zone}`
}
