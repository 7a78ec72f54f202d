// What a request has done for it: errors, calls and other steps.
#include "cli/scenario_schema.h"

namespace squall::cli {

const std::string_view kScenarioSteps = R"json(    "error": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "ratio": {"$ref": "#/definitions/ratio"},
        "status": {"$ref": "#/definitions/status"},
        "grpc": {"$ref": "#/definitions/grpc_status"},
        "in": {"enum": ["headers", "trailers"]}
      },
      "oneOf": [{"required": ["status"]}, {"required": ["grpc"]}],
      "dependencies": {"in": ["grpc"]}
    },
    "share_of_errors": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "ratio": {"$ref": "#/definitions/ratio"},
        "status": {"$ref": "#/definitions/status"},
        "grpc": {"$ref": "#/definitions/grpc_status"},
        "in": {"enum": ["headers", "trailers"]},
        "latency": {"$ref": "#/definitions/latency"},
        "sequence": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/status"}}
      },
      "oneOf": [
        {"required": ["ratio", "status"]},
        {"required": ["ratio", "grpc"]},
        {
          "required": ["sequence"],
          "not": {
            "anyOf": [
              {"required": ["ratio"]}, {"required": ["status"]}, {"required": ["grpc"]}, {"required": ["latency"]}
            ]
          }
        }
      ],
      "dependencies": {"in": ["grpc"]}
    },
    "errors": {
      "anyOf": [
        {"$ref": "#/definitions/share_of_errors"},
        {"type": "array", "items": {"$ref": "#/definitions/share_of_errors"}}
      ]
    },
    "call": {
      "type": "object",
      "required": ["to"],
      "additionalProperties": false,
      "properties": {
        "to": {"$ref": "#/definitions/url"},
        "method": {"type": "string", "pattern": "^[A-Z]+$|\\$\\{"},
        "headers": {"$ref": "#/definitions/headers"},
        "probability": {"$ref": "#/definitions/ratio"},
        "times": {"$ref": "#/definitions/whole"},
        "body": {"$ref": "#/definitions/size", "description": "what is sent, where the network has a bandwidth"},
        "detach": {"$ref": "#/definitions/boolean", "default": false},
        "client": {"$ref": "#/definitions/client"},
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
        "await": {"$ref": "#/definitions/ratio", "description": "the share of answers that is waited for"}
      }
    },
    "work": {
      "type": "object",
      "required": ["work"],
      "additionalProperties": false,
      "properties": {"work": {"$ref": "#/definitions/latency"}}
    },
    "choose": {
      "type": "object",
      "required": ["choose"],
      "additionalProperties": false,
      "properties": {
        "choose": {
          "type": "array",
          "minItems": 1,
          "items": {
            "type": "object",
            "required": ["weight", "calls"],
            "additionalProperties": false,
            "properties": {
              "weight": {"$ref": "#/definitions/shape"},
              "calls": {"$ref": "#/definitions/calls"}
            }
          }
        },
        "by": {"enum": ["key"]}
      }
    },
    "cache": {
      "type": "object",
      "required": ["cache", "miss"],
      "additionalProperties": false,
      "properties": {
        "cache": {
          "type": "object",
          "required": ["entries"],
          "additionalProperties": false,
          "properties": {
            "entries": {"$ref": "#/definitions/count"},
            "ttl": {"$ref": "#/definitions/duration"},
            "eviction": {"const": "lru"},
            "on_error": {"enum": ["keep", "fail"]},
            "late": {"enum": ["discard", "keep"]},
            "single_flight": {"$ref": "#/definitions/boolean"}
          }
        },
        "miss": {"$ref": "#/definitions/calls"}
      }
    },
    "calls": {
      "type": "array",
      "items": {
        "anyOf": [
          {"$ref": "#/definitions/call"},
          {"$ref": "#/definitions/parallel"},
          {"$ref": "#/definitions/work"},
          {"$ref": "#/definitions/choose"},
          {"$ref": "#/definitions/cache"}
        ]
      }
    },
)json";

}  // namespace squall::cli
