"""`formloom init`: what the first visit does, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import click

from builder.label import LANGUAGES
from runtime.settings import Settings, load_settings

if TYPE_CHECKING:
    from web.first_site import FirstSite

_ZONES = {"en": "UTC", "zh-Hans": "Asia/Shanghai", "zh-Hant": "Asia/Taipei"}


@click.command()
@click.option("--email", required=True, help="The administrator's address, with which they sign in.")
@click.option("--password", required=True, envvar="FORMLOOM_ADMIN_PASSWORD", help="At least 8 characters.")
@click.option("--name", default="", help="The administrator's name.")
@click.option("--organisation", default="", help="The name of the workspace.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--zone", default=None, help="Time zone, such as Asia/Shanghai.")
@click.option("--template", default=None, help="A template of the library, such as crm.")
@click.option("--sample-data", is_flag=True, help="Fill the template's lists with sample records.")
def init(
    email: str,
    password: str,
    name: str,
    organisation: str,
    language: str,
    zone: str | None,
    template: str | None,
    sample_data: bool,
) -> None:
    """Set up a new site: a workspace, its administrator, a template. Safe to repeat: what is there stays."""
    from runtime import data_folder
    from runtime.logs import configure_logs
    from web.first_site import FirstSite

    if zone is not None and zone not in available_timezones():
        raise click.BadParameter(f"{zone} is no time zone", param_hint="--zone")
    _check_template(template)
    settings = data_folder.prepare(load_settings())
    configure_logs(settings, "init")
    wanted = FirstSite(
        organisation=organisation or email.partition("@")[2] or "Formloom",
        email=email,
        password=password,
        name=name,
        language=language,
        zone=zone or _ZONES[language],
        template=template,
        sample_data=sample_data,
    )
    _make(settings, wanted)


def _make(settings: Settings, wanted: FirstSite) -> None:
    from runtime import setup_token
    from runtime.db import make_engine
    from runtime.errors import Conflict, Invalid
    from runtime.site import open_database
    from runtime.unit_of_work import transaction
    from web.first_site import set_up

    with open_database(settings) as url:
        engine = make_engine(url)
        try:
            with transaction(engine) as connection:
                made = set_up(connection, wanted)
        except Invalid as error:
            raise click.ClickException("; ".join(f"{each.path}: {each.text}" for each in error.problems)) from None
        except Conflict as error:
            raise click.ClickException(error.message) from None
        finally:
            engine.dispose()
    setup_token.revoke(settings.data_dir)
    click.echo(f"The workspace “{made.workspace.name}” is ready; sign in as {wanted.email}.")
    if wanted.template:
        click.echo(
            f"The app {wanted.template} is installed." if made.installed else f"The app {wanted.template} was there already."
        )


def _check_template(template: str | None) -> None:
    from templates_library import loader

    if template is not None and template not in loader.names():
        raise click.BadParameter(f"{template}: choose one of {', '.join(loader.names())}", param_hint="--template")
