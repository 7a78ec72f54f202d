#include "cli/scenario_schema.h"

namespace squall::cli {

const std::string_view kScenarioSchema = R"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "A scenario of squall",
  "type": "object",
  "required": ["apiVersion", "kind", "spec"],
  "additionalProperties": false,
  "properties": {
    "apiVersion": {"const": "squall.dev/v1"},
    "kind": {"const": "Scenario"},
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
      "additionalProperties": false,
      "properties": {
        "parameters": {
          "type": "object",
          "description": "named values for \"${name}\" in any scalar; --set name=value gives another",
          "additionalProperties": {"type": ["string", "number", "boolean"]}
        },
        "manifests": {
          "description": "files and folders of Kubernetes and Istio YAML, relative to this file",
          "type": "array",
          "items": {"type": "string"}
        },
        "seed": {"$ref": "#/definitions/whole", "default": 1},
        "warmup": {"$ref": "#/definitions/duration", "description": "at the start; in no figure"},
        "duration": {"$ref": "#/definitions/duration", "description": "of load, the warm-up included"},
        "mesh": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "injection": {"$ref": "#/definitions/boolean", "default": true},
            "istio": {"type": ["string", "number"], "default": "1.31"},
            "mode": {"const": "sidecar"}
          }
        },
        "workloads": {
          "description": "how things behave, by NAME or NAME.NAMESPACE",
          "type": "object",
          "additionalProperties": {"anyOf": [{"$ref": "#/definitions/workload"}, {"type": "null"}]}
        },
        "load": {"type": "array", "items": {"$ref": "#/definitions/load"}},
        "faults": {"type": "array", "items": {"$ref": "#/definitions/fault"}},
        "expect": {
          "description": "what must hold, as in p99{load=\"shoppers\"}[60s:120s] < 3.2s",
          "type": "array",
          "items": {
            "anyOf": [
              {"type": "string"},
              {
                "type": "object",
                "required": ["expr"],
                "additionalProperties": false,
                "properties": {"expr": {"type": "string"}}
              }
            ]
          }
        }
      }
    }
  },
  "definitions": {
    "parameter": {"type": "string", "pattern": "\\$\\{"},
    "duration": {
      "type": "string",
      "pattern": "^(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$|\\$\\{",
      "examples": ["250ms", "1m30s"]
    },
    "ratio": {
      "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": "^[0-9.]+%$|\\$\\{"}
      ]
    },
    "number": {"anyOf": [{"type": "number"}, {"$ref": "#/definitions/parameter"}]},
    "whole": {"anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/definitions/parameter"}]},
    "count": {"anyOf": [{"type": "integer", "minimum": 1}, {"$ref": "#/definitions/parameter"}]},
    "boolean": {"anyOf": [{"type": "boolean"}, {"$ref": "#/definitions/parameter"}]},
    "rate": {"type": "string", "pattern": "/(s|m)$|\\$\\{", "examples": ["200/s", "30/m"]},
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
    "url": {"type": "string", "pattern": "^http://|\\$\\{"},
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
    "parts": {
      "type": "array",
      "minItems": 1,
      "items": {
        "type": "object",
        "required": ["weight"],
        "additionalProperties": false,
        "properties": {
          "weight": {"$ref": "#/definitions/number"},
          "mean": {"$ref": "#/definitions/duration"},
          "of": {"$ref": "#/definitions/latency"}
        }
      }
    },
    "figures": {
      "type": "object",
      "additionalProperties": {
        "anyOf": [{"$ref": "#/definitions/duration"}, {"$ref": "#/definitions/number"}]
      }
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
            "constant": {"$ref": "#/definitions/duration"},
            "exponential": {"$ref": "#/definitions/mean"},
            "lognormal": {"$ref": "#/definitions/figures"},
            "uniform": {"$ref": "#/definitions/figures"},
            "normal": {"$ref": "#/definitions/figures"},
            "gamma": {"$ref": "#/definitions/figures"},
            "weibull": {"$ref": "#/definitions/figures"},
            "pareto": {"$ref": "#/definitions/figures"},
            "hyperexponential": {"$ref": "#/definitions/parts"},
            "mixture": {"$ref": "#/definitions/parts"},
            "empirical": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "values": {"type": "array", "items": {"$ref": "#/definitions/duration"}},
                "quantiles": {
                  "type": "object",
                  "additionalProperties": {"$ref": "#/definitions/duration"}
                }
              }
            }
          }
        }
      ]
    },
    "error": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "ratio": {"$ref": "#/definitions/ratio"},
        "status": {"$ref": "#/definitions/status"},
        "grpc": {"$ref": "#/definitions/grpc_status"},
        "in": {"enum": ["headers", "trailers"]}
      }
    },
    "errors": {
      "anyOf": [
        {"$ref": "#/definitions/error"},
        {"type": "array", "items": {"$ref": "#/definitions/error"}}
      ]
    },
    "call": {
      "type": "object",
      "required": ["to"],
      "additionalProperties": false,
      "properties": {
        "to": {"$ref": "#/definitions/url"},
        "method": {"type": "string"},
        "headers": {"$ref": "#/definitions/headers"},
        "probability": {"$ref": "#/definitions/ratio"},
        "times": {"$ref": "#/definitions/whole"},
        "detach": {"const": false},
        "on_error": {
          "description": "without it a failed call ends the caller's request with 500",
          "anyOf": [
            {"const": "ignore"},
            {
              "type": "object",
              "minProperties": 1,
              "maxProperties": 1,
              "additionalProperties": false,
              "properties": {
                "status": {"$ref": "#/definitions/status"},
                "grpc": {"$ref": "#/definitions/grpc_status"}
              }
            }
          ]
        }
      }
    },
    "parallel": {
      "type": "object",
      "required": ["parallel"],
      "additionalProperties": false,
      "properties": {
        "parallel": {"type": "array", "items": {"$ref": "#/definitions/call"}},
        "await": {"enum": [1, "100%"]}
      }
    },
    "calls": {
      "type": "array",
      "items": {"anyOf": [{"$ref": "#/definitions/call"}, {"$ref": "#/definitions/parallel"}]}
    },
    "match": {
      "anyOf": [
        {"type": "string"},
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "exact": {"type": "string"},
            "prefix": {"type": "string"},
            "regex": {"type": "string"}
          }
        }
      ]
    },
    "operation": {
      "type": "object",
      "required": ["match"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "match": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "path": {"$ref": "#/definitions/match"},
            "method": {"type": "string"},
            "headers": {"type": "object", "additionalProperties": {"$ref": "#/definitions/match"}}
          }
        },
        "latency": {"$ref": "#/definitions/latency"},
        "errors": {"$ref": "#/definitions/errors"},
        "calls": {"$ref": "#/definitions/calls"}
      }
    },
    "workload": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "replicas": {"$ref": "#/definitions/whole"},
        "concurrency": {"$ref": "#/definitions/count", "description": "requests that one replica holds at once"},
        "queue": {
          "description": "what waits beyond concurrency",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "limit": {"$ref": "#/definitions/whole"},
            "order": {"const": "fifo"},
            "full": {"const": "reject"}
          }
        },
        "cpu": {
          "type": "object",
          "required": ["cores"],
          "additionalProperties": false,
          "properties": {
            "cores": {"$ref": "#/definitions/count"},
            "sharing": {"enum": ["fifo", "processor"]}
          }
        },
        "latency": {"$ref": "#/definitions/latency", "description": "a replica's own work"},
        "errors": {"$ref": "#/definitions/errors"},
        "calls": {"$ref": "#/definitions/calls"},
        "operations": {"type": "array", "items": {"$ref": "#/definitions/operation"}},
        "cancelled": {"const": "finish"},
        "deadlines": {"const": "ignore"}
      }
    },
    "load": {
      "type": "object",
      "required": ["name", "from", "to"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "from": {"type": "string", "description": "a workload, or `outside` (no sidecar)"},
        "to": {"$ref": "#/definitions/url"},
        "method": {"type": "string"},
        "headers": {"$ref": "#/definitions/headers"},
        "rate": {"$ref": "#/definitions/rate"},
        "steps": {
          "type": "array",
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
        "arrivals": {"enum": ["poisson", "constant"]},
        "users": {"$ref": "#/definitions/count", "description": "a closed loop instead of a rate"},
        "think": {"$ref": "#/definitions/latency"},
        "once": {"const": false}
      },
      "oneOf": [{"required": ["rate"]}, {"required": ["steps"]}, {"required": ["users"]}]
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
        "share": {"$ref": "#/definitions/ratio"},
        "slow": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "latency": {"$ref": "#/definitions/latency"},
            "factor": {"$ref": "#/definitions/number"},
            "ratio": {"$ref": "#/definitions/ratio"}
          }
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
        "hang": {"type": "object", "additionalProperties": false}
      },
      "allOf": [
        {"oneOf": [{"required": ["workload"]}, {"required": ["pod"]}]},
        {
          "oneOf": [
            {"required": ["slow"]},
            {"required": ["error"]},
            {"required": ["crash"]},
            {"required": ["hang"]}
          ]
        }
      ]
    }
  }
}
)json";

}  // namespace squall::cli
