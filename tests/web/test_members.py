from __future__ import annotations

from runtime import people
from runtime.context import WorkspaceInfo
from tests.web.site import Site


def _info(site: Site, name: str) -> people.MemberInfo:
    with site.engine.connect() as connection:
        return people.member_info(connection, site.workspace.id, site.people[name])


def test_only_administrators_see_the_settings(site: Site) -> None:
    admin, li = site.browser(), site.browser("li")
    for path in ("workspace", "members", "members/new", "teams", "teams/new", "roles"):
        assert admin.get(f"/settings/{path}").status_code == 200, path
        assert li.get(f"/settings/{path}").status_code == 403, path
        assert site.stranger().get(f"/settings/{path}").status_code == 303, path
    assert "Templates and apps" not in li.get("/").text


def test_adding_somebody_new_gives_a_link(site: Site) -> None:
    admin = site.browser()
    answer = admin.post("/settings/members", {"email": "wang@new.example", "name": "Wang Wei", "is_admin": "1"})
    assert "/forgot-password/" in answer.text
    assert "Wang Wei" in admin.get("/settings/members").text
    with site.engine.connect() as connection:
        user = people.find_user(connection, "wang@new.example")
        assert user is not None
        assert people.member_info(connection, site.workspace.id, user).is_admin


def test_bad_addresses_are_told_in_the_form(site: Site) -> None:
    admin = site.browser()
    assert "not an e-mail address" in admin.post("/settings/members", {"email": "nonsense"}).text
    taken = admin.post("/settings/members", {"email": site.email("admin")})
    assert taken.status_code == 422
    assert "member already" in taken.text


def test_a_member_is_changed_as_a_whole(site: Site) -> None:
    admin = site.browser()
    li = site.member("li")
    with site.engine.begin() as connection:
        team = people.create_team(connection, site.workspace.id, "East")
    form = {"manager": site.people["admin"], "teams": str(team), "is_admin": "1", "roles": "crm.unknown"}
    assert admin.post(f"/settings/members/{li}", form).status_code == 204
    found = _info(site, "li")
    assert (found.manager_id, found.team_ids, found.is_admin, found.roles) == (site.people["admin"], (team,), True, ())


def test_a_circle_of_managers_is_refused(site: Site) -> None:
    admin = site.browser()
    li = site.member("li")
    admin.post(f"/settings/members/{li}", {"manager": site.people["admin"]})
    answer = admin.post(f"/settings/members/{site.people['admin']}", {"manager": li, "is_admin": "1"})
    assert answer.status_code == 422
    assert "own manager" in answer.text
    assert _info(site, "admin").manager_id is None


def test_shutting_out_and_letting_in_again(site: Site) -> None:
    admin, li = site.browser(), site.browser("li")
    key = site.key("li")
    admin.post(f"/settings/members/{site.people['li']}/deactivate")
    assert li.get("/profile").status_code in (303, 403)
    assert site.stranger().client.get("/profile", headers=key).status_code in (303, 401)
    admin.post(f"/settings/members/{site.people['li']}/activate")
    assert li.get("/profile").status_code == 200


def test_the_last_administrator_cannot_be_shut_out(site: Site) -> None:
    admin = site.browser()
    answer = admin.post(f"/settings/members/{site.people['admin']}/deactivate")
    assert answer.status_code == 409
    assert "last administrator" in answer.text


def test_members_of_another_workspace_are_out_of_reach(site: Site) -> None:
    from tests.web.site import make_site

    other = make_site(site.app)
    stranger = other.member("stranger")
    admin = site.browser()
    for path in ("", "/deactivate", "/link"):
        assert admin.post(f"/settings/members/{stranger}{path}").status_code == 404, path
    assert admin.get(f"/settings/members/{stranger}").status_code == 404


def test_a_person_of_two_workspaces_is_not_taken_over(site: Site) -> None:
    here: WorkspaceInfo = site.workspace
    li = site.member("li")
    with site.engine.begin() as connection:
        other = people.create_workspace(connection, "Other", key=f"{here.key}_b")
        people.add_member(connection, other.id, li)
    answer = site.browser().post(f"/settings/members/{li}/link")
    assert answer.status_code == 422
    assert "/forgot-password/" not in answer.text


def test_teams_are_made_moved_and_removed(site: Site) -> None:
    admin = site.browser()
    li = site.member("li")
    admin.post("/settings/teams", {"name": "Sales", "leader": li})
    with site.engine.connect() as connection:
        sales = people.list_teams(connection, site.workspace.id)[0]
    admin.post("/settings/teams", {"name": "East", "parent": sales.id, "members": str(li)})
    page = admin.get("/settings/teams").text
    assert page.index("Sales") < page.index("East")
    assert "led by li" in page
    assert admin.post(f"/settings/teams/{sales.id}/delete").status_code == 409
    with site.engine.connect() as connection:
        east = people.list_teams(connection, site.workspace.id)[1]
    assert admin.post(f"/settings/teams/{sales.id}", {"name": "Sales", "parent": east.id}).status_code == 422
    assert admin.post(f"/settings/teams/{east.id}/delete").status_code == 303
    assert "East" not in admin.get("/settings/teams").text.split("Sales", 1)[1]


def test_the_workspace_is_renamed(site: Site) -> None:
    admin = site.browser()
    form = {"name": "云帆科技", "zone": "Asia/Taipei", "language": "zh-Hant", "country": "TW", "currency": "TWD"}
    assert admin.post("/settings/workspace", form).status_code == 303
    with site.engine.connect() as connection:
        now = people.load_workspace(connection, site.workspace.id)
    assert (now.name, str(now.zone), now.language, now.country, now.currency) == (
        "云帆科技",
        "Asia/Taipei",
        "zh-Hant",
        "TW",
        "TWD",
    )
    assert "云帆科技" in admin.get("/").text
    assert admin.post("/settings/workspace", {"name": "", "zone": "Mars"}).status_code == 422
