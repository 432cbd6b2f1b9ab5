"""Sourcebound: clinical answers whose every statement is bound to the exact words of its source."""

import os

__version__ = "0.7.3"

# Nothing leaves the machine: ONNX Runtime, unless told otherwise before it is loaded, keeps an id of the machine and a
# queue of events to be sent.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
