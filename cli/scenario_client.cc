// The part of a scenario's JSON Schema that is about applications' own client libraries.
#include "cli/scenario_schema.h"

namespace squall::cli {

const std::string_view kScenarioClient =
    R"json(    "positive": {
      "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"$ref": "#/definitions/parameter"}]
    },
    "amount": {"anyOf": [{"type": "number", "minimum": 0}, {"$ref": "#/definitions/parameter"}]},
    "client_backoff": {
      "type": "object",
      "required": ["base"],
      "additionalProperties": false,
      "properties": {
        "base": {"$ref": "#/definitions/duration"},
        "factor": {
          "anyOf": [{"type": "number", "minimum": 1}, {"$ref": "#/definitions/parameter"}]
        },
        "max": {"$ref": "#/definitions/duration"},
        "jitter": {"enum": ["none", "equal", "full", "decorrelated"]}
      }
    },
    "client": {
      "description": "the application's own library: what it does beside the mesh",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "timeout": {"$ref": "#/definitions/duration", "description": "of each try"},
        "breaker": {
          "type": "object",
          "required": ["failures"],
          "additionalProperties": false,
          "properties": {
            "failures": {"$ref": "#/definitions/ratio"},
            "window": {"anyOf": [{"$ref": "#/definitions/duration"}, {"const": "lifetime"}]},
            "minimum": {"$ref": "#/definitions/count"},
            "stops": {"enum": ["calls", "retries"]},
            "open_for": {"$ref": "#/definitions/duration"}
          }
        },
        "throttle": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "k": {"anyOf": [{"type": "number", "minimum": 1}, {"$ref": "#/definitions/parameter"}]},
            "window": {"$ref": "#/definitions/duration"}
          }
        },
        "hedge": {
          "type": "object",
          "required": ["after"],
          "additionalProperties": false,
          "properties": {
            "after": {"$ref": "#/definitions/duration"},
            "max": {
              "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 7},
                {"$ref": "#/definitions/parameter"}
              ]
            }
          }
        },
        "connections": {
          "type": "object",
          "required": ["max"],
          "additionalProperties": false,
          "properties": {
            "max": {"$ref": "#/definitions/count"},
            "wait": {"$ref": "#/definitions/duration"}
          }
        },
        "balance": {
          "description": "it chooses the replica itself",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "choices": {"$ref": "#/definitions/count"},
            "by": {"const": "queue"},
            "refresh": {"$ref": "#/definitions/duration"}
          }
        },
        "retries": {
          "type": "object",
          "required": ["max"],
          "additionalProperties": false,
          "properties": {
            "max": {"anyOf": [{"$ref": "#/definitions/whole"}, {"const": "unlimited"}]},
            "on": {"type": "array", "items": {"enum": ["5xx", "reset", "timeout", "429", 429]}},
            "backoff": {
              "$ref": "#/definitions/client_backoff",
              "description": "without it a retry is sent at once"
            },
            "budget": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "tokens": {"$ref": "#/definitions/positive"},
                "per_call": {"$ref": "#/definitions/amount"},
                "per_success": {"$ref": "#/definitions/amount"},
                "per_retry": {"$ref": "#/definitions/amount"},
                "per_failure": {"$ref": "#/definitions/amount"},
                "floor": {"$ref": "#/definitions/amount"},
                "ratio": {"$ref": "#/definitions/ratio"},
                "window": {"$ref": "#/definitions/duration"},
                "reserve": {"$ref": "#/definitions/rate"}
              },
              "oneOf": [{"required": ["tokens"]}, {"required": ["ratio"]}]
            }
          }
        }
      }
    },
)json";

}  // namespace squall::cli
