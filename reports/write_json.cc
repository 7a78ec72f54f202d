#include "reports/write_json.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "policies/base/check.h"

namespace squall::reports {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void message(const Message& message) {
    const Reflection& reflection = *message.GetReflection();
    const auto& type = *message.GetDescriptor();
    open('{');
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      const bool optional = is_message ? field.has_optional_keyword() : field.has_presence();
      if (optional && !reflection.HasField(message, &field)) continue;
      next();
      out_ += quoted(field.name());
      out_ += ": ";
      if (field.is_map()) {
        map(message, field);
      } else if (field.is_repeated()) {
        list(message, field);
      } else {
        single(message, field);
      }
    }
    close('}');
  }

 private:
  void open(char bracket) {
    out_ += bracket;
    ++depth_;
    first_ = true;
  }
  void next() {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
  }
  void close(char bracket) {
    --depth_;
    if (!first_) {
      out_ += '\n';
      out_.append(depth_ * 2, ' ');
    }
    first_ = false;
    out_ += bracket;
  }

  void number(double value, bool in_list) {
    SQUALL_CHECK(std::isfinite(value) || in_list);
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(out_), "{}", value);
    } else {
      out_ += "null";
    }
  }

  void single(const Message& from, const FieldDescriptor& field) {
    const Reflection& reflection = *from.GetReflection();
    auto put = [&](auto value) { fmt::format_to(std::back_inserter(out_), "{}", value); };
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return message(reflection.GetMessage(from, &field));
      case FieldDescriptor::CPPTYPE_STRING:
        out_ += quoted(reflection.GetString(from, &field));
        return;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return number(reflection.GetDouble(from, &field), false);
      case FieldDescriptor::CPPTYPE_UINT64:
        return put(reflection.GetUInt64(from, &field));
      case FieldDescriptor::CPPTYPE_UINT32:
        return put(reflection.GetUInt32(from, &field));
      case FieldDescriptor::CPPTYPE_BOOL:
        return put(reflection.GetBool(from, &field));
      default:
        SQUALL_CHECK(!"a field type that the report does not use");
    }
  }

  void list(const Message& from, const FieldDescriptor& field) {
    const Reflection& reflection = *from.GetReflection();
    const int size = reflection.FieldSize(from, &field);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      open('[');
      for (int i = 0; i < size; ++i) {
        next();
        message(reflection.GetRepeatedMessage(from, &field, i));
      }
      close(']');
      return;
    }
    out_ += '[';
    for (int i = 0; i < size; ++i) {
      if (i > 0) out_ += ", ";
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          out_ += quoted(reflection.GetRepeatedString(from, &field, i));
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          number(reflection.GetRepeatedDouble(from, &field, i), true);
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          fmt::format_to(std::back_inserter(out_), "{}",
                         reflection.GetRepeatedUInt64(from, &field, i));
          break;
        default:
          SQUALL_CHECK(!"a list of a type that the report does not use");
      }
    }
    out_ += ']';
  }

  /// Entries are messages of a key (always a string here) and a value.
  void map(const Message& from, const FieldDescriptor& field) {
    const Reflection& reflection = *from.GetReflection();
    const FieldDescriptor& key = *field.message_type()->map_key();
    std::vector<std::pair<std::string, const Message*>> entries;
    for (int i = 0; i < reflection.FieldSize(from, &field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(from, &field, i);
      entries.emplace_back(entry.GetReflection()->GetString(entry, &key), &entry);
    }
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    open('{');
    for (const auto& [name, entry] : entries) {
      next();
      out_ += quoted(name);
      out_ += ": ";
      single(*entry, *field.message_type()->map_value());
    }
    close('}');
  }

  std::string& out_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

}  // namespace

std::string to_json(const Message& message) {
  std::string out;
  Writer(out).message(message);
  out += '\n';
  return out;
}

}  // namespace squall::reports
