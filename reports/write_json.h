// JSON of a Protobuf message, the same bytes for the same message.
//
// Fields in the order of the .proto with its names; 64-bit counts are numbers; map keys are sorted;
// doubles in the shortest form that reads back the same; zeros, empty lists and empty objects are
// printed; an optional field that is not set is left out. In a list, what is not a number is null;
// elsewhere that is our bug. Cost: linear.
#pragma once
#include <string>

namespace google::protobuf {
class Message;
}

namespace squall::reports {

/// Indented by two; a list of plain values on one line; a line break at the end.
std::string to_json(const google::protobuf::Message& message);

}  // namespace squall::reports
