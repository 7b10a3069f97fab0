/**
 * The value as an ADO.NET connection string takes it: bare where it is plain, else in double
 * quotes with the double quotes in it doubled (the rules of DbConnectionStringBuilder).
 */
export function quoteForAdoNet(value: string): string {
  return /^[^"'=;\s\p{Cc}]+$/u.test(value)
    ? value
    : `"${value.replace(/"/g, '""')}"`;
}

/** The value percent-encoded for any part of an URI. */
export function encodeForUri(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const FORMS: Record<string, (value: string) => string> = {
  raw: value => value,
  uri: encodeForUri,
  adonet: quoteForAdoNet,
};

/** Puts a secret value into the text of a reference; see `SecretReference.template`. */
export function applyTemplate(
  template: string | undefined,
  value: string,
): string {
  if (template === undefined) return value;
  return template.replace(/\{(raw|uri|adonet)\}/g, (_, form: string) =>
    FORMS[form](value),
  );
}

/** Every form in which a value can stand in a resolved text, so that each of them can be redacted. */
export function formsOf(value: string): string[] {
  return [...new Set(Object.values(FORMS).map(form => form(value)))];
}
