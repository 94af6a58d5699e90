"""What both clients have: `client.runs`, `client.tasks` and the rest, loaded when first used.

Written by flowforge.api.client_source; change the routes, not this file.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from flowforge.api.client.noun import Mode
from flowforge.api.client.surface import Surface

if TYPE_CHECKING:
    from flowforge.api.client.nouns.agents import Agents
    from flowforge.api.client.nouns.alerts import Alerts
    from flowforge.api.client.nouns.approvals import Approvals
    from flowforge.api.client.nouns.audit import Audit
    from flowforge.api.client.nouns.boards import Boards
    from flowforge.api.client.nouns.budgets import Budgets
    from flowforge.api.client.nouns.events import Events
    from flowforge.api.client.nouns.filters import Filters
    from flowforge.api.client.nouns.functions import Functions
    from flowforge.api.client.nouns.grants import Grants
    from flowforge.api.client.nouns.health import Health
    from flowforge.api.client.nouns.inbox import Inbox
    from flowforge.api.client.nouns.keys import Keys
    from flowforge.api.client.nouns.mcp_servers import McpServers
    from flowforge.api.client.nouns.model_limits import ModelLimits
    from flowforge.api.client.nouns.notes import Notes
    from flowforge.api.client.nouns.people import People
    from flowforge.api.client.nouns.policies import Policies
    from flowforge.api.client.nouns.prices import Prices
    from flowforge.api.client.nouns.privacy import Privacy
    from flowforge.api.client.nouns.questions import Questions
    from flowforge.api.client.nouns.queue import Queue
    from flowforge.api.client.nouns.rate_limits import RateLimits
    from flowforge.api.client.nouns.retention import Retention
    from flowforge.api.client.nouns.runs import Runs
    from flowforge.api.client.nouns.secrets import Secrets
    from flowforge.api.client.nouns.skills import Skills
    from flowforge.api.client.nouns.tasks import Tasks
    from flowforge.api.client.nouns.teams import Teams
    from flowforge.api.client.nouns.tenants import Tenants
    from flowforge.api.client.nouns.tools import Tools
    from flowforge.api.client.nouns.usage import Usage
    from flowforge.api.client.nouns.users import Users
    from flowforge.api.client.nouns.webhooks import Webhooks


class Rooms(Surface[Mode]):
    """The nouns."""

    @cached_property
    def agents(self) -> Agents[Mode]:
        from flowforge.api.client.nouns.agents import Agents

        return Agents(self._driver, self._exchange)

    @cached_property
    def alerts(self) -> Alerts[Mode]:
        from flowforge.api.client.nouns.alerts import Alerts

        return Alerts(self._driver, self._exchange)

    @cached_property
    def approvals(self) -> Approvals[Mode]:
        from flowforge.api.client.nouns.approvals import Approvals

        return Approvals(self._driver, self._exchange)

    @cached_property
    def audit(self) -> Audit[Mode]:
        from flowforge.api.client.nouns.audit import Audit

        return Audit(self._driver, self._exchange)

    @cached_property
    def boards(self) -> Boards[Mode]:
        from flowforge.api.client.nouns.boards import Boards

        return Boards(self._driver, self._exchange)

    @cached_property
    def budgets(self) -> Budgets[Mode]:
        from flowforge.api.client.nouns.budgets import Budgets

        return Budgets(self._driver, self._exchange)

    @cached_property
    def events(self) -> Events[Mode]:
        from flowforge.api.client.nouns.events import Events

        return Events(self._driver, self._exchange)

    @cached_property
    def filters(self) -> Filters[Mode]:
        from flowforge.api.client.nouns.filters import Filters

        return Filters(self._driver, self._exchange)

    @cached_property
    def functions(self) -> Functions[Mode]:
        from flowforge.api.client.nouns.functions import Functions

        return Functions(self._driver, self._exchange)

    @cached_property
    def grants(self) -> Grants[Mode]:
        from flowforge.api.client.nouns.grants import Grants

        return Grants(self._driver, self._exchange)

    @cached_property
    def health(self) -> Health[Mode]:
        from flowforge.api.client.nouns.health import Health

        return Health(self._driver, self._exchange)

    @cached_property
    def inbox(self) -> Inbox[Mode]:
        from flowforge.api.client.nouns.inbox import Inbox

        return Inbox(self._driver, self._exchange)

    @cached_property
    def keys(self) -> Keys[Mode]:
        from flowforge.api.client.nouns.keys import Keys

        return Keys(self._driver, self._exchange)

    @cached_property
    def mcp_servers(self) -> McpServers[Mode]:
        from flowforge.api.client.nouns.mcp_servers import McpServers

        return McpServers(self._driver, self._exchange)

    @cached_property
    def model_limits(self) -> ModelLimits[Mode]:
        from flowforge.api.client.nouns.model_limits import ModelLimits

        return ModelLimits(self._driver, self._exchange)

    @cached_property
    def notes(self) -> Notes[Mode]:
        from flowforge.api.client.nouns.notes import Notes

        return Notes(self._driver, self._exchange)

    @cached_property
    def people(self) -> People[Mode]:
        from flowforge.api.client.nouns.people import People

        return People(self._driver, self._exchange)

    @cached_property
    def policies(self) -> Policies[Mode]:
        from flowforge.api.client.nouns.policies import Policies

        return Policies(self._driver, self._exchange)

    @cached_property
    def prices(self) -> Prices[Mode]:
        from flowforge.api.client.nouns.prices import Prices

        return Prices(self._driver, self._exchange)

    @cached_property
    def privacy(self) -> Privacy[Mode]:
        from flowforge.api.client.nouns.privacy import Privacy

        return Privacy(self._driver, self._exchange)

    @cached_property
    def questions(self) -> Questions[Mode]:
        from flowforge.api.client.nouns.questions import Questions

        return Questions(self._driver, self._exchange)

    @cached_property
    def queue(self) -> Queue[Mode]:
        from flowforge.api.client.nouns.queue import Queue

        return Queue(self._driver, self._exchange)

    @cached_property
    def rate_limits(self) -> RateLimits[Mode]:
        from flowforge.api.client.nouns.rate_limits import RateLimits

        return RateLimits(self._driver, self._exchange)

    @cached_property
    def retention(self) -> Retention[Mode]:
        from flowforge.api.client.nouns.retention import Retention

        return Retention(self._driver, self._exchange)

    @cached_property
    def runs(self) -> Runs[Mode]:
        from flowforge.api.client.nouns.runs import Runs

        return Runs(self._driver, self._exchange)

    @cached_property
    def secrets(self) -> Secrets[Mode]:
        from flowforge.api.client.nouns.secrets import Secrets

        return Secrets(self._driver, self._exchange)

    @cached_property
    def skills(self) -> Skills[Mode]:
        from flowforge.api.client.nouns.skills import Skills

        return Skills(self._driver, self._exchange)

    @cached_property
    def tasks(self) -> Tasks[Mode]:
        from flowforge.api.client.nouns.tasks import Tasks

        return Tasks(self._driver, self._exchange)

    @cached_property
    def teams(self) -> Teams[Mode]:
        from flowforge.api.client.nouns.teams import Teams

        return Teams(self._driver, self._exchange)

    @cached_property
    def tenants(self) -> Tenants[Mode]:
        from flowforge.api.client.nouns.tenants import Tenants

        return Tenants(self._driver, self._exchange)

    @cached_property
    def tools(self) -> Tools[Mode]:
        from flowforge.api.client.nouns.tools import Tools

        return Tools(self._driver, self._exchange)

    @cached_property
    def usage(self) -> Usage[Mode]:
        from flowforge.api.client.nouns.usage import Usage

        return Usage(self._driver, self._exchange)

    @cached_property
    def users(self) -> Users[Mode]:
        from flowforge.api.client.nouns.users import Users

        return Users(self._driver, self._exchange)

    @cached_property
    def webhooks(self) -> Webhooks[Mode]:
        from flowforge.api.client.nouns.webhooks import Webhooks

        return Webhooks(self._driver, self._exchange)
