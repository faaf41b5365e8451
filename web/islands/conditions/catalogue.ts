// What a rule may name: fields with their operators, relations to many, what a step or a change brings, settings.
export interface Field {
  key: string;
  label: string;
  kind: string;
  operators: string[];
  choices?: [string | number, string][];
  source?: string;
  target?: string; // a relation to one leads on to the fields of this entity
}
export interface Relation {
  key: string;
  label: string;
  target: string;
}
export interface Root {
  key: string; // before, item, steps.find_1
  label: string;
  target: string;
}
export interface Setting {
  key: string;
  label: string;
  type: string;
}
export interface Catalogue {
  fields: Field[];
  relations: Relation[];
  roots: Root[];
  settings: Setting[];
  entity?: string;
}

const known = new Map<string, Promise<Catalogue>>();

export function catalogueAt(address: string): Promise<Catalogue> {
  const found =
    known.get(address) ??
    fetch(address, { headers: { Accept: "application/json" } })
      .then((answer) => answer.json() as Promise<Catalogue | Field[]>)
      .then((body) => (Array.isArray(body) ? { fields: body, relations: [], roots: [], settings: [] } : body));
  known.set(address, found);
  found.catch(() => known.delete(address));
  return found;
}
