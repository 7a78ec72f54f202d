// The part of a scenario's JSON Schema that is about loads.
#include "cli/scenario_schema.h"

namespace squall::cli {

const std::string_view kScenarioLoads =
    R"json(    "load": {
      "type": "object",
      "required": ["name", "from"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "from": {
          "type": "string",
          "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$|\\$\\{",
          "description": "a workload, `outside` (no sidecar), or `gateway/NAME`, a Gateway of the manifests"
        },
        "zone": {"type": "string", "description": "where `outside` is"},
        "to": {"$ref": "#/definitions/url"},
        "method": {"type": "string", "pattern": "^[A-Z]+$|\\$\\{"},
        "headers": {"$ref": "#/definitions/headers"},
        "mix": {
          "description": "each request is one of these; what one does not say is the load's",
          "type": "array",
          "minItems": 1,
          "items": {
            "type": "object",
            "required": ["name", "weight"],
            "additionalProperties": false,
            "properties": {
              "name": {"type": "string"},
              "weight": {"$ref": "#/definitions/weight"},
              "to": {"$ref": "#/definitions/url"},
              "method": {"type": "string", "pattern": "^[A-Z]+$|\\$\\{"},
              "headers": {"$ref": "#/definitions/headers"}
            }
          }
        },
        "body": {"$ref": "#/definitions/size", "description": "what is sent, where the network has a bandwidth"},
        "rate": {"$ref": "#/definitions/rate"},
        "steps": {
          "type": "array",
          "minItems": 1,
          "items": {
            "type": "object",
            "required": ["at", "rate"],
            "additionalProperties": false,
            "properties": {
              "at": {"$ref": "#/definitions/duration"},
              "rate": {"$ref": "#/definitions/rate"},
              "ramp": {"$ref": "#/definitions/duration"}
            }
          }
        },
        "trace": {
          "description": "arrivals from a file of comma-separated values",
          "type": "object",
          "required": ["file"],
          "additionalProperties": false,
          "properties": {"file": {"description": "relative to this one", "type": "string"}}
        },
        "arrivals": {"enum": ["poisson", "constant"]},
        "users": {"$ref": "#/definitions/count", "description": "a closed loop instead of a rate"},
        "think": {"$ref": "#/definitions/latency"},
        "connections": {
          "description": "those that each user holds to the load's destination",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "per_user": {"$ref": "#/definitions/count", "default": 1},
            "timeout": {"$ref": "#/definitions/duration", "default": "127s"},
            "retry": {
              "type": "object",
              "required": ["backoff"],
              "additionalProperties": false,
              "properties": {"backoff": {"$ref": "#/definitions/client_backoff"}}
            }
          }
        },
        "client": {"$ref": "#/definitions/client"},
        "once": {"$ref": "#/definitions/boolean", "description": "each user asks once, then leaves"},
        "keys": {
          "description": "each request has a key",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "header": {"description": "that tells it", "type": "string"},
            "zipf": {
              "type": "object",
              "required": ["of"],
              "additionalProperties": false,
              "properties": {
                "s": {"$ref": "#/definitions/number", "default": 0},
                "of": {"$ref": "#/definitions/count"}
              }
            }
          }
        }
      },
      "anyOf": [{"required": ["to"]}, {"required": ["mix"]}],
      "oneOf": [{"required": ["rate"]}, {"required": ["steps"]}, {"required": ["users"]}, {"required": ["trace"]}],
      "dependencies": {
        "think": ["users"],
        "connections": ["users"],
        "arrivals": {"anyOf": [{"required": ["rate"]}, {"required": ["steps"]}]}
      }
    },
)json";

}  // namespace squall::cli
