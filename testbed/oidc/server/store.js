// Where the provider keeps sessions, grants, tokens and clients: in memory, as long as the process lives. It outlasts a
// rotation of keys, which makes a new provider.
export class Store {
  constructor() {
    this.kinds = new Map();
  }

  adapter() {
    const store = this;
    return class {
      constructor(kind) {
        this.kind = kind;
      }

      get rows() {
        if (!store.kinds.has(this.kind)) store.kinds.set(this.kind, new Map());
        return store.kinds.get(this.kind);
      }

      async upsert(id, payload, expiresIn) {
        this.rows.set(id, { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
      }

      async find(id) {
        const row = this.rows.get(id);
        if (row && row.until > Date.now()) return row.payload;
        this.rows.delete(id);
        return undefined;
      }

      async findBy(field, value) {
        const row = [...this.rows.values()].find(({ payload }) => payload[field] === value);
        return row && row.until > Date.now() ? row.payload : undefined;
      }

      findByUid(uid) {
        return this.findBy('uid', uid);
      }

      findByUserCode(userCode) {
        return this.findBy('userCode', userCode);
      }

      async consume(id) {
        const row = this.rows.get(id);
        if (row) row.payload.consumed = Math.floor(Date.now() / 1000);
      }

      async destroy(id) {
        this.rows.delete(id);
      }

      async revokeByGrantId(grantId) {
        for (const [id, { payload }] of this.rows) if (payload.grantId === grantId) this.rows.delete(id);
      }
    };
  }

  all(kind) {
    const rows = this.kinds.get(kind) ?? new Map();
    return [...rows.values()].filter(({ until }) => until > Date.now()).map(({ payload }) => payload);
  }
}
