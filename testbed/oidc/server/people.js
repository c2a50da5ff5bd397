// The people an instance knows, and what is said about them for which scopes. Tests may change them while it runs.
export class People {
  constructor(flavour, seed) {
    this.flavour = flavour;
    this.known = structuredClone(seed);
  }

  names() {
    return Object.keys(this.known);
  }

  has(name) {
    return Object.hasOwn(this.known, name);
  }

  subject(name) {
    return this.known[name].subject ?? this.flavour.subject(name);
  }

  bySubject(subject) {
    return this.names().find((name) => this.subject(name) === subject);
  }

  claims(name) {
    const claims = { ...this.flavour.claims(name, this.known[name]), sub: this.subject(name) };
    return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  }

  claimsFor(name, scopes) {
    const claims = this.claims(name);
    const wanted = scopes.flatMap((scope) => this.flavour.claimsOfScopes[scope] ?? []);
    const told = [...new Set(['sub', ...wanted])].filter((claim) => claims[claim] !== undefined);
    return Object.fromEntries(told.map((claim) => [claim, claims[claim]]));
  }

  // A person joins, changes groups or name, gets another subject; `null` removes them.
  set(name, changes) {
    if (changes === null) delete this.known[name];
    else this.known[name] = { groups: [], ...this.known[name], ...changes };
  }
}
