#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

constexpr int kMostTimes = 100'000;

OnError read_on_error(const Value& value) {
  OnError out;
  if (!value) return out;
  if (value.node().is_scalar() && value.node().text == "ignore") {
    out.kind = OnError::Kind::kIgnore;
    return out;
  }
  if (!value.node().is_mapping()) {
    value.expected("ignore, {status: 503} or {grpc: 14}");
    return out;
  }
  Fields f(value);
  read_answer(f, out.status, out.grpc);
  out.kind = OnError::Kind::kAnswer;
  f.finish();
  return out;
}

void read_call(Fields& f, Step& step) {
  read_request(f, step.to, step.method, step.headers);
  f.ratio("probability", step.probability);
  f.integer("times", step.times, {.least = 0, .most = kMostTimes});
  step.on_error = read_on_error(f["on_error"]);
  read_client(f, step.client);
  cannot(f, {"body"});
  bool detach = false;
  if (f.boolean("detach", detach) && detach) cannot(f, {"detach"});
}

void read_parallel(Fields& f, Step& step) {
  step.kind = Step::Kind::kParallel;
  read_steps(f["parallel"], step.steps, true);
  double await = 1;
  if (f.ratio("await", await) && await < 1) cannot(f, {"await"});
}

}  // namespace

bool read_answer(Fields& f, int& status, std::optional<int>& grpc) {
  const std::optional<std::size_t> answer = f.exactly_one({"status", "grpc"});
  f.integer("status", status, {.least = 200, .most = 599});
  f.integer("grpc", grpc, {.least = 1, .most = 16});
  if (answer == 1U) status = 200;
  return answer == 1U;
}

void read_steps(const Value& value, std::vector<Step>& out, bool in_parallel) {
  if (!value.is_sequence()) return;
  for (std::size_t i = 0; i < value.node().items.size(); ++i) {
    const Value item = value.item(i);
    if (!item.is_mapping()) {
      if (!item) item.expected("a call or parallel calls");
      continue;
    }
    Fields f(item);
    Step step;
    step.place = item.node().place;
    if (f.has("parallel")) {
      if (in_parallel) item.error("parallel inside parallel", "put its calls into the outer list");
      read_parallel(f, step);
    } else if (f.has("work") || f.has("choose") || f.has("cache")) {
      cannot(f, {"work", "choose", "cache"});
      f.accept({"miss", "by"});
    } else {
      read_call(f, step);
    }
    f.accept({"parallel", "to"});
    f.hide({"work", "choose", "cache"});
    step.kind == Step::Kind::kParallel ? f.hide({"to"}) : f.hide({"parallel"});
    f.finish();
    out.push_back(std::move(step));
  }
}

}  // namespace squall::scenarios
