// The part of a scenario's JSON Schema that is about what happens to replicas: starts, changes,
// faults.
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
        }
      },
      "oneOf": [{"required": ["scale"]}, {"required": ["restart"]}]
    },
    "fault": {
      "type": "object",
      "required": ["at"],
      "additionalProperties": false,
      "properties": {
        "at": {"$ref": "#/definitions/duration"},
        "for": {"$ref": "#/definitions/duration", "description": "without it: to the end"},
        "ramp": {"$ref": "#/definitions/duration"},
        "workload": {"type": "string"},
        "pod": {"type": "string"},
        "labels": {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number", "boolean"]}},
        "zone": {"type": "string"},
        "share": {"$ref": "#/definitions/ratio"},
        "slow": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "latency": {"$ref": "#/definitions/latency"},
            "factor": {"$ref": "#/definitions/shape"},
            "ratio": {"$ref": "#/definitions/ratio"}
          },
          "oneOf": [{"required": ["latency"]}, {"required": ["factor"]}]
        },
        "error": {"$ref": "#/definitions/error"},
        "crash": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "of": {"enum": ["pod", "container"]},
            "restart_after": {"$ref": "#/definitions/duration"}
          }
        },
        "hang": {"type": "object", "additionalProperties": false},
        "unready": {"type": "object", "additionalProperties": false},
        "load": {"type": "string"},
        "surge": {
          "type": "object",
          "required": ["factor"],
          "additionalProperties": false,
          "properties": {
            "factor": {
              "anyOf": [{"type": "number", "minimum": 0}, {"$ref": "#/definitions/parameter"}]
            }
          }
        }
      },
      "dependencies": {"share": {"not": {"anyOf": [{"required": ["pod"]}, {"required": ["load"]}]}}},
      "allOf": [
        {
          "oneOf": [
            {"required": ["workload"]},
            {"required": ["pod"]},
            {"required": ["labels"]},
            {"required": ["zone"]},
            {"required": ["load"]}
          ]
        },
        {
          "oneOf": [
            {"required": ["slow"]},
            {"required": ["error"]},
            {"required": ["crash"]},
            {"required": ["hang"]},
            {"required": ["surge"]},
            {"required": ["unready"]}
          ]
        }
      ]
    }
)json";

}  // namespace squall::cli
