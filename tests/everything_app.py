"""Two apps that together use every field type, view, trigger, step, tile and form feature.

`directory` is what others build on: companies and activities. `studio` extends both and holds `project`, the entity
with one field of every type. Functions return fresh documents, so a test may change what it gets.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def label(en: str, hans: str, hant: str | None = None) -> dict[str, str]:
    """A text in the three languages."""
    return {"en": en, "zh-Hans": hans, "zh-Hant": hant or hans}


def field(key: str, kind: str, en: str, hans: str, **more: Any) -> Document:
    """One field; `options` and the other properties by name."""
    return {"key": key, "type": kind, "label": label(en, hans), **more}


def choice(key: str, en: str, hans: str, color: str = "blue") -> Document:
    return {"key": key, "label": label(en, hans), "color": color}


def directory_app() -> Document:
    """Companies and activities."""
    return {
        "format": 1,
        "key": "directory",
        "version": "1.0.0",
        "label": label("Directory", "通讯录", "通訊錄"),
        "icon": "building",
        "color": "teal",
        "entities": [_company(), _activity()],
        "views": [
            {
                "key": "companies",
                "entity": "company",
                "type": "table",
                "label": label("All companies", "所有公司"),
                "columns": [{"key": "name"}, {"key": "city"}, {"key": "owner"}],
                "sort": ["name"],
            }
        ],
        "roles": [
            {
                "key": "clerk",
                "label": label("Clerk", "文员", "文員"),
                "grants": [
                    {
                        "entity": "company",
                        "read": ["all"],
                        "create": True,
                        "update": ["own"],
                        "export": True,
                        "hidden": ["secret_note"],
                    },
                    {"entity": "activity", "read": ["team"], "create": True, "update": ["own"], "delete": ["own"]},
                ],
            }
        ],
        "menu": [{"key": "companies", "entity": "company"}, {"key": "activities", "entity": "activity"}],
    }


def studio_app() -> Document:
    """Projects with a field of every type, their lines and tags."""
    return {
        "format": 1,
        "key": "studio",
        "version": "1.0.0",
        "label": label("Studio", "工作室"),
        "description": label("Projects and what belongs to them", "项目及其相关内容", "專案及其相關內容"),
        "icon": "palette",
        "color": "purple",
        "needs": [{"app": "directory", "version": ">=1.0"}],
        "entities": [_project(), _line(), _tag()],
        "extends": [
            {
                "key": "activity_links",
                "entity": "directory.activity",
                "fields": [field("project", "relation", "Project", "项目", options={"to": "studio.project"})],
            },
            {
                "key": "company_facts",
                "entity": "directory.company",
                "fields": [field("budget", "currency", "Studio budget", "工作室预算")],
            },
        ],
        "forms": [_project_form()],
        "views": _views(),
        "pipelines": [_pipeline()],
        "automations": _automations(),
        "roles": _roles(),
        "dashboards": [_dashboard()],
        "menu": [
            {"key": "projects", "entity": "project"},
            {"key": "board", "view": "board", "label": label("Board", "看板"), "icon": "layout-kanban"},
            {"key": "overview", "dashboard": "overview"},
            {"key": "more", "label": label("More", "更多"), "icon": "dots", "items": [{"key": "tags", "entity": "tag"}]},
        ],
    }


def everything() -> dict[str, Document]:
    """Both documents by key, in the order in which they can be installed."""
    return {"directory": directory_app(), "studio": studio_app()}


def _company() -> Document:
    return {
        "key": "company",
        "label": label("Company", "公司"),
        "plural": label("Companies", "公司"),
        "icon": "building",
        "title_field": "name",
        "owner_field": "owner",
        "fields": [
            field("name", "text", "Name", "名称", required=True),
            field("city", "text", "City", "城市"),
            field("phone", "phone", "Phone", "电话"),
            field("owner", "person", "Owner", "负责人", default={"var": "me"}),
            field("secret_note", "long_text", "Secret note", "机密备注"),
            field(
                "activities",
                "relation",
                "Activities",
                "活动",
                options={"to": "activity", "kind": "one_to_many", "inverse": "company"},
            ),
        ],
    }


def _activity() -> Document:
    return {
        "key": "activity",
        "label": label("Activity", "活动"),
        "title_field": "subject",
        "owner_field": "owner",
        "fields": [
            field("subject", "text", "Subject", "主题", required=True),
            field("company", "relation", "Company", "公司", options={"to": "company", "on_delete": "delete"}),
            field("happened_at", "datetime", "When", "时间", default={"var": "now"}),
            field("owner", "person", "Owner", "负责人", default={"var": "me"}),
        ],
    }


def _project() -> Document:
    return {
        "key": "project",
        "label": label("Project", "项目", "專案"),
        "plural": label("Projects", "项目", "專案"),
        "description": label("One piece of work for a customer", "为客户做的一项工作"),
        "icon": "briefcase",
        "title_field": "name",
        "owner_field": "owner",
        "search_fields": ["name", "number", "phone"],
        "fields": [*_plain_fields(), *_choice_fields(), *_link_fields(), *_formula_fields()],
        "indexes": [{"key": "by_stage", "fields": ["stage", "due"]}],
        "rules": [
            {
                "key": "end_after_start",
                "condition": {
                    "any": [
                        {"field": "due", "op": "is_empty"},
                        {"expr": "{due} >= {starts}"},
                        {"field": "starts", "op": "is_empty"},
                    ]
                },
                "message": label("It cannot be due before it starts.", "截止日期不能早于开始日期。"),
                "field": "due",
            }
        ],
    }


def _plain_fields() -> list[Document]:
    return [
        field(
            "name",
            "text",
            "Name",
            "名称",
            required=True,
            options={"max_length": 80},
            help=label("As on the contract", "与合同一致"),
        ),
        field("notes", "long_text", "Notes", "备注"),
        field("hours", "number", "Hours", "工时", options={"decimals": 1, "min": 0, "max": 10000, "unit": "h"}),
        field("budget", "currency", "Budget", "预算", options={"currency": "CNY", "decimals": 2, "min": 0}),
        field("cost", "currency", "Cost", "成本"),
        field("progress", "percent", "Progress", "进度", default=0, options={"min": 0, "max": 100}),
        field("urgent", "boolean", "Urgent", "加急", default=False),
        field("starts", "date", "Starts", "开始", default={"var": "today"}),
        field("due", "date", "Due", "截止"),
        field("meeting_at", "datetime", "Meeting", "会议"),
        field("number", "auto_number", "Number", "编号", options={"pattern": "P-{YYYY}{MM}-{0000}"}),
        field("phone", "phone", "Phone", "电话"),
        field("email", "email", "E-mail", "邮箱"),
        field("website", "url", "Website", "网站"),
        field("code", "text", "Code", "代码", unique=True),
    ]


def _choice_fields() -> list[Document]:
    stages = [
        choice("draft", "Draft", "草稿", "gray"),
        choice("active", "Active", "进行中"),
        choice("review", "In review", "审核中", "yellow"),
        choice("won", "Delivered", "已交付", "green"),
        choice("lost", "Cancelled", "已取消", "red"),
    ]
    return [
        field("stage", "select", "Stage", "阶段", required=True, default="draft", options={"choices": stages}),
        field(
            "channels",
            "multi_select",
            "Channels",
            "渠道",
            options={"choices": [choice("web", "Web", "网站"), choice("fair", "Fair", "展会")]},
        ),
        field("lost_reason", "text", "Reason", "原因"),
        field("finished_at", "datetime", "Finished", "完成时间"),
    ]


def _link_fields() -> list[Document]:
    return [
        field("owner", "person", "Owner", "负责人", default={"var": "me"}),
        field("team", "team", "Team", "团队"),
        field("company", "relation", "Company", "公司", options={"to": "directory.company", "on_delete": "refuse"}),
        field("parent", "relation", "Part of", "上级项目", options={"to": "project", "on_delete": "clear"}),
        field("tags", "relation", "Tags", "标签", options={"to": "tag", "kind": "many_to_many"}),
        field("lines", "relation", "Lines", "明细", options={"to": "line", "kind": "one_to_many", "inverse": "project"}),
    ]


def _formula_fields() -> list[Document]:
    return [
        field(
            "margin",
            "formula",
            "Margin",
            "毛利",
            options={"expression": "{budget} - {cost}", "result": "currency", "decimals": 2},
        ),
        field(
            "days_left",
            "formula",
            "Days left",
            "剩余天数",
            options={"expression": 'DATEDIF(TODAY(), {due}, "d")', "result": "number"},
        ),
    ]


def _line() -> Document:
    return {
        "key": "line",
        "label": label("Line", "明细"),
        "title_field": "title",
        "fields": [
            field("title", "text", "Title", "标题", required=True),
            field("project", "relation", "Project", "项目", required=True, options={"to": "project", "on_delete": "delete"}),
            field("quantity", "number", "Quantity", "数量", default=1, options={"decimals": 2}),
            field("price", "currency", "Price", "单价"),
            field(
                "total",
                "formula",
                "Total",
                "合计",
                options={"expression": "{quantity} * {price}", "result": "currency", "decimals": 2},
            ),
        ],
    }


def _tag() -> Document:
    return {
        "key": "tag",
        "label": label("Tag", "标签"),
        "title_field": "name",
        "fields": [field("name", "text", "Name", "名称", required=True, unique=True)],
    }


def _project_form() -> Document:
    is_lost = {"field": "stage", "op": "is", "value": "lost"}
    return {
        "key": "project_form",
        "entity": "project",
        "label": label("Project", "项目"),
        "sections": [
            {
                "key": "basic",
                "label": label("Basics", "基本信息"),
                "columns": 2,
                "items": [
                    {"key": "name", "field": "name", "span": 2},
                    {"key": "number", "field": "number", "read_only": True},
                    {"key": "stage", "field": "stage"},
                    {"key": "lost_reason", "field": "lost_reason", "show_when": is_lost, "require_when": is_lost},
                    {"key": "company", "field": "company"},
                    {"key": "owner", "field": "owner"},
                    {"key": "starts", "field": "starts"},
                    {"key": "due", "field": "due"},
                    {"key": "hint", "text": label("Money is shown without tax.", "金额不含税。")},
                    {
                        "key": "budget",
                        "field": "budget",
                        "read_only_when": {"field": "stage", "op": "in", "value": ["won", "lost"]},
                    },
                    {"key": "cost", "field": "cost"},
                    {"key": "margin", "field": "margin"},
                ],
            },
            {
                "key": "more",
                "label": label("More", "更多"),
                "columns": 1,
                "collapsed": True,
                "show_when": {"field": "urgent", "op": "is", "value": True},
                "items": [
                    {"key": "urgent", "field": "urgent"},
                    {"key": "tags", "field": "tags"},
                    {"key": "notes", "field": "notes"},
                ],
            },
        ],
        "related": [
            {
                "key": "lines",
                "entity": "line",
                "field": "project",
                "label": label("Lines", "明细"),
                "columns": ["title", "quantity", "total"],
            },
            {
                "key": "activities",
                "entity": "directory.activity",
                "field": "studio_project",
                "columns": ["subject", "happened_at"],
            },
        ],
    }


def _views() -> list[Document]:
    return [
        {
            "key": "all_projects",
            "entity": "project",
            "type": "table",
            "label": label("All projects", "所有项目"),
            "columns": [
                {"key": "number"},
                {"key": "name", "width": 240},
                {"key": "company.name"},
                {"key": "stage"},
                {"key": "budget", "summary": "sum"},
            ],
            "sort": ["-created_at"],
        },
        {
            "key": "mine",
            "entity": "project",
            "type": "table",
            "label": label("Mine", "我的"),
            "columns": [{"key": "name"}, {"key": "due"}],
            "filter": {
                "all": [
                    {"field": "owner", "op": "is", "value": {"var": "me"}},
                    {"field": "stage", "op": "not_in", "value": ["won", "lost"]},
                ]
            },
            "sort": ["due"],
        },
        {
            "key": "board",
            "entity": "project",
            "type": "kanban",
            "label": label("Board", "看板"),
            "options": {"group": "stage", "card": ["budget", "owner"], "sum": "budget"},
        },
    ]


def _pipeline() -> Document:
    return {
        "key": "project_stages",
        "entity": "project",
        "field": "stage",
        "label": label("Stages", "阶段"),
        "stages": [
            {"key": "draft", "kind": "open", "probability": 10},
            {"key": "active", "kind": "open", "probability": 50, "require": ["company"]},
            {"key": "review", "kind": "open", "probability": 80},
            {"key": "won", "kind": "won", "probability": 100},
            {"key": "lost", "kind": "lost", "require": ["lost_reason"]},
        ],
        "transitions": [
            {"key": "start", "from": ["draft"], "to": "active", "label": label("Start", "启动")},
            {
                "key": "submit",
                "from": ["active"],
                "to": "review",
                "guard": {"field": "budget", "op": "gt", "value": 0},
                "message": label("A budget is needed first.", "请先填写预算。"),
                "require": ["due"],
            },
            {
                "key": "deliver",
                "from": ["review"],
                "to": "won",
                "roles": ["manager"],
                "set": {"finished_at": {"var": "now"}, "progress": 100},
            },
            {"key": "cancel", "from": ["draft", "active", "review"], "to": "lost"},
        ],
    }


def _automations() -> list[Document]:
    return [_on_review(), _on_due(), _monthly(), _split_button()]


def _on_review() -> Document:
    return {
        "key": "on_review",
        "label": label("Tell the owner about reviews", "审核时通知负责人"),
        "entity": "project",
        "trigger": {"type": "change", "on": ["create", "update"], "fields": ["stage"], "fire": "becomes"},
        "condition": {"field": "stage", "op": "is", "value": "review"},
        "steps": [
            {
                "key": "log",
                "type": "create",
                "entity": "directory.activity",
                "values": {
                    "subject": {"template": "Review of {{name}}"},
                    "studio_project": {"expr": "{id}"},
                    "owner": {"expr": "{owner}"},
                },
            },
            {
                "key": "size",
                "type": "branch",
                "arms": [
                    {
                        "key": "big",
                        "label": label("Big", "大"),
                        "condition": {"field": "budget", "op": "gte", "value": 100000},
                        "steps": [{"key": "mark", "type": "set", "values": {"urgent": True}}],
                    }
                ],
                "else": [{"key": "enough", "type": "stop", "reason": "small project"}],
            },
            {
                "key": "tell",
                "type": "notify",
                "to": ["owner", "owner.manager", {"role": "studio.manager"}],
                "channels": ["in_app", "email"],
                "title": label("{{name}} is in review", "{{name}} 进入审核"),
                "body": label("Budget {{budget|money}}, see {{record.url}}", "预算 {{budget|money}}，查看 {{record.url}}"),
            },
            {"key": "not_yet", "type": "notify", "enabled": False},
        ],
    }


def _on_due() -> Document:
    return {
        "key": "overdue",
        "label": label("Overdue projects", "逾期项目"),
        "entity": "project",
        "mode": "queued",
        "settings": [
            {"key": "first", "type": "duration", "label": label("First reminder", "首次提醒"), "default": "2d"},
            {"key": "people", "type": "people", "label": label("Also tell", "同时通知"), "default": []},
        ],
        "trigger": {"type": "date", "field": "due", "at": "09:00", "calendar": "days", "late": "latest"},
        "condition": {"field": "stage", "op": "not_in", "value": ["won", "lost"]},
        "ladder": [
            {
                "key": "remind",
                "label": label("Remind", "提醒"),
                "after": {"setting": "first"},
                "steps": [
                    {
                        "key": "tell",
                        "type": "notify",
                        "to": ["owner", {"setting": "people"}],
                        "title": label("{{name}} is overdue", "{{name}} 已逾期"),
                    }
                ],
            },
            {
                "key": "escalate",
                "label": label("Escalate", "升级"),
                "after": "4d",
                "steps": [{"key": "mark", "type": "set", "values": {"urgent": True}}],
            },
        ],
    }


def _monthly() -> Document:
    return {
        "key": "monthly",
        "label": label("Monthly clean-up", "每月清理"),
        "trigger": {"type": "schedule", "cron": "0 8 1 * *"},
        "steps": [
            {
                "key": "stale",
                "type": "find",
                "entity": "project",
                "where": {"field": "stage", "op": "is", "value": "draft"},
                "sort": ["created_at"],
                "limit": 50,
            },
            {
                "key": "every",
                "type": "each",
                "in": {"step": "stale"},
                "on_error": "continue",
                "steps": [
                    {
                        "key": "note",
                        "type": "create",
                        "entity": "directory.activity",
                        "values": {"subject": {"template": "Still a draft: {{item.name}}"}},
                    }
                ],
            },
            {
                "key": "tidy",
                "type": "update",
                "entity": "project",
                "where": {
                    "all": [{"field": "stage", "op": "is", "value": "draft"}, {"field": "urgent", "op": "is", "value": True}]
                },
                "values": {"urgent": False},
                "limit": 100,
            },
        ],
    }


def _split_button() -> Document:
    return {
        "key": "split",
        "label": label("Split into lines", "拆分明细"),
        "entity": "project",
        "trigger": {
            "type": "button",
            "icon": "arrows-split",
            "primary": True,
            "roles": ["manager"],
            "confirm": label("Create the lines now?", "现在创建明细？"),
            "ask": [{"field": "hours", "required": True}],
        },
        "condition": {"field": "stage", "op": "is", "value": "active"},
        "steps": [
            {"key": "pause", "type": "wait", "for": "1h", "recheck": True},
            {
                "key": "parts",
                "type": "each",
                "in": {"numbers": {"expr": "2"}},
                "steps": [
                    {
                        "key": "line",
                        "type": "create",
                        "entity": "line",
                        "values": {
                            "title": {"template": "Part {{item.number}}"},
                            "project": {"expr": "{id}"},
                            "price": {"expr": "{budget} / 2"},
                        },
                    }
                ],
            },
        ],
    }


def _roles() -> list[Document]:
    in_review = {"field": "stage", "op": "is", "value": "review"}
    return [
        {
            "key": "maker",
            "label": label("Maker", "制作"),
            "grants": [
                {
                    "entity": "project",
                    "read": ["own", in_review],
                    "create": True,
                    "update": ["own"],
                    "hidden": ["cost"],
                    "read_only": ["budget"],
                },
                {"entity": "line", "read": ["all"], "create": True, "update": ["own"], "delete": ["own"]},
                {"entity": "tag", "read": ["all"], "create": True},
                {"entity": "directory.company", "read": ["all"]},
                {"entity": "directory.activity", "read": ["own"], "create": True},
            ],
        },
        {
            "key": "manager",
            "label": label("Manager", "经理"),
            "grants": [
                {"entity": "project", "read": ["team"], "create": True, "update": ["team"], "delete": ["team"], "export": True},
                {"entity": "line", "read": ["all"], "create": True, "update": ["all"], "delete": ["all"]},
                {"entity": "tag", "read": ["all"], "create": True, "update": ["all"], "delete": ["all"]},
                {"entity": "directory.company", "read": ["all"]},
                {"entity": "directory.activity", "read": ["team"], "create": True},
            ],
            "dashboards": ["overview"],
        },
    ]


def _dashboard() -> Document:
    def tile(key: str, kind: str, x: int, y: int, **more: Any) -> Document:
        return {
            "key": key,
            "type": kind,
            "label": label(key.title(), key.title()),
            "entity": "project",
            "x": x,
            "y": y,
            "w": 3,
            "h": 2,
            **more,
        }

    money = {"op": "sum", "field": "budget"}
    return {
        "key": "overview",
        "label": label("Overview", "总览", "總覽"),
        "tiles": [
            tile("budget", "number", 0, 0, measure=money, compare={"field": "created_at", "period": "month"}),
            tile("stages", "bar", 3, 0, measure={"op": "count"}, group=["stage"]),
            tile("months", "line", 6, 0, measure=money, group=[{"field": "created_at", "by": "month"}, "stage"]),
            tile("share", "pie", 9, 0, measure={"op": "count"}, group=["channels"]),
            tile("funnel", "funnel", 0, 2, measure={"op": "count"}, group=["stage"]),
            tile(
                "next",
                "list",
                3,
                2,
                columns=["name", "due"],
                sort=["due"],
                limit=8,
                filter={"field": "due", "op": "is_not_empty"},
            ),
        ],
    }
