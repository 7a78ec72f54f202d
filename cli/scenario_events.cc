// The part of a scenario's JSON Schema that is about what happens to replicas: starts and
// changes.
#include "cli/scenario_schema.h"

namespace squall::cli {

const std::string_view kScenarioEvents = R"json(    "backoff": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "base": {"$ref": "#/definitions/duration"},
        "factor": {"$ref": "#/definitions/shape"},
        "max": {"$ref": "#/definitions/duration"},
        "jitter": {"enum": ["none", "equal", "full", "decorrelated"]}
      }
    },
    "start": {
      "description": "between a container's start and its first request",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "delay": {"$ref": "#/definitions/latency"},
        "calls": {"$ref": "#/definitions/calls"},
        "fail_after": {"$ref": "#/definitions/duration"},
        "backoff": {"$ref": "#/definitions/backoff"},
        "warm": {
          "type": "object",
          "required": ["for", "factor"],
          "additionalProperties": false,
          "properties": {
            "for": {"$ref": "#/definitions/duration"},
            "factor": {"$ref": "#/definitions/shape"}
          }
        }
      },
      "dependencies": {"fail_after": ["calls"], "backoff": ["calls"]}
    },
    "change": {
      "type": "object",
      "required": ["at"],
      "additionalProperties": false,
      "properties": {
        "at": {"$ref": "#/definitions/duration"},
        "scale": {
          "description": "replicas by workload",
          "type": "object",
          "minProperties": 1,
          "additionalProperties": {"$ref": "#/definitions/whole"}
        },
        "restart": {
          "type": "object",
          "required": ["workload"],
          "additionalProperties": false,
          "properties": {
            "workload": {"type": "string"},
            "pace": {"$ref": "#/definitions/rate", "description": "replicas; without it all at once"}
          }
        },
        "apply": {
          "description": "manifests: paths, or documents themselves",
          "type": "array",
          "items": {"type": ["string", "object"]}
        },
        "delete": {
          "description": "KIND/NAMESPACE/NAME",
          "type": "array",
          "items": {"type": "string"}
        },
        "reach": {
          "description": "when proxies get what is applied or deleted",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "delay": {"$ref": "#/definitions/latency"},
            "never": {"type": "array", "items": {"type": "string"}}
          }
        }
      },
      "oneOf": [
        {"required": ["scale"]},
        {"required": ["restart"]},
        {"anyOf": [{"required": ["apply"]}, {"required": ["delete"]}]}
      ],
      "dependencies": {"reach": {"anyOf": [{"required": ["apply"]}, {"required": ["delete"]}]}}
    },
)json";

}  // namespace squall::cli
