"""One request to one model, and its money: what stands in its way, what is reserved for it, what it cost.

    allowance ─► context ─► the provider's pace ─► reservation ─► the request ─► price ─► usage and settlement, with the step's end

Nothing is sent that a budget does not allow. A reservation is settled with the checkpoint of the step, whatever became of the call:
answered, refused by the provider, or lost on the way, in which case a usage row says that its cost is not known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import SecretStr

from flowforge import ids
from flowforge.crash import crash_point
from flowforge.errors import BudgetExceeded, ModelError
from flowforge.orchestrator.change import Settlement
from flowforge.orchestrator.interruption import AskFirst, ProviderBusy, PutOff
from flowforge.orchestrator.models import price_table, prices
from flowforge.orchestrator.models.abilities import provider_of
from flowforge.orchestrator.models.aliases import litellm_name
from flowforge.orchestrator.models.client import EmbeddingReply, ModelReply, TokenUsage
from flowforge.orchestrator.models.over_budget import OverBudget, over_budget_decider
from flowforge.orchestrator.models.price_override import PriceOverride
from flowforge.orchestrator.models.provider_key import fingerprint, tenant_key
from flowforge.orchestrator.models.spending import Allowance, Caller, Line, Spending, Standing, Warned
from flowforge.orchestrator.models.usage import Kind, Usage
from flowforge.orchestrator.outage import insist

if TYPE_CHECKING:
    from uuid import UUID

    from flowforge.orchestrator.step_scope import StepScope

OUTPUT_TOKENS = 4096  # taken for the longest answer of a model of which no longest is known
WAIT_HERE_SECONDS = 2.0  # for a provider's pace; who has to wait longer leaves the worker
PATIENCE_SECONDS = 10.0  # for calls in flight to give back what they do not need
LOOK_SECONDS = 0.05
SAMPLED = Decimal("1.05")  # counts of long texts are this good

R = TypeVar("R", ModelReply, EmbeddingReply)


@dataclass(frozen=True)
class Bill:
    """What a call may take: `prompt_tokens` counts when somebody asks, `size_bytes` is an upper bound of it that costs nothing."""

    model: str
    settings: Mapping[str, Any]
    size_bytes: int
    prompt_tokens: Callable[[], int]
    output_tokens: int | None = None  # the longest answer that was asked for; None: as long as the model likes
    cost_max: Decimal | None = None
    embeds: bool = False


@dataclass
class PaidCall:
    """One request, from the question whether it may be sent to its settlement."""

    scope: StepScope
    bill: Bill
    call_id: UUID | None = None  # of its reservation, and then of its usage row; None where no budget applies
    _key: str = ""
    _overrides: Mapping[str, PriceOverride] = field(default_factory=dict)
    _sent_at: float = 0.0
    _turn_tokens: int = 0
    _doubtful: bool = False  # whether the reservation under `call_id` was made
    _estimated: tuple[int, int] | None = None

    async def send(self, ask: Callable[[SecretStr | None], Awaitable[R]]) -> tuple[R, prices.Price]:
        """What `ask` answers, given the tenant's own key, and its price.

        Raises ModelError, BudgetExceeded, SealingKeyMissing; Interruption where the call has to wait.
        """
        await price_table.loaded()
        own = await tenant_key(self.scope, self.provider, self.bill.settings)
        self._key = fingerprint(self.provider, self.bill.settings, own, self._caller.tenant_id)
        allowance, self._overrides = await asyncio.gather(
            self._spending.allowance(self._caller, self._key, self._model), self._spending.overrides(self._caller.tenant_id)
        )
        self._check_context()
        self._check_cost()
        await self._wait_for_turn(allowance)
        try:
            if allowance.lines:
                await self._reserve(allowance.lines)
                crash_point("model.reserved")
            self._sent_at = self.scope.execution.clock.monotonic()
            reply = await ask(None if own is None else SecretStr(own.reveal()))
        except asyncio.CancelledError:
            self._end(allowance, lost=self._sent_at > 0)
            raise
        except ModelError as error:
            self._end(allowance, lost=error.answer_lost)
            await self._heed(error)
            raise
        except BaseException:
            self._end(allowance, lost=False)
            raise
        crash_point("model.answered")
        price, tokens = self._price(reply), reply.tokens.input + reply.tokens.output
        if self.call_id is not None:
            self.scope.settle(Settlement(self.call_id, price.cost, tokens, 1))
        self._correct_turn(allowance, tokens)
        return reply, price  # nothing is awaited between the answer and its record: it would be lost with a cancellation

    @property
    def provider(self) -> str:
        """Who will answer, as far as that is known beforehand."""
        name = litellm_name(self.bill.model)
        return provider_of(name) or (name.partition("/")[0] if "/" in name else "unknown")

    @property
    def _model(self) -> str:
        return litellm_name(self.bill.model)

    @property
    def _spending(self) -> Spending:
        return self.scope.execution.host.spending

    @property
    def _caller(self) -> Caller:
        execution, scope = self.scope.execution, self.scope
        return Caller(
            execution.tenant_id,
            execution.run_id,
            execution.function_id,
            execution.agent_id,
            execution.task_id,
            execution.host.worker_id,
            scope.key,
            scope.attempt,
        )

    # ── before ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _check_context(self) -> None:
        """Count before sending; a text whose bytes fit need not be counted."""
        context = prices.limits_of(self.bill.model).context
        if context is None or self.bill.size_bytes <= context:
            return
        tokens = self._estimate()[0]
        if tokens > context * SAMPLED:
            raise ModelError(
                "context_too_long",
                f"the request has about {tokens:,} tokens, and {self.bill.model} takes {context:,}",
                model=self.bill.model,
                hint="send less text, or take a model with a larger context",
            )

    def _check_cost(self) -> None:
        limit = self.bill.cost_max
        if limit is None:
            return
        cost = self._estimated_cost()
        if cost is None:
            raise BudgetExceeded(
                f"max_cost cannot be held: the price of {self.bill.model} is not known", budget="max_cost", hint=_SET_A_PRICE
            )
        if cost > limit:
            raise BudgetExceeded(
                f"a call of {self.bill.model} may cost {_money(cost)} USD, and max_cost is {_money(limit)}",
                budget="max_cost",
                hint="shorten the prompt, or give a smaller max_tokens",
            )

    def _estimate(self) -> tuple[int, int]:
        """Tokens of the prompt, and of the longest answer."""
        if self._estimated is None:
            asked = self.bill.prompt_tokens()
            known = prices.limits_of(self.bill.model).output_max or OUTPUT_TOKENS
            said = 0 if self.bill.embeds else min(known, self.bill.output_tokens or known)
            self._estimated = asked, said
        return self._estimated

    def _estimated_cost(self) -> Decimal | None:
        asked, said = self._estimate()
        return prices.price(self.bill.model, self.provider, TokenUsage(input=asked, output=said), self._overrides).cost

    async def _wait_for_turn(self, allowance: Allowance) -> None:
        """Until the provider may be asked: it has said so itself, or the model has a limit that all workers share."""
        await self._pause(allowance.blocked_seconds, "the provider asked to be left alone")
        if not allowance.is_paced:
            return
        self._turn_tokens = sum(self._estimate())
        while seconds := await self._spending.take_turn(self._key, self._model, allowance, self._turn_tokens):
            await self._pause(seconds, "its limit is used up")

    async def _pause(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            return
        host = self.scope.execution.host
        if seconds > WAIT_HERE_SECONDS:
            spread = host.backoff.chance() * min(seconds * 0.1, 5.0)  # who waited together need not come back together
            raise ProviderBusy(seconds + spread, f"{self.bill.model} is not asked for {seconds:.0f} s: {why}")
        await host.clock.sleep(seconds)

    async def _reserve(self, lines: Sequence[Line]) -> None:
        """Take what this call may use from every budget that applies. Calls in flight may give back: for them it waits in line."""
        wanted = [(line, self._amount(line)) for line in lines]
        spending = self._spending
        if (turn := spending.queue(lines)) is None:
            blocking = await self._try(wanted)
            if blocking is None:
                return
            turn = spending.turn(blocking)
        until = self.scope.execution.clock.monotonic() + PATIENCE_SECONDS
        async with turn:
            while await self._try(wanted) is not None:
                if self.scope.execution.clock.monotonic() > until:
                    raise PutOff(5 + 5 * self.scope.execution.host.backoff.chance(), "calls in flight hold what is left of a budget")
                await asyncio.sleep(LOOK_SECONDS)

    async def _try(self, wanted: Sequence[tuple[Line, Decimal]]) -> Line | None:
        """None: taken. Otherwise the budget that calls in flight leave no room in; raises when there is none without them either."""
        warned = await insist(lambda: self._take(wanted))
        if warned is not None:
            for one in warned:
                self.scope.emit("budget.warning", _told(one.line, one.used, one.limit))
            return None
        amounts = dict(wanted)
        blocking = wanted[0][0]
        for standing in await self._spending.standing(self._caller, [line for line, _ in wanted]):
            amount = amounts[standing.line]
            if not standing.has_room_for(amount):
                self._over(standing, amount)
            if standing.used + standing.reserved + amount > standing.limit:
                blocking = standing.line
        return blocking

    async def _take(self, wanted: Sequence[tuple[Line, Decimal]]) -> tuple[Warned, ...] | None:
        """Each time under another id: one whose answer is lost may hold something, which is given back with the step's end."""
        if self.call_id is not None and self._doubtful:
            self.scope.settle(Settlement(self.call_id))
        self.call_id, self._doubtful = ids.new_id(), True
        warned = await self._spending.reserve(self._caller, self.call_id, self._model, self.provider, wanted)
        self._doubtful = False
        return warned

    def _over(self, standing: Standing, amount: Decimal) -> None:
        line = standing.line
        over = OverBudget(standing, amount, self.scope.key, self.bill.model)
        self.scope.emit("budget.exceeded", _told(line, standing.used, standing.limit) | {"wanted": _money(amount), "over": line.over})
        decide = over_budget_decider() if line.over == "ask" else None
        if decide is None:
            raise over.error()
        raise AskFirst(lambda execution: decide(execution, over), str(over.error()))

    def _amount(self, line: Line) -> Decimal:
        if line.unit == "calls":
            return Decimal(1)
        if line.unit == "tokens":
            return Decimal(sum(self._estimate()))
        cost = self._estimated_cost()
        if cost is None:
            raise BudgetExceeded(
                f"the price of {self.bill.model} is not known, so the budget {line.name!r} cannot be held",
                budget=line.name,
                hint=_SET_A_PRICE,
            )
        return cost

    # ── after ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _price(self, reply: R) -> prices.Price:
        """By the prices that hold for the tenant; a client of one's own that knows what it was charged is believed."""
        if reply.cost is not None:
            return prices.Price(reply.cost, reply.price_source or "client", reply.price_version)
        return prices.price(
            reply.model,
            reply.provider,
            reply.tokens,
            self._overrides,
            answered_by=reply.answered_by,
            tier=self.bill.settings.get("service_tier"),
            at=self.scope.execution.database_now(),
        )

    def _end(self, allowance: Allowance, *, lost: bool) -> None:
        """Without an answer: what was reserved is given back; where the provider may have charged, a usage row says so."""
        if self.call_id is not None:
            self.scope.settle(Settlement(self.call_id, unknown=lost))
        if lost:
            latency_ms = round((self.scope.execution.clock.monotonic() - self._sent_at) * 1000)
            kind: Kind = "embedding" if self.bill.embeds else "chat"
            self.scope.record(Usage.unanswered(self.bill.model, self.provider, latency_ms=latency_ms, kind=kind), self.call_id)
        else:
            self._correct_turn(allowance, 0)

    async def _heed(self, error: ModelError) -> None:
        """Tell all workers when a provider wants to be left alone."""
        if error.kind in ("rate_limited", "overloaded") and error.retry_after:
            await self._spending.block(self._key, self._model, error.retry_after)

    def _correct_turn(self, allowance: Allowance, tokens: int) -> None:
        """Beside the run: nobody waits for it, and a correction that is lost costs a little of the limit."""
        if allowance.is_paced:
            surplus = tokens - self._turn_tokens
            self.scope.execution.host.spawn(self._spending.correct_turn(self._key, self._model, allowance, surplus))


_SET_A_PRICE = "set its price: in prices.toml, or with PUT /v1/prices/{model}"


def _told(line: Line, used: Decimal, limit: Decimal) -> dict[str, Any]:
    return {"budget": line.name, "unit": line.unit, "used": _money(used), "limit": _money(limit)}


def _money(amount: Decimal) -> str:
    return format(amount.normalize() + 0, "f")
