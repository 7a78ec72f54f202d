// The values of a scenario's JSON Schema: durations, rates, distributions.
#include "cli/scenario_schema.h"

namespace squall::cli {

const std::string_view kScenarioValues =
    R"json(    "parameter": {"type": "string", "pattern": "\\$\\{"},
    "duration": {
      "anyOf": [
        {
          "type": "string",
          "pattern": "^(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$|\\$\\{",
          "examples": ["250ms", "1m30s"]
        },
        {"const": 0}
      ]
    },
    "ratio": {
      "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": "^(100|[0-9]{1,2}(\\.[0-9]+)?)%$|\\$\\{"}
      ]
    },
    "number": {"anyOf": [{"type": "number"}, {"$ref": "#/definitions/parameter"}]},
    "whole": {"anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/definitions/parameter"}]},
    "count": {"anyOf": [{"type": "integer", "minimum": 1}, {"$ref": "#/definitions/parameter"}]},
    "boolean": {"anyOf": [{"type": "boolean"}, {"$ref": "#/definitions/parameter"}]},
    "rate": {
      "type": "string",
      "pattern": "^[0-9]+(\\.[0-9]*)?/(s|m|h)$|\\$\\{",
      "examples": ["200/s", "30/m", "1/h"]
    },
    "size": {
      "anyOf": [
        {"type": "integer", "minimum": 0},
        {"type": "string", "pattern": "^[0-9]+(\\.[0-9]*)?([KMGT]i|[kMGT])$|\\$\\{"}
      ],
      "examples": ["20Ki"]
    },
    "status": {
      "anyOf": [
        {"type": "integer", "minimum": 200, "maximum": 599},
        {"$ref": "#/definitions/parameter"}
      ]
    },
    "grpc_status": {
      "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 16},
        {"$ref": "#/definitions/parameter"}
      ]
    },
    "url": {"type": "string", "pattern": "^http://[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]{1,5})?([/?][^ #]*)?$|\\$\\{"},
    "headers": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
    "mean": {
      "anyOf": [
        {"$ref": "#/definitions/duration"},
        {
          "type": "object",
          "required": ["mean"],
          "additionalProperties": false,
          "properties": {"mean": {"$ref": "#/definitions/duration"}}
        }
      ]
    },
    "weight": {
      "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1000000000},
        {"$ref": "#/definitions/parameter"}
      ]
    },
    "shape": {
      "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"$ref": "#/definitions/parameter"}]
    },
    "latency": {
      "description": "5ms is {constant: 5ms}",
      "anyOf": [
        {"$ref": "#/definitions/duration"},
        {
          "type": "object",
          "minProperties": 1,
          "maxProperties": 1,
          "additionalProperties": false,
          "properties": {
            "constant": {
              "anyOf": [
                {"$ref": "#/definitions/duration"},
                {
                  "type": "object",
                  "required": ["value"],
                  "additionalProperties": false,
                  "properties": {"value": {"$ref": "#/definitions/duration"}}
                }
              ]
            },
            "exponential": {"$ref": "#/definitions/mean"},
            "lognormal": {
              "oneOf": [
                {
                  "type": "object",
                  "required": ["p50", "p99"],
                  "additionalProperties": false,
                  "properties": {
                    "p50": {"$ref": "#/definitions/duration"},
                    "p99": {"$ref": "#/definitions/duration"}
                  }
                },
                {
                  "type": "object",
                  "required": ["mean", "sigma"],
                  "additionalProperties": false,
                  "properties": {
                    "mean": {"$ref": "#/definitions/duration"},
                    "sigma": {"$ref": "#/definitions/number"}
                  }
                }
              ]
            },
            "uniform": {
              "type": "object",
              "required": ["min", "max"],
              "additionalProperties": false,
              "properties": {
                "min": {"$ref": "#/definitions/duration"},
                "max": {"$ref": "#/definitions/duration"}
              }
            },
            "normal": {
              "type": "object",
              "required": ["mean", "sd"],
              "additionalProperties": false,
              "properties": {
                "mean": {"$ref": "#/definitions/duration"},
                "sd": {"$ref": "#/definitions/duration"}
              }
            },
            "gamma": {
              "type": "object",
              "required": ["mean", "shape"],
              "additionalProperties": false,
              "properties": {
                "mean": {"$ref": "#/definitions/duration"},
                "shape": {"$ref": "#/definitions/shape"}
              }
            },
            "weibull": {
              "type": "object",
              "required": ["scale", "shape"],
              "additionalProperties": false,
              "properties": {
                "scale": {"$ref": "#/definitions/duration"},
                "shape": {"$ref": "#/definitions/shape"}
              }
            },
            "pareto": {
              "type": "object",
              "required": ["min", "alpha"],
              "additionalProperties": false,
              "properties": {
                "min": {"$ref": "#/definitions/duration"},
                "alpha": {"$ref": "#/definitions/shape"},
                "max": {"$ref": "#/definitions/duration"}
              }
            },
            "hyperexponential": {
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "required": ["weight", "mean"],
                "additionalProperties": false,
                "properties": {
                  "weight": {"$ref": "#/definitions/weight"},
                  "mean": {"$ref": "#/definitions/duration"}
                }
              }
            },
            "mixture": {
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "required": ["weight", "of"],
                "additionalProperties": false,
                "properties": {
                  "weight": {"$ref": "#/definitions/weight"},
                  "of": {"$ref": "#/definitions/latency"}
                }
              }
            },
            "empirical": {
              "type": "object",
              "minProperties": 1,
              "maxProperties": 1,
              "additionalProperties": false,
              "properties": {
                "values": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/duration"}},
                "quantiles": {
                  "type": "object",
                  "propertyNames": {"pattern": "^p[0-9]+(\\.[0-9]+)?$"},
                  "additionalProperties": {"$ref": "#/definitions/duration"}
                }
              }
            }
          }
        }
      ]
    },
)json";

}  // namespace squall::cli
