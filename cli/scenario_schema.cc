#include "cli/scenario_schema.h"

namespace squall::cli {

namespace {

constexpr std::string_view kDocument = R"json({
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
            "istio": {"enum": ["1.31", 1.31], "default": "1.31"},
            "mode": {"enum": ["sidecar", "ambient"]},
            "sidecar": {
              "description": "what each sidecar costs",
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "workers": {"$ref": "#/definitions/count", "default": 2},
                "cpu": {"$ref": "#/definitions/duration", "description": "of each request"},
                "memory": {
                  "type": "object",
                  "required": ["limit"],
                  "additionalProperties": false,
                  "properties": {
                    "base": {"$ref": "#/definitions/size"},
                    "connection": {"$ref": "#/definitions/size"},
                    "limit": {"$ref": "#/definitions/size"}
                  }
                }
              }
            },
            "push": {
              "type": "object",
              "required": ["delay"],
              "additionalProperties": false,
              "properties": {
                "delay": {"$ref": "#/definitions/latency", "description": "until a proxy has a change"}
              }
            },
            "certificates": {
              "type": "object",
              "additionalProperties": false,
              "properties": {"lifetime": {"$ref": "#/definitions/duration", "default": "24h"}}
            }
          }
        },
        "network": {
          "description": "what is not set takes no time",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "latency": {"$ref": "#/definitions/latency", "description": "of a message between pods, one way"},
            "loss": {
              "anyOf": [{"type": "number", "minimum": 0, "maximum": 0.9}, {"type": "string", "pattern": "%$|\\$\\{"}]
            },
            "connect": {
              "type": "object",
              "additionalProperties": false,
              "properties": {"round_trips": {"$ref": "#/definitions/whole"}}
            },
            "tls": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "round_trips": {"$ref": "#/definitions/whole"},
                "cpu": {"$ref": "#/definitions/duration"}
              }
            },
            "zones": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["between", "latency"],
                "additionalProperties": false,
                "properties": {
                  "between": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
                  "latency": {"$ref": "#/definitions/latency"},
                  "bandwidth": {
                    "type": "string",
                    "pattern": "^[0-9]+(\\.[0-9]*)?([kKMGT]?bps)$|\\$\\{",
                    "examples": ["1Gbps"]
                  }
                }
              }
            }
          }
        },
        "workloads": {
          "description": "how things behave, by NAME or NAME.NAMESPACE",
          "type": "object",
          "additionalProperties": {"anyOf": [{"$ref": "#/definitions/workload"}, {"type": "null"}]}
        },
        "load": {"type": "array", "items": {"$ref": "#/definitions/load"}},
        "faults": {"type": "array", "items": {"$ref": "#/definitions/fault"}},
        "changes": {"type": "array", "items": {"$ref": "#/definitions/change"}},
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
                "properties": {
                  "expr": {"type": "string"},
                  "in": {"description": "in how large a share of the runs, as in >= 95%", "type": "string"}
                }
              }
            ]
          }
        }
      }
    }
  },
  "definitions": {
)json";

constexpr std::string_view kRest = R"json(    "match": {
      "anyOf": [
        {"type": "string"},
        {
          "type": "object",
          "minProperties": 1,
          "maxProperties": 1,
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
            "method": {"type": "string", "pattern": "^[A-Z]+$|\\$\\{"},
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
        "replicas": {"$ref": "#/definitions/whole", "description": "instead of the manifests'"},
        "zones": {
          "description": "how many replicas are where, as in {east/1: 4, west/1: 2}",
          "type": "object",
          "additionalProperties": {"$ref": "#/definitions/whole"}
        },
        "concurrency": {"$ref": "#/definitions/count", "description": "requests that one replica holds at once"},
        "queue": {
          "description": "what waits beyond concurrency",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "limit": {"$ref": "#/definitions/whole"},
            "order": {"enum": ["fifo", "lifo", "adaptive_lifo"]},
            "full": {"enum": ["reject", "drop"]},
            "timeout": {"$ref": "#/definitions/duration"},
            "codel": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "target": {"$ref": "#/definitions/duration", "default": "5ms"},
                "interval": {"$ref": "#/definitions/duration", "default": "100ms"}
              }
            }
          }
        },
        "contention": {
          "description": "own work takes longer while many requests are in service",
          "type": "object",
          "required": ["in_flight"],
          "additionalProperties": false,
          "properties": {
            "in_flight": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/number"}},
            "factor": {"type": "array", "items": {"$ref": "#/definitions/number"}},
            "add": {"type": "array", "items": {"$ref": "#/definitions/duration"}}
          },
          "oneOf": [{"required": ["factor"]}, {"required": ["add"]}]
        },
        "addresses": {
          "description": "ADDRESS:PORT by which Envoy configurations name the first replicas",
          "type": "array",
          "items": {"type": "string"}
        },
        "sidecar": {
          "type": "object",
          "anyOf": [{"required": ["envoy"]}, {"required": ["workers"]}],
          "additionalProperties": false,
          "properties": {
            "envoy": {
              "description": "what its sidecars send requests by: a static bootstrap, or a file that has one",
              "type": ["string", "object"]
            },
            "workers": {"$ref": "#/definitions/count"}
          }
        },
        "rate_limit": {
          "description": "requests that one replica takes",
          "type": "object",
          "required": ["rate"],
          "additionalProperties": false,
          "properties": {
            "rate": {"$ref": "#/definitions/rate"},
            "burst": {"$ref": "#/definitions/count", "default": 1},
            "status": {"$ref": "#/definitions/status", "default": 429}
          }
        },
        "cpu": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "cores": {"$ref": "#/definitions/count"},
            "sharing": {"enum": ["fifo", "processor"]}
          }
        },
        "handshake": {
          "description": "what a new connection costs the replica that it leads to",
          "type": "object",
          "additionalProperties": false,
          "properties": {"cpu": {"$ref": "#/definitions/duration"}, "limit": {"$ref": "#/definitions/count"}}
        },
        "latency": {"$ref": "#/definitions/latency", "description": "a replica's own work"},
        "errors": {"$ref": "#/definitions/errors"},
        "calls": {"$ref": "#/definitions/calls"},
        "operations": {"type": "array", "items": {"$ref": "#/definitions/operation"}},
        "cancelled": {"enum": ["finish", "skip", "stop"]},
        "deadlines": {"enum": ["ignore", "honour"]},
        "start": {"$ref": "#/definitions/start"}
      }
    },
)json";

}  // namespace

std::string scenario_schema() {
  std::string out(kDocument);
  out += kScenarioValues;
  out += kScenarioClient;
  out += kScenarioSteps;
  out += kRest;
  out += kScenarioLoads;
  out += kScenarioEvents;
  return out += kScenarioFaults;
}

}  // namespace squall::cli
