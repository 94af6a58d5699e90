"""LiteLLM, imported late and kept quiet.

The import costs about three seconds of CPU and 150 MB, so it happens in a thread and only when a model is first needed. The
variables below must be set before it: without them the import, or the first call, asks public hosts for prices and headers,
reads the project's `.env`, or lets a second (Rust) HTTP stack answer that no cassette would see.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
import os
import sys
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

_OFFLINE = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "LITELLM_TELEMETRY": "False",
    "LITELLM_RUST": "False",
    "LITELLM_MODE": "PRODUCTION",  # anything else loads .env files into this process
}

# What LiteLLM would import in the middle of the first call, on the event loop.
_LATE_IMPORTS = ("openai.resources", "litellm.litellm_core_utils.default_encoding", "litellm.proxy._types")
_TOKENIZERS = ("cl100k_base", "o200k_base")  # LiteLLM's own, and the one that prompts are mostly counted by

_lock = threading.Lock()
_library: ModuleType | None = None


def tokenizer_directory() -> Path:
    """Where LiteLLM ships tiktoken's vocabularies; found without importing it."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("litellm is not installed")
    return Path(spec.origin).parent / "litellm_core_utils" / "tokenizers"


def keep_offline() -> None:
    """Set what must be set before LiteLLM or tiktoken is imported."""
    os.environ.update(_OFFLINE)
    os.environ["TIKTOKEN_CACHE_DIR"] = os.environ.get("CUSTOM_TIKTOKEN_CACHE_DIR") or str(tokenizer_directory())


def load() -> ModuleType:
    """LiteLLM, configured; blocks for seconds the first time, so call it in a thread."""
    global _library
    with _lock:
        if _library is None:
            _library = _import()
        return _library


def is_loaded() -> bool:
    """Has a model been called by it in this process?"""
    return _library is not None


async def loaded() -> ModuleType:
    """LiteLLM without blocking the event loop."""
    return _library if _library is not None else await asyncio.to_thread(load)


def load_tokenizers() -> None:
    """Have tiktoken build the tokenizers that are used here: half a second of CPU, once in a process."""
    keep_offline()
    import tiktoken

    for name in _TOKENIZERS:
        tiktoken.get_encoding(name)._mergeable_ranks = {}  # a copy in Python, for pickling alone: 50 MB in all


def _import() -> ModuleType:
    keep_offline()
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"litellm(\.|$)")
    warnings.filterwarnings("ignore", category=UserWarning, message=r"Item '\w+' on TypedDict class .*ReadOnly")
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters reaches us as an exception
    load_tokenizers()  # first: what they needed for a moment is used again for LiteLLM's modules
    litellm: Any = importlib.import_module("litellm")
    for name in _LATE_IMPORTS:
        with suppress(ImportError):
            importlib.import_module(name)
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = True
    litellm.disable_hf_tokenizer_download = True
    litellm.DEFAULT_MAX_RETRIES = 0  # a call for vectors takes it where it was told 0
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = sys.maxsize  # a column of a hundred zeros is an answer, not a loop
    litellm.callbacks, litellm.success_callback, litellm.failure_callback = [], [], []
    for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # the import set it again
    module: ModuleType = litellm
    return module
