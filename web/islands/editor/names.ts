// What a formula or text may name: fields with their labels, and functions with help. Asked for once for each place.
import { send } from "../shared/dom";

export interface Name {
  path: string;
  label: string;
}
export interface Func {
  name: string; // in the reader's language
  other: string; // in the other one
  written: string; // with its parameters
  help: string;
  examples: [string, string][];
}
export interface Place {
  url: string; // …/formula
  entity: string;
  pick?: string; // the card of an automation
  field?: string; // path of the field that is to hold what comes out
  prefix?: string; // "=": only what begins with it is a formula
}
export interface Names {
  fields: Name[];
  functions: Func[];
  labels: Map<string, string>;
}

const known = new Map<string, Promise<Names>>();

export function namesAt(place: Place): Promise<Names> {
  const query = new URLSearchParams({ entity: place.entity, ...(place.pick ? { pick: place.pick } : {}) });
  const address = `${place.url}/names?${query}`;
  let found = known.get(address);
  if (!found) {
    found = ask(address);
    known.set(address, found);
    // The draft changes: what was asked a while ago is asked again.
    setTimeout(() => known.delete(address), 5000);
  }
  return found;
}

async function ask(address: string): Promise<Names> {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  const body = answer?.ok ? ((await answer.json()) as { fields: Name[]; functions: Func[] }) : { fields: [], functions: [] };
  return { ...body, labels: new Map(body.fields.map((each) => [each.path, each.label])) };
}

// Labels of paths that lead further than the list of names.
export async function moreLabels(place: Place, paths: string[]): Promise<Record<string, string>> {
  const answer = await send(place.url, { entity: place.entity, pick: place.pick, paths }).catch(() => null);
  return answer?.ok ? ((await answer.json()) as { labels: Record<string, string> }).labels : {};
}
