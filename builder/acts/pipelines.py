"""Acts on pipelines: stages stand in the order of the field's choices, so both change together."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from builder.acts import items
from builder.acts.base import Act, BadAct, Document, Done, find, first_text, free_key, item_at, keys_in, slug, texts
from builder.quick_ways import ends_of

_COLOURS = ("blue", "azure", "purple", "orange", "teal", "indigo", "yellow", "cyan", "pink", "lime")
Operations = list[Mapping[str, Any]]


def new_pipeline(document: Document, act: Act, published: Document) -> Done:
    """{"entity", "field", "label"?, "ways"?: [{"from": stages, "to": stage, "label"?}]}: a pipeline with the choices of a field as
    stages. Where ways lead to and none leads on from is an end; without ways all stages are open."""
    entity, field = str(act["entity"]), str(act["field"])
    declared = item_at(document, f"entities/{entity}/fields/{field}")
    choices = (declared.get("options") or {}).get("choices") or ()
    names = {str(each["key"]): first_text(each.get("label")) for each in choices}
    ways = _ways(act.get("ways") or (), names)
    ends = ends_of(ways, names)
    stages = [{"key": each, "kind": ends.get(each, "open")} for each in names]
    taken = {*keys_in(document, "pipelines"), *keys_in(published, "pipelines")}
    key = free_key(f"{entity[:18]}_{field[:18]}", taken)
    label = texts(act.get("label")) or texts(declared.get("label"))
    value = {"key": key, "entity": entity, "field": field, "label": label, "stages": stages, "transitions": ways}
    return Done([{"op": "add", "path": "pipelines", "value": value}], f"pipelines/{key}")


def _ways(wanted: Iterable[Mapping[str, Any]], stages: Container[str]) -> list[dict[str, Any]]:
    """Transitions with their keys. The same way said twice is one."""
    found: list[dict[str, Any]] = []
    for each in wanted:
        origins, target = [str(one) for one in each["from"]], str(each["to"])
        if not origins or target in origins or not all(one in stages for one in (*origins, target)):
            raise BadAct("a move leads from one stage to another")
        if any(one["from"] == origins and one["to"] == target for one in found):
            continue
        key = free_key(_way_key(origins[0], target), {one["key"] for one in found})
        found.append({"key": key, "from": origins, "to": target, "label": texts(each.get("label"))})
    return found


def _way_key(origin: str, target: str) -> str:
    return f"{origin[:18]}_to_{target[:17]}"


def new_stage(document: Document, act: Act, published: Document) -> Done:
    """{"path": pipeline, "label"}: a choice of the field, and the stage that stands for it, last."""
    path = str(act["path"])
    choices = choices_path(document, path)
    label = texts(act.get("label"))
    gone = (find(document, choices.removesuffix("/choices")) or {}).get("retired") or {}
    taken = {*keys_in(document, choices), *keys_in(published, choices), *keys_in(document, f"{path}/stages"), *gone}
    base = slug(first_text(label))
    key = free_key(base, taken) if base and not act.get("numbered") else free_key("stage", taken, numbered=True)
    worn = {each.get("color") for each in find(document, choices)}
    colour = next((each for each in _COLOURS if each not in worn), _COLOURS[0])
    choice = {"key": key, "label": label, "color": colour}
    return Done(
        [
            {"op": "add", "path": choices, "value": choice},
            {"op": "add", "path": f"{path}/stages", "value": {"key": key, "kind": "open"}},
        ],
        f"{path}/stages/{key}",
    )


def use_choice(document: Document, act: Act, published: Document) -> Done:
    """{"path": pipeline, "key": a choice}: a stage for a choice that has none, at its place in the order of the choices."""
    path, key = str(act["path"]), str(act["key"])
    stages = keys_in(document, f"{path}/stages")
    order = keys_in(document, choices_path(document, path))
    if key not in order:
        raise BadAct("there is no such choice")
    before = [each for each in order[: order.index(key)] if each in stages]
    addition = {
        "op": "add",
        "path": f"{path}/stages",
        "value": {"key": key, "kind": "open"},
        "after": before[-1] if before else None,
    }
    return Done([addition], f"{path}/stages/{key}")


def remove_stage(document: Document, act: Act, published: Document) -> Done:
    """{"path": stage, "heir"?: another stage}: takes the stage, its choice and the moves to it away; moves from it lose it. The
    records that stand in it go to the heir when this is published."""
    path, heir = str(act["path"]), str(act.get("heir") or "")
    item_at(document, path)
    pipeline, _, key = path.rpartition("/stages/")
    choices = choices_path(document, pipeline)
    if heir and (heir == key or heir not in keys_in(document, choices)):
        raise BadAct("the records have to go to another stage")
    operations: Operations = [{"op": "remove", "path": path}, *_moves_without(document, pipeline, key)]
    if key in keys_in(document, choices):
        operations.append({"op": "remove", "path": f"{choices}/{key}"})
    operations += _shown_lanes(document, item_at(document, pipeline), key)
    operations += _retired(document, published, choices.removesuffix("/choices"), key, heir)
    return Done(operations)


def _moves_without(document: Document, pipeline: str, key: str) -> Operations:
    operations: Operations = []
    for each in item_at(document, pipeline).get("transitions") or ():
        place = f"{pipeline}/transitions/{each['key']}"
        rest = [one for one in each.get("from") or () if one != key]
        if each.get("to") == key or (each.get("from") and not rest):
            operations.append({"op": "remove", "path": place})
        elif rest != (each.get("from") or []):
            operations.append({"op": "set", "path": f"{place}/from", "value": rest})
    return operations


def _shown_lanes(document: Document, pipeline: Mapping[str, Any], key: str) -> Operations:
    """Boards that hide the column of a stage have nothing to hide any more."""
    operations: Operations = []
    for view in document.get("views") or ():
        options = view.get("options") or {}
        if (
            view.get("entity") == pipeline.get("entity")
            and options.get("group") == pipeline.get("field")
            and key in options.get("hidden", ())
        ):
            rest = [each for each in options["hidden"] if each != key]
            operations.append({"op": "set", "path": f"views/{view['key']}/options/hidden", "value": rest})
    return operations


def _retired(document: Document, published: Document, options: str, key: str, heir: str) -> Operations:
    """Who inherits whose records: what was to come to this stage goes on to its heir."""
    before = dict((find(document, options) or {}).get("retired") or {})
    after = {gone: heir if to == key else to for gone, to in before.items()}
    if heir and key in keys_in(published, f"{options}/choices"):
        after[key] = heir
    after = {gone: to for gone, to in after.items() if to}
    if after == before:
        return []
    return [
        {"op": "set", "path": f"{options}/retired", "value": after} if after else {"op": "remove", "path": f"{options}/retired"}
    ]


def place(document: Document, act: Act, published: Document) -> Done:
    """As `items.place`; a stage that moves takes its choice along."""
    done = items.place(document, act, published)
    path = str(act["path"])
    pipeline, _, key = path.rpartition("/stages/")
    if not path.startswith("pipelines/") or not pipeline or not done.operations or act.get("list") != f"{pipeline}/stages":
        return done
    choices = choices_path(document, pipeline)
    known = keys_in(document, choices)
    if key not in known or ("after" in act and act["after"] is not None and act["after"] not in known):
        return done
    after = {"after": act["after"]} if "after" in act else {}
    return Done([*done.operations, {"op": "move", "path": f"{choices}/{key}", **after}], done.made, done.renamed)


def new_transition(document: Document, act: Act, published: Document) -> Done:
    """{"path": pipeline, "from", "to", "label"?}: an allowed move from one stage to another."""
    path, origin, target = str(act["path"]), str(act["from"]), str(act["to"])
    known = keys_in(document, f"{path}/stages")
    if origin not in known or target not in known or origin == target:
        raise BadAct("a move leads from one stage to another")
    place = f"{path}/transitions"
    key = free_key(_way_key(origin, target), {*keys_in(document, place), *keys_in(published, place)})
    value = {"key": key, "from": [origin], "to": target, "label": texts(act.get("label"))}
    return Done([{"op": "add", "path": place, "value": value}], f"{place}/{key}")


def choices_path(document: Document, pipeline: str) -> str:
    """Where the choices of a pipeline's field stand. Raises BadAct."""
    found = item_at(document, pipeline)
    path = f"entities/{found.get('entity')}/fields/{found.get('field')}/options/choices"
    if not isinstance(find(document, path), list):
        raise BadAct("the field of this pipeline has no choices")
    return path
