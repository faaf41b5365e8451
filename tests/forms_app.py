"""An app whose form has pages, a table of rows and rules: for tests of forms."""

from __future__ import annotations

from typing import Any

from tests.everything_app import choice, field, label

Document = dict[str, Any]


def orders_app(layout: str = "steps", **more: Any) -> Document:
    """Orders with their lines. The form has three pages; the last one is only there for orders that are delivered."""
    return {
        "format": 1,
        "key": "sales",
        "label": label("Sales", "销售", "銷售"),
        "icon": "shopping-cart",
        "color": "blue",
        "entities": [_order(), _line()],
        "forms": [order_form(layout)],
        "views": [{"key": "all", "entity": "orders", "columns": [{"key": "name"}], "label": label("All", "全部")}],
        "roles": [
            {
                "key": "reader",
                "label": label("Reader", "读者", "讀者"),
                "grants": [
                    {"entity": "orders", "read": ["all"], "create": True, "update": ["all"]},
                    {"entity": "line", "read": ["all"]},
                ],
            }
        ],
        "menu": [{"key": "orders", "entity": "orders"}, {"key": "lines", "entity": "line"}],
        **more,
    }


def _order() -> Document:
    kinds = [choice("pickup", "Picked up", "自提"), choice("delivery", "Delivered", "送货")]
    return {
        "key": "orders",
        "label": label("Order", "订单", "訂單"),
        "plural": label("Orders", "订单", "訂單"),
        "icon": "shopping-cart",
        "title_field": "name",
        "fields": [
            field("name", "text", "Subject", "主题", required=True),
            field("kind", "select", "How", "方式", default="pickup", options={"choices": kinds}),
            field("discount", "percent", "Discount", "折扣", options={"max": 100, "min": 0}),
            field("reason", "text", "Reason", "原因"),
            field("email", "email", "E-mail", "邮箱"),
            field("address", "text", "Address", "地址"),
            field("starts", "date", "From", "开始"),
            field("ends", "date", "Until", "结束"),
        ],
        "rules": [
            {
                "key": "in_order",
                "condition": {"any": [{"field": "ends", "op": "is_empty"}, {"expr": "{ends} >= {starts}"}]},
                "message": label("It cannot end before it starts.", "结束不能早于开始。"),
                "field": "ends",
            }
        ],
    }


def _line() -> Document:
    return {
        "key": "line",
        "label": label("Line", "明细", "明細"),
        "plural": label("Lines", "明细", "明細"),
        "title_field": "title",
        "fields": [
            field("title", "text", "Product", "产品", required=True),
            field("order", "relation", "Order", "订单", required=True, options={"to": "orders", "on_delete": "delete"}),
            field("quantity", "number", "Quantity", "数量", required=True, default=1, options={"min": 0}),
            field("price", "currency", "Price", "单价", options={"min": 0}),
            field(
                "amount",
                "formula",
                "Amount",
                "金额",
                options={"expression": "{quantity} * {price}", "result": "currency", "decimals": 2},
            ),
        ],
    }


def order_form(layout: str = "steps") -> Document:
    delivered = {"field": "kind", "op": "is", "value": "delivery"}
    has_discount = {"field": "discount", "op": "gt", "value": 0}
    return {
        "key": "order_form",
        "entity": "orders",
        "label": label("Order", "订单", "訂單"),
        "layout": layout,
        "pages": [
            {"key": "basics", "label": label("Basics", "基本信息", "基本資料")},
            {"key": "products", "label": label("Products", "产品", "產品")},
            {"key": "delivery", "label": label("Delivery", "送货", "送貨"), "show_when": delivered},
        ],
        "sections": [
            {
                "key": "what",
                "page": "basics",
                "label": label("What it is", "概况", "概況"),
                "items": [
                    {"key": "name", "field": "name", "span": 2},
                    {"key": "kind", "field": "kind"},
                    {"key": "discount", "field": "discount"},
                    {"key": "reason", "field": "reason", "show_when": has_discount, "require_when": has_discount},
                ],
            },
            {
                "key": "rows",
                "page": "products",
                "items": [{"key": "lines", "rows": order_rows()}, {"key": "starts", "field": "starts"}],
            },
            {
                "key": "where",
                "page": "delivery",
                "items": [
                    {
                        "key": "hint",
                        "heading": label("Where to", "送到哪里"),
                        "text": label("We deliver on weekdays.", "工作日送货。"),
                        "span": 2,
                    },
                    {"key": "address", "field": "address", "require_when": delivered},
                    {"key": "email", "field": "email"},
                    {"key": "ends", "field": "ends"},
                ],
            },
        ],
    }


def order_rows(**more: Any) -> Document:
    columns = [{"key": "title"}, {"key": "quantity", "total": True}, {"key": "price"}, {"key": "amount", "total": True}]
    return {"entity": "line", "field": "order", "label": label("Products", "产品明细", "產品明細"), "columns": columns, **more}
