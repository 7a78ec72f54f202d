#include <fmt/format.h>

#include <array>

#include "scenarios/read_parts.h"

namespace squall::scenarios {
namespace {

using config::Fields;
using config::Value;

constexpr int kMostTimes = 100'000;
constexpr std::int64_t kMostEntries = 100'000'000;
constexpr std::size_t kMostBranches = 10'000;

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
  require_to(f);
  read_request(f, step.to, step.method, step.headers);
  f.ratio("probability", step.probability);
  f.integer("times", step.times, {.least = 0, .most = kMostTimes});
  step.on_error = read_on_error(f["on_error"]);
  read_client(f, step.client);
  read_body(f, step.body);
  if (f.boolean("detach", step.detach) && step.detach && f["on_error"])
    f["on_error"].error("nobody waits for the answer", "leave it out beside detach");
}

void read_parallel(Fields& f, Step& step) {
  step.kind = Step::Kind::kParallel;
  f.ratio("await", step.await, {.least = 0, .most = 1, .above = true});
  read_steps(f["parallel"], step.steps);
  for (const Step& part : step.steps) {
    const auto refuse = [&](std::string what, std::string advice) {
      f.value().diagnostics().add({part.place.file ? *part.place.file : std::string(),
                                   part.place.line, part.place.column, Severity::kError,
                                   std::move(what), std::move(advice)});
    };
    if (part.kind == Step::Kind::kParallel) {
      refuse("parallel inside parallel", "put its calls into the outer list");
    } else if (part.kind != Step::Kind::kCall) {
      refuse("only calls start together", "put it before or after the parallel calls");
    }
  }
}

void read_choose(Fields& f, Step& step) {
  step.kind = Step::Kind::kChoose;
  f.objects("choose", [&](Fields& b) {
    Step branch;
    branch.kind = Step::Kind::kBranch;
    b.require("weight");
    b.number("weight", branch.weight, {.least = 0, .most = 1e9, .above = true});
    b.require("calls", "write calls: [] for nothing");
    read_steps(b["calls"], branch.steps);
    step.steps.push_back(std::move(branch));
  });
  const Value choose = f["choose"];
  if (choose.node().is_sequence() && (step.steps.empty() || step.steps.size() > kMostBranches))
    choose.error(fmt::format("{} branches", step.steps.size()),
                 fmt::format("write 1 to {}, such as {{weight: 1, calls: []}}", kMostBranches));
  constexpr std::array<std::string_view, 1> kBy = {"key"};
  step.by_key = f["by"].one_of(kBy).has_value();
}

void read_cache(Fields& f, Step& step) {
  step.kind = Step::Kind::kCache;
  f.object("cache", [&](Fields& c) {
    c.require("entries");
    c.integer("entries", step.cache.entries, {.least = 1, .most = kMostEntries});
    Duration ttl{};
    if (c.duration("ttl", ttl, kPositive)) step.cache.ttl = ttl;
    constexpr std::array<std::string_view, 1> kEviction = {"lru"};
    (void)c["eviction"].one_of(kEviction);
    c.choice("on_error", step.cache.keeps_expired, {{"keep", true}, {"fail", false}});
    c.choice("late", step.cache.keeps_late, {{"discard", false}, {"keep", true}});
    c.boolean("single_flight", step.cache.single_flight);
  });
  f.require("miss", "say what is done for what the cache does not have");
  read_steps(f["miss"], step.steps);
}

void read_work(Fields& f, Step& step) {
  step.kind = Step::Kind::kWork;
  step.work = read_distribution(f["work"]);
}

void read_step(Fields& f, Step& step) {
  if (f.has("parallel")) {
    read_parallel(f, step);
    f.hide({"to", "work", "choose", "cache"});
  } else if (f.has("work")) {
    read_work(f, step);
    f.hide({"to", "parallel", "choose", "cache"});
  } else if (f.has("choose")) {
    read_choose(f, step);
    f.hide({"to", "parallel", "work", "cache"});
  } else if (f.has("cache")) {
    read_cache(f, step);
    f.hide({"to", "parallel", "work", "choose"});
  } else {
    read_call(f, step);
    f.hide({"parallel", "work", "choose", "cache"});
  }
}

}  // namespace

bool read_answer(Fields& f, int& status, std::optional<int>& grpc) {
  const std::optional<std::size_t> answer = f.exactly_one({"status", "grpc"});
  f.integer("status", status, {.least = 200, .most = 599});
  f.integer("grpc", grpc, {.least = 1, .most = 16});
  if (answer == 1U) status = 200;
  return answer == 1U;
}

void read_steps(const Value& value, std::vector<Step>& out) {
  if (!value.is_sequence()) return;
  for (std::size_t i = 0; i < value.node().items.size(); ++i) {
    const Value item = value.item(i);
    if (!item.is_mapping()) {
      if (!item) item.expected("a step: a call, parallel, work, choose or cache");
      continue;
    }
    Fields f(item);
    Step step;
    step.place = item.node().place;
    read_step(f, step);
    f.finish();
    out.push_back(std::move(step));
  }
}

}  // namespace squall::scenarios
