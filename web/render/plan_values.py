"""Values of one side of a plan as people read them: conditions and steps as sentences, fields by their labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from builder.acts.base import find
from builder.codec import decode
from builder.keys import qualified
from builder.model import Tile
from runtime.catalog import build_catalog
from runtime.context import Context
from runtime.drafts import sound
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.i18n import mark
from web.render.automations.draft import draft_plan
from web.render.automations.flow import cards_of
from web.render.automations.words import Speaker, distance, entity_word, label_text
from web.render.design import text_of
from web.render.design_filters import start_words
from web.render.design_words import type_name, value_name
from web.render.sentences import condition_as_sentence, given_words, rules_as_sentence
from web.render.tiles import tile_label
from web.render.values import path_end

_TREE = frozenset({"all", "any", "not", "expr", "has", "field"})
_FIELDS = frozenset({"search_fields", "sort", "columns", "hidden", "read_only", "require", "card", "fields", "rows"})
_FIELD = frozenset({"field", "title_field", "owner_field", "group", "sum", "inverse", "date", "start", "end", "person"})
_ENTITY = frozenset({"entity", "to", "target"})
_WORDS = frozenset({"type", "kind", "on_delete", "color", "result"})
_VERBS = {
    "read": mark("Read"),
    "create": mark("Create"),
    "update": mark("Change"),
    "delete": mark("Delete"),
    "export": mark("Export"),
}
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Side:
    """One side of a plan: a document of an app, and the workspace as it would be with it. ctx: the reader's."""

    ctx: Context
    app: str
    document: Mapping[str, Any]

    @cached_property
    def looked(self) -> Context:
        """A context whose catalog has the document, as far as it makes sense."""
        others = {key: app for key, app in self.ctx.catalog.apps.items() if key != self.app}
        known = self.ctx.catalog.documents.get(self.app)
        document = self.document if self.document is known else sound(self.document, others)
        documents = {**self.ctx.catalog.documents, self.app: document}
        return replace(self.ctx, catalog=build_catalog(self.ctx.workspace, documents, self.ctx.catalog.versions))

    def words(self, path: str, value: Any) -> str:
        """The value that stands at a path of the document; empty when it is to be shown as it is."""
        try:
            return self._words(path.split("/"), value)
        except _UNREADABLE:
            return ""

    def outline(self, path: str) -> str:
        """What sets an automation off, and what it does then; empty when that cannot be said."""
        raw = find(self.document, path)
        try:
            speaker = self._speaker(path.split("/"))
            ladder = [self.words(f"{path}/ladder", [rung]) for rung in raw.get("ladder") or ()]
            steps = [card.title for card in cards_of(speaker, raw.get("steps") or ()) if not card.is_off]
            return " → ".join(each for each in (speaker.trigger_sentence(), *ladder, *steps) if each)
        except _UNREADABLE:
            return ""

    def _words(self, parts: list[str], value: Any) -> str:
        name, holder = parts[-1], parts[-2] if len(parts) > 1 else ""
        if parts[0] == "forms" and parts[6:7] == ["fill"]:
            return self._filling(parts[:6], parts[8:], value)
        if isinstance(value, Mapping):
            return self._mapping(parts, name, holder, value)
        if isinstance(value, list):
            return self._list(parts, name, value)
        if not isinstance(value, str):
            return ""
        if name in _WORDS:
            return type_name(value) if name == "type" else value_name(value)
        if name == "after":
            return distance(value)
        if name in _ENTITY:
            found = self.looked.catalog.find(qualified(self.app, value))
            return entity_word(found) if found is not None else ""
        return self._label(parts, value) if name in _FIELD else ""

    def _mapping(self, parts: list[str], name: str, holder: str, value: Mapping[str, Any]) -> str:
        if name == "trigger":
            return self._speaker(parts, trigger=value).trigger_sentence()
        if holder in ("steps", "else") and value.get("type"):
            card = cards_of(self._speaker(parts), [value])[0]
            details = _("; ").join(_("%(name)s: %(value)s", name=title, value=text) for title, text in card.details)
            words = _("%(step)s (%(details)s)", step=card.title, details=details) if details else card.title
            return _("%(step)s – skipped", step=words) if card.is_off else words
        if holder == "ladder":
            return " · ".join(each for each in (label_text(value.get("label")), distance(value.get("after"))) if each)
        if holder == "columns":
            return self._label(parts, str(value.get("key", "")))
        if holder == "items" and value.get("field"):
            return self._label(parts, str(value["field"]))
        if holder == "grants":
            return self._grant(value)
        if holder == "tiles":
            return tile_label(self.looked, self.app, decode(Tile, value))
        if holder == "filters":
            return text_of(value.get("label")) or str(value["key"])
        if holder == "tables":
            return _(
                "%(table)s: %(field)s", table=self._words([*parts, "entity"], value["entity"]), field=self._field(value) or "–"
            )
        if holder == "ask":
            return self._label(parts, str(value.get("field", "")))
        if "key" not in value and _TREE & set(value):
            return self._condition(parts, value)
        return ""

    def _list(self, parts: list[str], name: str, value: list[Any]) -> str:
        if parts[0] == "roles" and name in _VERBS and value:
            return self._rules(parts[3] if len(parts) > 3 else "", value)
        if parts[0] == "dashboards" and name in ("start", "skip"):
            return self._of_filter(parts, name, value)
        if parts[0] == "dashboards" and name == "group":
            fields = [str(each["field"]) if isinstance(each, Mapping) else str(each) for each in value]
            return _(", ").join(self._label(parts, each) or each for each in fields)
        if name in ("steps", "else", "ladder"):
            return "; ".join(self._mapping([*parts, ""], "", name, each) for each in value)
        if name in _FIELDS:
            keys = [str(each.get("key") if isinstance(each, Mapping) else each) for each in value]
            return _(", ").join(self._sorted(parts, key) if name == "sort" else self._label(parts, key) or key for key in keys)
        return ""

    def _of_filter(self, parts: list[str], name: str, value: list[Any]) -> str:
        """With what a filter of a dashboard begins, or the tiles that it leaves alone."""
        if name == "start":
            return start_words(self.looked, self.app, {**find(self.document, "/".join(parts[:-1])), "start": value})
        tiles = [find(self.document, "/".join([*parts[:2], "tiles", str(key)])) for key in value]
        labels = [tile_label(self.looked, self.app, decode(Tile, each)) for each in tiles if isinstance(each, Mapping)]
        return _(", ").join(labels)

    def _field(self, table: Mapping[str, Any]) -> str:
        entity = self.looked.catalog.find(qualified(self.app, str(table["entity"])))
        end = path_end(self.looked, entity, str(table.get("field"))) if entity is not None and table.get("field") else None
        return end.label if end is not None else ""

    def _sorted(self, parts: list[str], key: str) -> str:
        label = self._label(parts, key.removeprefix("-")) or key.removeprefix("-")
        return _("%(field)s, downwards", field=label) if key.startswith("-") else label

    def _condition(self, parts: list[str], tree: Mapping[str, Any]) -> str:
        entity = self._entity(parts)
        if parts[0] == "automations":
            return self._speaker(parts).condition(tree, entity)
        return condition_as_sentence(self.looked, entity, tree) if entity is not None else ""

    def _filling(self, item: list[str], inner: list[str], value: Any) -> str:
        """Rules that fill an input in, one of them, its condition or its value. inner: the path inside a rule."""
        if isinstance(value, list) and not inner:
            return "; ".join(self._filling(item, [], each) for each in value)
        entity, field = self._entity(item), find(self.document, "/".join([*item, "field"]))
        if entity is None:
            return ""
        if inner == ["when"]:
            return self._condition(item, value)
        if inner == ["value"]:
            return given_words(self.looked, entity, str(field), value)
        given = given_words(self.looked, entity, str(field), value.get("value"))
        when = self._condition(item, value["when"]) if value.get("when") else ""
        return _("%(value)s, when %(condition)s", value=given, condition=when) if when else _("%(value)s, always", value=given)

    def _grant(self, grant: Mapping[str, Any]) -> str:
        told = []
        for verb, word in _VERBS.items():
            rules = grant.get(verb)
            if isinstance(rules, list) and rules:
                told.append(f"{_(word)}: {self._rules(str(grant.get('entity')), rules)}")
            elif rules is True:
                told.append(_(word))
        return "; ".join(told)

    def _rules(self, entity: str, rules: Iterable[Any]) -> str:
        found = self.looked.catalog.find(qualified(self.app, entity))
        return rules_as_sentence(self.looked, found, rules) if found is not None else ""

    def _label(self, parts: list[str], key: str) -> str:
        entity = self._entity(parts)
        end = path_end(self.looked, entity, key) if entity is not None else None
        return end.label if end is not None else ""

    def _entity(self, parts: list[str]) -> EntityDef | None:
        """The entity that a place speaks of: named by the innermost thing around it."""
        if parts[0] == "entities":
            return self.looked.catalog.find(f"{self.app}.{parts[1]}")
        for depth in range(len(parts), 1, -1):
            holder = find(self.document, "/".join(parts[:depth]))
            if isinstance(holder, Mapping) and isinstance(holder.get("entity"), str):
                return self.looked.catalog.find(qualified(self.app, holder["entity"]))
        return None

    def _speaker(self, parts: list[str], **changes: Any) -> Speaker:
        raw = find(self.document, "/".join(parts[:2]))
        return Speaker(self.looked, draft_plan(self.app, {**raw, **changes}))
