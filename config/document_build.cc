// Events as trees: aliases expanded, `<<` merged, repeated keys found.
#include <unordered_map>
#include <unordered_set>

#include "config/document_events.h"

namespace squall::config::internal {
namespace {

using Kind = Event::Kind;

class Builder {
 public:
  Builder(std::vector<Event>& events, const std::string& file, Diagnostics& diagnostics)
      : events_(events),
        file_(std::make_shared<const std::string>(file)),
        diagnostics_(diagnostics) {
    for (const Event& event : events_) keep_texts_ = keep_texts_ || event.kind == Kind::kAlias;
  }

  std::vector<Node> build() {
    std::vector<Node> documents;
    for (std::size_t at = 0; at < events_.size() && !stopped_;) {
      if (events_[at].kind == Kind::kDocument) {
        ++at;
        continue;
      }
      Node root;
      node(at, root, 0);
      if (!root.is_null()) documents.push_back(std::move(root));
    }
    return documents;
  }

 private:
  /// Builds what starts at event `at`, and moves behind it.
  void node(std::size_t& at, Node& out, std::size_t depth) {
    const Event& event = events_[at];
    out.place = place(event);
    if (++nodes_ > kMostNodes) return stop(too_many(event.line, event.column));
    switch (event.kind) {
      case Kind::kScalar:
        out.kind = Node::Kind::kScalar;
        out.quoted = event.quoted;
        out.text = text(at++);
        return;
      case Kind::kSequence:
        return sequence(at, out, depth + 1);
      case Kind::kMapping:
        return mapping(at, out, depth + 1);
      case Kind::kAlias: {
        std::size_t target = event.target;
        // What goes beyond the limits within it is the fault of the outermost alias.
        if (alias_ == nullptr) alias_ = &event;
        node(target, out, depth);
        if (alias_ == &event) alias_ = nullptr;
        out.place = place(event);
        ++at;
        return;
      }
      default:
        ++at;
        return;
    }
  }

  bool deep(const Event& event, std::size_t depth) {
    if (depth > kMostDepth) stop(too_deep(event.line, event.column));
    return depth > kMostDepth;
  }

  void sequence(std::size_t& at, Node& out, std::size_t depth) {
    out.kind = Node::Kind::kSequence;
    if (deep(events_[at++], depth)) return;
    while (!stopped_ && events_[at].kind != Kind::kEnd) node(at, out.items.emplace_back(), depth);
    ++at;
  }

  void mapping(std::size_t& at, Node& out, std::size_t depth) {
    out.kind = Node::Kind::kMapping;
    if (deep(events_[at++], depth)) return;
    std::vector<Node::Member> merges;
    while (!stopped_ && events_[at].kind != Kind::kEnd) {
      const bool merge =
          events_[at].kind == Kind::kScalar && !events_[at].quoted && events_[at].text == "<<";
      Node::Member member;
      const bool good = key(at, member, depth);
      if (stopped_) return;
      node(at, member.value, depth);
      // A missing value's mark is that of whatever comes next.
      if (member.value.is_null() && member.value.place.line != member.place.line) {
        member.value.place = member.place;
      }
      if (good) (merge ? merges : out.members).push_back(std::move(member));
    }
    ++at;
    if (stopped_) return;
    find_repeated(out.members);
    if (merges.size() > 1) repeated(merges[1], merges[0]);
    if (!merges.empty()) merge_into(out, merges[0]);
  }

  /// False when it can be none; moves behind it in any case.
  bool key(std::size_t& at, Node::Member& member, std::size_t depth) {
    Node key;
    node(at, key, depth);
    if (key.is_scalar()) --nodes_;  // what it names is counted
    member.place = key.place;
    member.key = std::move(key.text);
    if (key.is_scalar()) return true;
    if (!stopped_) {
      const bool null = key.is_null();
      add({key.place.line, key.place.column,
           null ? "a key is missing or null" : "a key must be a text",
           null ? "write a name before the ':', in quotes if it is null"
                : "write a name before the ':'"});
    }
    return false;
  }

  void find_repeated(const std::vector<Node::Member>& members) {
    std::unordered_map<std::string_view, const Node::Member*> seen;
    seen.reserve(members.size());
    for (const Node::Member& member : members) {
      const auto [first, is_new] = seen.emplace(member.key, &member);
      if (!is_new) repeated(member, *first->second);
    }
  }

  void repeated(const Node::Member& again, const Node::Member& first) {
    const std::string where =
        std::to_string(first.place.line) + ':' + std::to_string(first.place.column);
    add({again.place.line, again.place.column,
         "the key \"" + again.key.substr(0, 60) + "\" is repeated",
         "it stands at " + where + " already"});
  }

  /// The mapping's own keys win, then the earlier of the merged.
  void merge_into(Node& out, Node::Member& merge) {
    Node& from = merge.value;
    bool good = from.is_mapping() || from.is_sequence();
    for (const Node& item : from.items) good = good && item.is_mapping();
    if (!good) {
      add({merge.place.line, merge.place.column, "\"<<\" merges something that is no mapping",
           "give it a mapping or a list of mappings"});
      return;
    }
    std::unordered_set<std::string> keys;
    for (const Node::Member& member : out.members) keys.insert(member.key);
    const auto take = [&](Node& mapping) {
      for (Node::Member& member : mapping.members) {
        if (keys.insert(member.key).second) out.members.push_back(std::move(member));
      }
    };
    if (from.is_mapping()) take(from);
    for (Node& item : from.items) take(item);
  }

  std::string text(std::size_t at) {
    Event& event = events_[at];
    if (!keep_texts_) return std::move(event.text);
    bytes_ += event.text.size();
    if (bytes_ > kMostBytes) {
      stop({event.line, event.column, "more than 64 MiB of text, with aliases expanded", {}});
      return {};
    }
    return event.text;
  }
  Place place(const Event& event) const { return {file_, event.line, event.column}; }
  void add(Fault fault) {
    if (diagnostics_.all().size() >= Diagnostics::kMost) return;
    diagnostics_.add({*file_, fault.line, fault.column, Severity::kError, std::move(fault.what),
                      std::move(fault.advice)});
  }
  void stop(Fault fault) {
    if (alias_ != nullptr) {
      fault.line = alias_->line;
      fault.column = alias_->column;
    }
    if (!stopped_) add(std::move(fault));
    stopped_ = true;
  }

  std::vector<Event>& events_;
  std::shared_ptr<const std::string> file_;
  Diagnostics& diagnostics_;
  const Event* alias_ = nullptr;  // the outermost that is being expanded
  std::size_t nodes_ = 0, bytes_ = 0;
  bool keep_texts_ = false;  // an alias may repeat them
  bool stopped_ = false;
};

}  // namespace

Fault too_deep(int line, int column) {
  return {line, column, "nested more than " + std::to_string(kMostDepth) + " deep", {}};
}

Fault too_many(int line, int column) {
  return {line, column,
          "more than " + std::to_string(kMostNodes) + " values, with aliases expanded",
          "split the file"};
}

std::vector<Node> build_documents(std::vector<Event>& events, const std::string& file,
                                  Diagnostics& diagnostics) {
  return Builder(events, file, diagnostics).build();
}

}  // namespace squall::config::internal
