"""The providers that are reached without LiteLLM. Others are, as soon as a `<PROVIDER>_BASE_URL` says where they speak OpenAI's format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Format = Literal["openai", "anthropic"]


@dataclass(frozen=True)
class KnownProvider:
    """How a provider is reached. Without `keys` none is needed; without a `base` the environment must give one."""

    base: str | None
    keys: tuple[str, ...] = ()
    format: Format = "openai"
    prefix: str | None = None  # of its variables, where it is not the name in capitals
    bearers: tuple[str, ...] = ()  # variables with a token that is taken instead of a key
    version_path: str = ""  # what its format's paths stand under when the given base does not say it


PROVIDERS: Mapping[str, KnownProvider] = {
    "openai": KnownProvider("https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    "anthropic": KnownProvider(
        "https://api.anthropic.com", ("ANTHROPIC_API_KEY",), "anthropic", bearers=("ANTHROPIC_AUTH_TOKEN",), version_path="/v1"
    ),
    "cerebras": KnownProvider("https://api.cerebras.ai/v1", ("CEREBRAS_API_KEY",)),
    "deepinfra": KnownProvider("https://api.deepinfra.com/v1/openai", ("DEEPINFRA_API_KEY",)),
    "deepseek": KnownProvider("https://api.deepseek.com/v1", ("DEEPSEEK_API_KEY",)),
    "fireworks_ai": KnownProvider(
        "https://api.fireworks.ai/inference/v1", ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"), prefix="FIREWORKS"
    ),
    "groq": KnownProvider("https://api.groq.com/openai/v1", ("GROQ_API_KEY",)),
    "hosted_vllm": KnownProvider(None),
    "lm_studio": KnownProvider("http://localhost:1234/v1"),
    "mistral": KnownProvider("https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
    "moonshot": KnownProvider("https://api.moonshot.ai/v1", ("MOONSHOT_API_KEY",)),
    "nvidia_nim": KnownProvider("https://integrate.api.nvidia.com/v1", ("NVIDIA_NIM_API_KEY",)),
    "ollama": KnownProvider("http://localhost:11434", version_path="/v1"),
    "ollama_chat": KnownProvider("http://localhost:11434", prefix="OLLAMA", version_path="/v1"),
    "openrouter": KnownProvider("https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",)),
    "perplexity": KnownProvider("https://api.perplexity.ai", ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY")),
    "together_ai": KnownProvider("https://api.together.xyz/v1", ("TOGETHERAI_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_API_KEY")),
    "xai": KnownProvider("https://api.x.ai/v1", ("XAI_API_KEY",)),
}
