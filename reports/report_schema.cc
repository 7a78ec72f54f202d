#include "reports/report_schema.h"

#include <google/protobuf/descriptor.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "policies/base/check.h"
#include "reports/diff_report.pb.h"
#include "reports/report.pb.h"
#include "reports/test_report.pb.h"

namespace squall::reports {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

/// A value of the field's type; definitions of messages are collected by name.
Json value_schema(const FieldDescriptor& field, Json& definitions);

Json message_schema(const Descriptor& type, Json& definitions) {
  Json properties = Json::object();
  Json required = Json::array();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    Json schema;
    if (field.is_map()) {
      schema["type"] = "object";
      schema["additionalProperties"] =
          value_schema(*field.message_type()->map_value(), definitions);
    } else if (field.is_repeated()) {
      schema["type"] = "array";
      schema["items"] = value_schema(field, definitions);
    } else {
      schema = value_schema(field, definitions);
    }
    properties[field.name()] = std::move(schema);
    const bool message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!field.has_presence() || (message && !field.has_optional_keyword()))
      required.push_back(field.name());
  }
  Json schema;
  schema["type"] = "object";
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json value_schema(const FieldDescriptor& field, Json& definitions) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Descriptor& type = *field.message_type();
      if (!definitions.contains(type.name())) {
        definitions[type.name()] = nullptr;  // its place in the order
        Json schema = message_schema(type, definitions);
        definitions[type.name()] = std::move(schema);
      }
      return {{"$ref", "#/definitions/" + type.name()}};
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return {{"type", "string"}};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (field.is_repeated()) return {{"type", {"number", "null"}}};
      return {{"type", "number"}};
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", "integer"}, {"minimum", 0}};
    default:
      SQUALL_CHECK(!"a field type that the report does not use");
  }
  return {};
}

std::string schema_of(const Descriptor& type, std::string_view title) {
  Json definitions = Json::object();
  const Json body = message_schema(type, definitions);
  Json schema;
  schema["$schema"] = "http://json-schema.org/draft-07/schema#";
  schema["title"] = title;
  schema.update(body);
  schema["definitions"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

}  // namespace

std::string report_schema() {
  return schema_of(*RunReport::descriptor(), "What a run of squall found");
}

std::string diff_schema() {
  return schema_of(*DiffReport::descriptor(), "What squall found to differ");
}

std::string test_report_schema() {
  return schema_of(*TestReport::descriptor(), "What tests of squall found");
}

}  // namespace squall::reports
