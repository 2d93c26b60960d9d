"""Standard input: an OpenAPI document. Says by its exit status whether it is one."""
import json
import sys

from openapi_spec_validator import validate

validate(json.load(sys.stdin))
