#include "cli/test_schema.h"

namespace squall::cli {

const std::string_view kTestSchema = R"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Tests of squall",
  "type": "object",
  "required": ["apiVersion", "kind", "spec"],
  "additionalProperties": false,
  "properties": {
    "apiVersion": {"const": "squall.dev/v1"},
    "kind": {"const": "Test"},
    "metadata": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "labels": {"type": "object"},
        "annotations": {"type": "object"}
      }
    },
    "spec": {
      "type": "object",
      "required": ["scenario", "tests"],
      "additionalProperties": false,
      "properties": {
        "scenario": {"description": "its file, as seen from this one", "type": "string"},
        "runs": {"$ref": "#/definitions/runs"},
        "tests": {"type": "array", "items": {"$ref": "#/definitions/test"}}
      }
    }
  },
  "definitions": {
    "runs": {
      "description": "seeds, from the scenario's on",
      "type": "integer",
      "minimum": 1,
      "maximum": 100000
    },
    "route": {
      "type": "object",
      "required": ["request", "from"],
      "additionalProperties": false,
      "properties": {
        "request": {"description": "as in GET http://app/buy", "type": "string"},
        "from": {"description": "a workload with a sidecar", "type": "string"},
        "headers": {"type": "object"},
        "to": {
          "type": "object",
          "required": ["host"],
          "additionalProperties": false,
          "properties": {
            "host": {"type": "string"},
            "subset": {"type": "string"},
            "share": {"type": ["string", "number"]}
          }
        },
        "timeout": {"type": "string"},
        "attempts": {"type": "integer", "minimum": 1},
        "status": {"type": "integer", "minimum": 200, "maximum": 599}
      }
    },
    "test": {
      "type": "object",
      "required": ["name"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "runs": {"$ref": "#/definitions/runs"},
        "override": {
          "description": "a fragment of spec: mappings merge, lists by name, null takes away",
          "type": "object"
        },
        "patch": {
          "description": "fragments of manifests, found by kind, name and namespace",
          "type": "array",
          "items": {
            "type": "object",
            "required": ["kind", "metadata"],
            "properties": {
              "kind": {"type": "string"},
              "metadata": {"type": "object", "required": ["name"]}
            }
          }
        },
        "each": {
          "description": "values of parameters: a test for each combination",
          "type": "object",
          "additionalProperties": {
            "type": "array",
            "minItems": 1,
            "items": {"type": ["string", "number", "boolean"]}
          }
        },
        "routes": {
          "description": "what routes requests must take; no run",
          "type": "array",
          "items": {"$ref": "#/definitions/route"}
        },
        "threshold": {
          "description": "the value of a parameter at which an expectation begins or ceases to hold",
          "type": "object",
          "required": ["parameter", "between", "of"],
          "additionalProperties": false,
          "properties": {
            "parameter": {"type": "string"},
            "between": {
              "description": "the least and the most, in one unit or none",
              "type": "array",
              "minItems": 2,
              "maxItems": 2,
              "items": {"type": ["string", "number"]}
            },
            "of": {"description": "an expectation", "type": "string"},
            "in": {"description": "how many of the runs at each side", "type": "string"},
            "precision": {"type": ["string", "number"]},
            "runs": {"description": "of each value tried", "type": "integer", "minimum": 1, "maximum": 1000}
          }
        },
        "expect": {
          "description": "instead of what the scenario expects",
          "type": "array",
          "items": {
            "anyOf": [
              {"type": "string"},
              {
                "type": "object",
                "required": ["expr"],
                "additionalProperties": false,
                "properties": {"expr": {"type": "string"}, "in": {"type": "string"}}
              }
            ]
          }
        }
      }
    }
  }
}
)json";

}  // namespace squall::cli
