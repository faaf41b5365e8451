"""An administrator in the designer, over HTTP as the browser does it."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any
from urllib.parse import urlencode


class Admin:
    """Keeps cookies and the token of forms."""

    def __init__(self, port: int, email: str, password: str) -> None:
        self._port, self._cookies, self._token = port, dict[str, str](), ""
        self.request("GET", "/sign-in")
        status, _ = self.request("POST", "/sign-in", form={"email": email, "password": password})
        if status not in (302, 303):
            raise RuntimeError(f"signing in: {status}")
        self.request("GET", "/design")

    def request(self, method: str, path: str, *, form: dict[str, str] | None = None, data: Any = None) -> tuple[int, str]:
        """Status and text of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()), "X-CSRFToken": self._token}
        body = b""
        if data is not None:
            headers["Content-Type"], body = "application/json", json.dumps(data).encode()
        elif form is not None:
            headers["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form).encode()
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                cookie = value.split(";")[0]
                self._cookies[cookie.partition("=")[0]] = cookie.partition("=")[2]
        found = re.search(r'name="csrf-token" content="([^"]+)"', text)
        self._token = found[1] if found else self._token
        connection.close()
        return response.status, text

    def change(self, app: str, *acts: dict[str, Any]) -> None:
        """Acts on the draft."""
        status, text = self.request(
            "POST", f"/design/{app}/operations", data={"operations": list(acts), "show": f"/design/{app}"}
        )
        if status not in (200, 302, 303):
            raise RuntimeError(f"operations: {status} {text[:500]}")

    def publish(self, app: str) -> None:
        """Looks at the plan, confirms what is lost, publishes; again when tables are busy, as a person would."""
        for _ in range(20):
            status, page = self.request("GET", f"/design/{app}/publish")
            token = re.search(r'name="token" value="([^"]*)"', page)
            form = {"token": token[1] if token else ""}
            form |= {"loses": "1", "confirm": app} if 'name="loses"' in page else {}
            status, text = self.request("POST", f"/design/{app}/publish", form=form)
            if status in (302, 303):
                return
        raise RuntimeError(f"publish: {status} {re.sub('<[^>]+>', ' ', text)[:1500]}")
