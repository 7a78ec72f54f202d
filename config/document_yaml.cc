// YAML text as events: the only place that knows yaml-cpp.
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "config/document_events.h"
#include "config/yaml_fault.h"

namespace squall::config::internal {
namespace {

/// Leaves yaml-cpp from inside an event; caught in read_yaml.
struct Stop {
  Fault fault;
};

class Recorder : public YAML::EventHandler {
 public:
  Recorder(std::string_view text, std::vector<Event>& events) : rest_(text), events_(events) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!may_start(mark)) {
      throw Stop{{mark.line + 1, mark.column + 1,
                  "not valid YAML: this follows the end of the document",
                  "separate documents by a line with ---"}};
    }
    anchors_.clear();
    add(Event::Kind::kDocument, mark, YAML::NullAnchor);
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(Event::Kind::kNull, mark, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::uint32_t target = anchors_.at(anchor - 1);
    for (const std::uint32_t open : open_) {
      if (open == target) {
        throw Stop{{mark.line + 1, mark.column + 1, "an alias stands inside what it repeats",
                    "repeat something that ends before it"}};
      }
    }
    add(Event::Kind::kAlias, mark, YAML::NullAnchor).target = target;
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Event& event = add(Event::Kind::kScalar, mark, anchor);
    event.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    event.text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Event::Kind::kSequence, mark, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Event::Kind::kMapping, mark, anchor, style);
  }
  void OnMapEnd() override { close(); }

  OpenBracket open_bracket() const {
    if (open_.empty() || !in_brackets_.back()) return {};
    const Event& event = events_[open_.back()];
    return {event.kind == Event::Kind::kSequence ? '[' : '{', event.line, event.column};
  }

 private:
  /// yaml-cpp takes what is left behind a document for the next one, and may never get beyond it.
  bool may_start(const YAML::Mark& mark) {
    bool ended = events_.empty();
    for (; line_ < mark.line && !rest_.empty(); ++line_) {
      ended = ended || rest_.starts_with("...");
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
    }
    return ended || (mark.column == 0 && rest_.starts_with("---"));
  }
  Event& add(Event::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    // A mapping's keys are events but no nodes: twice as many events as nodes, at most.
    if (events_.size() > 2 * kMostNodes) throw Stop{too_many(mark.line + 1, mark.column + 1)};
    if (anchor != YAML::NullAnchor) {
      if (anchors_.size() < anchor) anchors_.resize(anchor);
      anchors_[anchor - 1] = static_cast<std::uint32_t>(events_.size());
    }
    Event& event = events_.emplace_back();
    event.kind = kind;
    event.line = mark.line + 1;
    event.column = mark.column + 1;
    return event;
  }
  void open(Event::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    if (open_.size() == kMostDepth) throw Stop{too_deep(mark.line + 1, mark.column + 1)};
    open_.push_back(static_cast<std::uint32_t>(events_.size()));
    in_brackets_.push_back(style == YAML::EmitterStyle::Flow);
    add(kind, mark, anchor);
  }
  void close() {
    open_.pop_back();
    in_brackets_.pop_back();
    events_.emplace_back().kind = Event::Kind::kEnd;
  }

  std::string_view rest_;  // the text from line_ on
  int line_ = 0;
  std::vector<Event>& events_;
  std::vector<std::uint32_t> anchors_;  // by anchor - 1: the event
  std::vector<std::uint32_t> open_;     // the events of what has not ended
  std::vector<bool> in_brackets_;       // of each of them
};

}  // namespace

bool read_yaml(std::string_view text, std::vector<Event>& events, Fault& fault) {
  Recorder recorder(text, events);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(recorder)) {
    }
    return true;
  } catch (const Stop& stop) {
    fault = stop.fault;
  } catch (const YAML::Exception& e) {
    fault = explain_yaml(text, e.msg, e.mark.line + 1, e.mark.column + 1, recorder.open_bracket());
  } catch (const std::exception& e) {
    fault = {0, 0, std::string("not valid YAML: ") + e.what(), {}};
  }
  return false;
}

}  // namespace squall::config::internal
