// The faults of a scenario's JSON Schema, and its end.
#include "cli/scenario_schema.h"

namespace squall::cli {

const std::string_view kScenarioFaults = R"json(    "direction": {"enum": ["both", "to", "from"]},
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
            "of": {"enum": ["pod", "container", "node"]},
            "restart_after": {"$ref": "#/definitions/duration"}
          }
        },
        "hang": {"type": "object", "additionalProperties": false},
        "cpu": {
          "type": "object",
          "required": ["factor"],
          "additionalProperties": false,
          "properties": {
            "factor": {
              "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                {"$ref": "#/definitions/parameter"}
              ]
            }
          }
        },
        "unready": {"type": "object", "additionalProperties": false},
        "flush": {"type": "object", "additionalProperties": false},
        "edge": {
          "type": "object",
          "required": ["from", "to"],
          "additionalProperties": false,
          "properties": {"from": {"type": "string"}, "to": {"type": "string"}}
        },
        "partition": {
          "type": "object",
          "additionalProperties": false,
          "properties": {"direction": {"$ref": "#/definitions/direction"}}
        },
        "loss": {
          "type": "object",
          "required": ["ratio"],
          "additionalProperties": false,
          "properties": {
            "ratio": {"$ref": "#/definitions/ratio"},
            "direction": {"$ref": "#/definitions/direction"}
          }
        },
        "delay": {
          "type": "object",
          "required": ["latency"],
          "additionalProperties": false,
          "properties": {
            "latency": {"$ref": "#/definitions/latency"},
            "direction": {"$ref": "#/definitions/direction"}
          }
        },
        "drop_connections": {"type": "object", "additionalProperties": false},
        "load": {"type": "string"},
        "proxies": {"type": "string"},
        "dns": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "stale": {"type": "object", "additionalProperties": false},
            "fail": {"type": "object", "additionalProperties": false}
          },
          "oneOf": [{"required": ["stale"]}, {"required": ["fail"]}]
        },
        "certificate": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "expire": {"type": "object", "additionalProperties": false},
            "skew": {
              "type": "string",
              "description": "so far behind; with a minus so far ahead",
              "pattern": "^-?(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$|\\$\\{",
              "examples": ["10m", "-13h"]
            }
          },
          "oneOf": [{"required": ["expire"]}, {"required": ["skew"]}]
        },
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
      "dependencies": {"share": {"not": {"anyOf": [{"required": ["pod"]}, {"required": ["edge"]}, {"required": ["load"]}]}}},
      "allOf": [
        {
          "oneOf": [
            {"required": ["workload"]},
            {"required": ["pod"]},
            {"required": ["labels"]},
            {"required": ["zone"]},
            {"required": ["edge"]},
            {"required": ["load"]},
            {"required": ["proxies"]}
          ]
        },
        {
          "oneOf": [
            {"required": ["slow"]},
            {"required": ["error"]},
            {"required": ["crash"]},
            {"required": ["hang"]},
            {"required": ["cpu"]},
            {"required": ["flush"]},
            {"required": ["surge"]},
            {"required": ["unready"]},
            {"required": ["certificate"]},
            {"required": ["dns"]},
            {"required": ["partition"]},
            {"required": ["loss"]},
            {"required": ["delay"]},
            {"required": ["drop_connections"]}
          ]
        }
      ]
    }
  }
}
)json";

}  // namespace squall::cli
