"""The keys under which a run records how it ends: its failure or its cancellation, and the scopes of the handlers that follow.

Names of steps may look the same; these are no steps of the function, and a replay of the run from one of its steps leaves them behind.
"""

FAILURE = "(failure)"
ON_FAILURE = "(on_failure)/"
CANCEL = "(cancel)"
ON_CANCEL = "(on_cancel)/"
OF_THE_END = (FAILURE, ON_FAILURE, CANCEL, ON_CANCEL)
