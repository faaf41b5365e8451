"""How pages are made: whole pages, parts of them for htmx, toasts, redirects."""

from __future__ import annotations

from web.render.page import close_dialog, is_fragment, redirect_to, refresh_page, render, toast

__all__ = ["close_dialog", "is_fragment", "redirect_to", "refresh_page", "render", "toast"]
